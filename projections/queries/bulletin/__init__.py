"""What is published, as the public asks for it."""
