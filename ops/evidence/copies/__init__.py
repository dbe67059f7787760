"""Copies of a ledger in files: written from the broker, checked by the log, and put back."""
