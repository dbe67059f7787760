"""The door: it decides, asks the handler, records, and only then lets an answer out."""
