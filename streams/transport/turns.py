"""Whose turn it is: how many batches of a process are applied at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streams.transport.bounds import Batching


class Turns:
    """Gives turns to lanes in the order in which they ask, and of large batches one at a time.

    Two large ones at once would share the interpreter's lock, so both would take twice as long and
    twice the memory, for nothing. Small ones pass a large one by.
    """

    def __init__(self, batching: Batching) -> None:
        """Take how many there may be at once, and from how many records on a batch is large."""
        self._batching = batching
        self._records_max = min(batching.records_first, batching.records_max)
        self._all = asyncio.Semaphore(batching.parallel_max)
        self._large = asyncio.Semaphore(1)

    @asynccontextmanager
    async def turn(self, records: int) -> AsyncIterator[int]:
        """Wait for a turn with so many records at hand; give how many the batch may have."""
        large_from = self._batching.large_from
        if large_from is None:
            async with self._all:
                yield self._records_max
        elif records < large_from:
            async with self._all:
                # What came while it waited makes no large batch of one that passed others by.
                yield min(self._records_max, large_from)
        else:
            async with self._large, self._all:
                yield self._records_max

    def took(self, records: int, seconds: float) -> None:
        """Take from how long a batch of so many took how many the next one of any lane may have."""
        self._records_max = self._batching.records_next(self._records_max, records, seconds)
