"""Who may be given what, and what is in the view that is given. Pure."""
