"""The rules of one day, working days and deadlines. Pure."""
