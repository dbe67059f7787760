"""The tables: every statement that writes or reads them for the projector. Edge."""
