"""What is shown of a subject, to whom and until when. Pure."""
