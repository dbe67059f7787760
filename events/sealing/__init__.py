"""Texts about natural persons, sealed before they are said: their form, and which they are."""
