"""Who may do what: at the broker, and what else is given and taken away."""
