"""A record as it stands on a day. Pure."""
