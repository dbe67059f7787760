"""The group of verbs `catalogue`: what may be recorded, by whom, and the code lists beside."""
