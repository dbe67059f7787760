"""What may be said: one module a concept, with its event types. Pure."""
