"""Submissions in, the ledger or a rejection out."""
