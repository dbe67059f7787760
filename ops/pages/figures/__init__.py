"""What is counted and published: the plan's targets, frozen years, the lists of the law."""
