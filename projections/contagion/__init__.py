"""What reaches a subject from those it is tied to. Pure."""
