"""Webhooks: warnings sent to those who subscribed, signed, in order, until they are taken."""
