"""Files as departments have them: encodings, dialects, forms and headings, down to values."""
