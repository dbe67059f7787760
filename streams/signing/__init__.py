"""Who signs: the transparency log of a platform, derived from Kafka alone, never two histories."""
