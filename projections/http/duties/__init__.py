"""What departments ask of what is theirs, and say: duties, receipts, taking note of a warning."""
