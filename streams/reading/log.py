"""What a lane needs of Kafka, and what it is given: places, and what a fetch brought for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from projections.ledger.message import Raw


class Partition(NamedTuple):
    """A topic and a partition; equal to Faust's and aiokafka's tuples of the same."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one fetch brought for one partition."""

    source: Partition
    epoch: int
    records: list[Raw]


class Log(Protocol):
    """What a lane needs of Kafka."""

    async def extent(self, source: Partition) -> tuple[int, int]:
        """Give the first offset held and the one after the last."""
        ...

    async def seek(self, source: Partition, offset: int, epoch: int) -> None:
        """Fetch from `offset` on and mark what is fetched with `epoch`."""
        ...
