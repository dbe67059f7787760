"""How many warnings stand where: counted for all boards at once, and told with its moment.

A count goes through every warning that was told. It is kept for twenty times as long as it took, so
that however many boards are opened, no more than a twentieth of a processor counts for one choice.
Who comes soon after that is told the last count, too, with its moment, while it is counted anew.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import suppress
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
COUNTED_BESIDE_S: Final = 60.0
"""For so long a count is told after its time, while it is counted anew: nobody waits for it."""
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
        self._beside: dict[Choice, asyncio.Task[None]] = {}

    async def of(self, asked: PageAsked, platform: Platform, wanted: Subscription) -> BoardCount:
        """Give the count of a choice: the last, while it is kept or counted anew."""
        choice = platform, wanted
        lock = self._counting.setdefault(choice, Lock())
        last = self._counted.get(choice)
        if last is not None and (self._clock() < last.kept_until_s or lock.locked()):
            return last
        if last is not None and self._clock() < last.kept_until_s + COUNTED_BESIDE_S:
            if choice not in self._beside:
                self._beside[choice] = asyncio.create_task(self._count_beside(asked, choice, lock))
            return last
        return await self._count_once(asked, choice, lock)

    async def _count_once(self, asked: PageAsked, choice: Choice, lock: Lock) -> BoardCount:
        async with lock:
            last = self._counted.get(choice)
            if last is None or self._clock() >= last.kept_until_s:
                last = await self._count(asked, choice)
        return last

    async def _count_beside(self, asked: PageAsked, choice: Choice, lock: Lock) -> None:
        try:
            # Where it fails the next who comes tries it again, and who waits for it is told why.
            with suppress(Exception):
                await self._count_once(asked, choice, lock)
        finally:
            del self._beside[choice]

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
