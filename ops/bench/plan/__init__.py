"""Benchmarks of the sizes that the plan names."""
