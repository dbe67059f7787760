"""Scripts that make the data files shipped in the packages from their published sources."""
