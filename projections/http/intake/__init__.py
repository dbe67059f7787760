"""What departments report over HTTP: a record or a file, what became of each line, templates."""
