"""A subject's records on two axes: valid time across, recorded time down."""
