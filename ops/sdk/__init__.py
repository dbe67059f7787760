"""What is handed to departments: one module, which needs nothing of ours but the service."""
