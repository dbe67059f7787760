"""What can go wrong with keys and what they open."""

from __future__ import annotations

from events.errors import LedgerError


class UnopenedError(LedgerError):
    """A box was made with another key, for another place, or was altered."""
