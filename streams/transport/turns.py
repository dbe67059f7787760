"""Whose turn it is: how many batches of a process are applied at once, and which together."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from streams.transport.bounds import Batching

_WAITED_FOR_S = 0.5
"""Whoever is at work for longer may have been left behind by all others: those begin again."""


class Turn(NamedTuple):
    """Leave to apply a batch: of how many records, and whom to tell how many it had and how long.

    From that follows how many the next one of any lane may have.
    """

    records_max: int
    took: Callable[[int, float], None]
    is_large: bool = False


class Turns:
    """Gives turns to lanes in the order in which they ask, and of large batches one at a time.

    Two large ones at once would share the interpreter's lock, so both would take twice as long and
    twice the memory, for nothing. Where some are large, the small ones of a topic begin together,
    as what they change is one transaction; they pass a large one by.
    """

    def __init__(self, batching: Batching) -> None:
        """Take how many there may be at once, and from how many records on a batch is large."""
        self._batching = batching
        self._records_max = min(batching.records_first, batching.records_max)
        self._all = asyncio.Semaphore(batching.parallel_max)
        self._large = asyncio.Semaphore(1)
        self._starts: dict[str, _Starts] = {}

    @asynccontextmanager
    async def turn(self, topic: str, records: int, *, goes_on: bool = False) -> AsyncIterator[Turn]:
        """Wait for a turn with so many records at hand.

        Who `goes_on` with a crowd of one key has its next batch already. It is applied alone, so it
        rests for no company that would share its transaction.
        """
        large_from = self._batching.large_from
        if large_from is None:
            async with self._all:
                yield Turn(self._records_max, self._took)
        elif records < large_from and not goes_on:
            starts = self._starts.get(topic)
            if starts is None:
                starts = self._starts[topic] = _Starts(self._batching, self._all, self._small)
            start = await starts.next(records)

            def took(_: int, seconds: float) -> None:
                if not start.through.is_set():
                    self._took(min(start.records, start.records_max), seconds)

            try:
                yield Turn(start.share(records), took)
            finally:
                start.through.set()
        else:
            async with self._large, self._all:
                yield Turn(self._records_max, self._took, is_large=True)

    def _small(self) -> int:
        # What came while it waited makes no large batch of one that passed others by.
        return min(self._records_max, self._batching.large_from or self._records_max)

    def _took(self, records: int, seconds: float) -> None:
        self._records_max = self._batching.records_next(self._records_max, records, seconds)


class _Start(NamedTuple):
    """What lanes have in common that begin together: records, how many of them, when it is over.

    The first of them that is through says that all are which shared its transaction, and how long
    it took: whoever was left behind goes on alone, and the next start does not wait for him.
    """

    records: int
    records_max: int
    through: asyncio.Event

    def share(self, records: int) -> int:
        """Give how many records a lane with so many may have, as all may have no more together."""
        if self.records <= self.records_max:
            return self.records_max
        return max(1, self.records_max * records // self.records)


class _Starts:
    """Lets the small batches of a topic begin together, and not too often.

    What comes after a quiet time begins at once. The longer the last ones took, the longer the next
    ones gather: where a machine is full, fewer and larger transactions make room.
    """

    def __init__(
        self, batching: Batching, turns: asyncio.Semaphore, records_max: Callable[[], int]
    ) -> None:
        self._batching = batching
        self._turns = turns
        self._records_max = records_max
        self._waiting: list[tuple[int, asyncio.Future[_Start]]] = []
        self._at_work: asyncio.Task[None] | None = None
        self._began_at = -math.inf
        self._took_s = 0.0

    async def next(self, records: int) -> _Start:
        """Wait for the next start with so many records at hand."""
        ready: asyncio.Future[_Start] = asyncio.get_running_loop().create_future()
        self._waiting.append((records, ready))
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._work(), name="starts")
        try:
            return await ready
        except asyncio.CancelledError:
            if ready.done() and not ready.cancelled():
                ready.result().through.set()  # It began, and its lane was closed in that moment.
            raise

    async def _work(self) -> None:
        while self._waiting:
            wait_s = self._began_at + self._batching.rest_s(self._took_s) - time.monotonic()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            async with self._turns:
                waiting = [each for each in self._waiting if not each[1].done()]
                self._waiting = []
                if waiting:
                    self._began_at = time.monotonic()
                    records = sum(records for records, _ in waiting)
                    start = _Start(records, self._records_max(), asyncio.Event())
                    for _, ready in waiting:
                        ready.set_result(start)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_WAITED_FOR_S):
                            await start.through.wait()
                    self._took_s = time.monotonic() - self._began_at
        self._at_work = None
