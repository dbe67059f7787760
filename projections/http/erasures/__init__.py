"""Erasures of what is kept of persons: asked for, approved, cancelled, listed."""
