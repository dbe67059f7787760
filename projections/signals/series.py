"""The evidence of one signal as a whole: in order, what it weighs, and by windows. Pure.

What conclusions ask of it is worked out once; where a piece comes or goes it is brought up to date.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from typing import TYPE_CHECKING, Final, final

from projections.signals.threshold_course import Windowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.signals.evidence import Evidence


_SORTED_FROM: Final = 64
"""So many pieces that come at once are not put in one by one."""


@final
class Series:
    """Evidence sorted by its start, and by windows of months what it comes to."""

    def __init__(self, pieces: list[Evidence]) -> None:
        """Take evidence in any order; the list is the series' own from then on."""
        if len(pieces) > 1:
            pieces.sort()
        self.pieces: list[Evidence] = pieces
        self.total: int = sum([piece.weight for piece in pieces])
        """What all pieces weigh together, on whatever days they count."""
        self._departments: dict[str, int] | None = None
        self._windows: dict[int | None, Windowed] = {}

    @property
    def departments(self) -> int:
        """Give how many departments the evidence is of."""
        if self._departments is None:
            self._departments = dict(Counter([piece.department for piece in self.pieces]))
        return len(self._departments)

    def within(self, months: int | None) -> Windowed:
        """Give the evidence as it counts for so many months; None is without a window."""
        windowed = self._windows.get(months)
        if windowed is None:
            windowed = self._windows[months] = Windowed(self.pieces, months)
        return windowed

    def replace(self, gone: Sequence[Evidence], come: Sequence[Evidence]) -> None:
        """Take pieces out, each of which stands in it, and put others in."""
        for piece in gone:
            del self.pieces[bisect_left(self.pieces, piece)]
            self._count(piece, -1)
        if len(come) > _SORTED_FROM:
            self.pieces += come
            self.pieces.sort()
        else:
            for piece in come:
                insort(self.pieces, piece)
        for piece in come:
            self._count(piece, 1)
        for windowed in self._windows.values():
            windowed.change(gone, come)

    def _count(self, piece: Evidence, sign: int) -> None:
        self.total += sign * piece.weight
        counts = self._departments
        if counts is not None:
            left = counts.pop(piece.department, 0) + sign
            if left:
                counts[piece.department] = left


NO_EVIDENCE: Final = Series([])
"""What a record has of a signal that it cannot have."""
