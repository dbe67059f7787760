"""What stands beside all versions: where admission stands, and what a log has lost."""
