"""Made-up records: a module a kind."""
