"""Files of all that a reader may see, written as they are sent."""
