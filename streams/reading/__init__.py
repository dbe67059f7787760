"""The log, read by ourselves: what a fetch brought, each record for itself."""
