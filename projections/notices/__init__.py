"""What is told of a change, and who subscribes to it. Pure."""
