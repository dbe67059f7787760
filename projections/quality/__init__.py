"""How departments report, held against the plan's targets. Pure."""
