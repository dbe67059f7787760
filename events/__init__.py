"""What was said: event types, identifiers, admission, wire format and rules. Pure."""
