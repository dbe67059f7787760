"""What a submission must fulfil to become an event. Pure."""
