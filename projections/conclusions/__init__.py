"""What follows: warnings, supervision classes, scores. Pure."""
