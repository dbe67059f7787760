"""A batch of events folded into the states of their subjects. Pure."""
