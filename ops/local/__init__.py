"""A real Kafka and a real Postgres on this machine, from packages: no container, no installation.

It serves development, tests and measurements. It must not be used to keep a ledger that matters.
"""
