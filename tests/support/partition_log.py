"""One partition in memory: the `Log` and the `Positions` of a lane, without a broker."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any

from projections.ledger.message import Raw
from projections.store.tables.positions import PositionConflictError
from streams.batches import Batch
from streams.reading.log import Chunk, Partition
from streams.transport.lane import Lane
from tests.support.patience import AMPLE_S

SOURCE = Partition("ledger", 3)


async def becomes(is_so: Callable[[], bool]) -> None:
    """Let the lanes run, step by step, until something is so."""
    async with asyncio.timeout(AMPLE_S):
        while not is_so():  # noqa: ASYNC110 - what it waits for has no event
            await asyncio.sleep(0)


def a_record(offset: int, value: bytes = b"value") -> Raw:
    return Raw(offset, 0, b"key", value)


class NothingLost:
    """A witness of logs that hold what was read of them."""

    def check(self, topic: str, standings: Mapping[int, object]) -> None:
        """Find nothing."""

    def check_ends(self, topic: str, ends: Mapping[int, int]) -> None:
        """Find nothing."""


class PartitionLog:
    """Holds offsets `begin` to `end`, delivers on demand, and keeps the stored position."""

    def __init__(self, *, begin: int = 0, end: int = 0, position: int | None = None) -> None:
        self.begin = begin
        self.end = end
        self.position = position
        self.sought: list[int] = []
        self.applied: list[tuple[int, int]] = []
        self.failures: list[Exception] = []  # what the next batches raise, in order
        self.refused: list[int] = []  # where batches began that did not fit the position
        self.epoch = 0

    async def extent(self, source: Partition) -> tuple[int, int]:
        assert source == SOURCE
        return self.begin, self.end

    async def seek(self, source: Partition, offset: int, epoch: int) -> None:
        assert source == SOURCE
        self.sought.append(offset)
        self.epoch = epoch

    async def next_offsets(self, topic: str, partitions: Collection[int]) -> Mapping[int, int]:
        assert (topic, list(partitions)) == (SOURCE.topic, [SOURCE.partition])
        return {} if self.position is None else {SOURCE.partition: self.position}

    async def apply(self, batch: Batch) -> None:
        if self.failures:
            raise self.failures.pop(0)
        if batch.first != (self.position or 0):
            self.refused.append(batch.first)
            raise PositionConflictError
        self.position = batch.next_offset
        self.applied.append((batch.first, batch.next_offset))

    def deliver(self, lane: Lane, first: int, end: int, *, epoch: int | None = None) -> None:
        """Offer records `first` up to `end` as one fetch would bring them."""
        records: list[Any] = [a_record(offset) for offset in range(first, end)]
        lane.offer(Chunk(SOURCE, self.epoch if epoch is None else epoch, records))
