"""Benchmarks of the doors: who asks, and what departments report over HTTP."""
