"""The rulebook: rules as dated data, and who reads them. Pure."""
