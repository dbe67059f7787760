"""The warnings that stand, as a board shows them."""
