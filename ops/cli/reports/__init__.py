"""The verbs of a department: what it reports, puts right, and learns of it."""
