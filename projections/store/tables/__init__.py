"""The tables of one version of the read models: their names, and where the projector stands."""
