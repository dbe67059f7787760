"""Answers told in words."""
