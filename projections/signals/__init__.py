"""What the records of a subject signal, day by day. Pure."""
