"""Erasures of what is kept of persons: where each stands, and the deleting."""
