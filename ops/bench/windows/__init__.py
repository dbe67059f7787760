"""What pages, searches, boards and uploads take, while the worker runs."""
