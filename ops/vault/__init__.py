"""The vault as it is run: its keys in files, its setting, and what seals at the doors."""
