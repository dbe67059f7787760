"""What a batch is, who handles it, and what may go wrong; positions come from Postgres.

Kafka's own committed offsets are a hint for lag tools; they are never read. Nothing here may log
a key or a value.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import psycopg
from aiokafka.errors import KafkaError

from streams.faults import NotAllowedError

if TYPE_CHECKING:
    from projections.ledger.message import Raw


#: What passes by waiting: these never count towards `Patience.failures_max`.
OUTAGES: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    KafkaError,
    NotAllowedError,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of one partition, in log order; never empty.

    What is `alone` takes long, as it has many records or many of one key: nobody shares its work.
    """

    topic: str
    partition: int
    records: "Sequence[Raw]"
    alone: bool = False

    @property
    def first(self) -> int:
        """The offset of the first record."""
        return self.records[0].offset

    @property
    def next_offset(self) -> int:
        """The offset after the last record: the position once the batch is applied."""
        return self.records[-1].offset + 1


class Positions(Protocol):
    """Where a group's work stands, per partition; the one truth about it."""

    async def next_offsets(self, topic: str, partitions: Collection[int]) -> Mapping[int, int]:
        """Give the next offset to apply; a partition that is left out starts at offset 0."""
        ...


#: Applies a batch and moves the position in one transaction; durable when it returns.
#: Raises `PositionConflictError` when the position is not `batch.first`.
Apply = Callable[[Batch], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """What is done with the batches of one topic."""

    topic: str
    positions: Positions
    apply: Apply
    outages: tuple[type[Exception], ...] = OUTAGES
    with_headers: bool = False
    alone: bool = False
    """Whether its trouble with the log is its own, and ends no process: one of many departments."""
