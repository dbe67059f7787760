"""What an auditor does: read the ledger itself, replay it, check a frozen year."""
