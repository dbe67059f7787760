"""What is known of a subject: entries, and all that was said of them later. Pure."""
