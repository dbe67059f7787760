"""How many warnings stand where: counted for all boards at once, and told with its moment.

A count goes through every warning that was told. It is kept for twenty times as long as it took, so
that however many boards are opened, no more than a twentieth of a processor counts for one choice.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

from anyio import Lock

from ops.pages.rested import REST
from projections.queries.board.board import count_standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from events.envelope import Platform
    from ops.pages.opened import PageAsked
    from projections.notices.subscription import Subscription

_CHOICES_MAX: Final = 256
Choice = tuple["Platform", "Subscription"]


class BoardCount(NamedTuple):
    """Counts by region and level, when they were counted, and until when they are kept (s)."""

    counts: Mapping[tuple[str, str], int]
    at: datetime
    kept_until_s: float


class KeptCounts:
    """The last count of each choice of warnings; one counts, the others are told the last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing counted."""
        self._clock = clock
        self._counted: OrderedDict[Choice, BoardCount] = OrderedDict()
        self._counting: dict[Choice, Lock] = {}

    async def of(self, asked: PageAsked, platform: Platform, wanted: Subscription) -> BoardCount:
        """Give the count of a choice: the last, while it is kept or somebody counts anew."""
        choice = platform, wanted
        lock = self._counting.setdefault(choice, Lock())
        last = self._counted.get(choice)
        if last is not None and (self._clock() < last.kept_until_s or lock.locked()):
            return last
        async with lock:
            last = self._counted.get(choice)
            if last is None or self._clock() >= last.kept_until_s:
                last = await self._count(asked, choice)
        return last

    async def _count(self, asked: PageAsked, choice: Choice) -> BoardCount:
        began = self._clock()
        counts = await asked.ask(count_standing, *choice)
        now = self._clock()
        found = BoardCount(counts, asked.service.now(), now + REST * (now - began))
        self._counted[choice] = found
        self._counted.move_to_end(choice)
        while len(self._counted) > _CHOICES_MAX:
            gone, _ = self._counted.popitem(last=False)
            self._counting.pop(gone, None)
        return found
