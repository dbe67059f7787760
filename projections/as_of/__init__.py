"""A subject's state as of a day, as known at a cut. Pure."""
