"""Benchmarks of one subject of whom much is said."""
