"""Benchmarks that anyone can run: figures with the machine; --json only JSON."""
