"""The board: warnings as they stand and as they come."""
