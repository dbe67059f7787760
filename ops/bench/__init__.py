"""Benchmarks that anyone can run: `credit-ledger bench`."""
