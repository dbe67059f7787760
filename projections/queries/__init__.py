"""What can be asked of the read models. Edge."""
