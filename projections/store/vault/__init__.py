"""The vault: wrapped keys of persons and their records, in a schema and under a role of its own."""
