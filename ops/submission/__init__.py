"""Files of a department, checked line by line as admission will, and sent to its topic."""
