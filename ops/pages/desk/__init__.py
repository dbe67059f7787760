"""The desk of a department: what waits for it, and what it reports by file."""
