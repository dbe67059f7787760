"""What one transaction writes, packed. Pure."""
