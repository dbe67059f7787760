"""What can be asked, said and read: every route, event, topic and term, for who builds on it."""
