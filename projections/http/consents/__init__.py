"""Consents of subjects: given, listed, withdrawn."""
