"""Erasing what is kept of persons: what is said of it, and what is due done by itself."""
