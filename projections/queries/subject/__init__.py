"""Questions of one subject: what is known of it now, what was known, event by event."""
