"""Questions about one subject: profile, hint, cases; history; state."""
