"""Counts of records by category, as a profile gives them. Pure data."""

from __future__ import annotations

import msgspec


class CategoryCount(msgspec.Struct, gc=False):
    """Records of one category: how many, what they sum to, how many are shown."""

    count: int = 0
    amount_fen: int = 0
    amounts_unknown: int = 0
    public: int = 0
    shared: int = 0

    def add(self, count: int, fen: int, unknown: int, *, public: bool, shared: bool) -> None:
        """Add records that are alike."""
        self.count += count
        self.amount_fen += fen
        self.amounts_unknown += unknown
        self.public += count * public
        self.shared += count * shared
