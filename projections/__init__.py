"""What can be asked: read models, each a pure part and its table, and the query service."""
