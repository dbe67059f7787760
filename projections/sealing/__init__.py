"""How texts about persons are sealed and opened: ciphers, wrapped keys, and the seal. Pure."""
