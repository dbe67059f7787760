"""The tables of what is published, and who keeps them in step with the read models."""
