"""The query service: what may be asked over HTTP, and by whom."""
