"""A subject as its reader may see it, and what a subject is shown of itself."""
