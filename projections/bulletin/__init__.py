"""The bulletin (公示): what the public may read today, by day of publication. Pure."""
