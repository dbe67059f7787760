"""What an auditor looks at: anything by one box, a subject through time, answers verified."""
