"""Verbs about natural persons: erasing what is kept of them."""
