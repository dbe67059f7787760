"""Record batches for ordinary Faust agents, with positions that come from Postgres.

`batch_agent` is the whole of what the rest of the code base needs. Kafka's own committed
offsets are a hint for lag tools; they are never read. Nothing here may log a key or a value.
"""

import traceback
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import faust
import psycopg
from aiokafka.errors import KafkaError

from events.errors import LedgerError
from projections.store.store import (
    PositionConflictError as PositionConflictError,  # noqa: PLC0414 - part of this module's face
)

if TYPE_CHECKING:
    from projections.ledger.message import Raw
    from streams.app import BatchApp


class FatalApplyError(LedgerError):
    """A batch can never be applied as things stand: the process must stop and say so."""


class PositionOutsideLogError(LedgerError):
    """The stored position lies outside what the broker still holds of the partition."""


class LogGapError(LedgerError):
    """The broker left out offsets: the log is compacted, transactional or damaged."""


class WorkerStuckError(LedgerError):
    """Records wait, broker and database answer, and still nothing moves."""


class ConsumerFailedError(LedgerError):
    """The Kafka consumer met an error that waiting does not cure."""


#: What passes by waiting: these never count towards `Bounds.failures_max`.
OUTAGES: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    KafkaError,
)


def fault(error: BaseException) -> str:
    """Say what failed and where; a foreign exception's text may quote a record and is left out."""
    if isinstance(error, LedgerError):
        return f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of one partition, in log order; never empty."""

    topic: str
    partition: int
    records: "Sequence[Raw]"

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
class Bounds:
    """How much a worker holds and does at once, and how long it waits; all per process."""

    records_max: int = 5_000  # records in one batch
    bytes_max: int = 16 * 1024 * 1024  # key and value bytes in one batch; one record may exceed it
    queued_batches_max: int = 2  # full batches that may wait per partition before fetching stops
    queued_records_max: int = 50_000  # that may wait in the process; then fetch only lanes that
    # hold nothing, and the one whose turn comes next
    fetch_bytes_max: int = 1024 * 1024  # per partition and fetch
    fetch_bytes_min: int = 32 * 1024  # what a fetch gathers before it ends, while records come,
    fetch_wait_max_ms: int = 40  # or for how long: a fetch for each record costs two cores
    quiet_after_s: float = 1.0  # without a record; from then on a fetch ends with the first,
    quiet_wait_max_ms: int = 500  # or after so long: asking for nothing costs as much as for some
    gather_s: float = 0.0  # between the starts of a partition's batches, unless one is full,
    gather_max_s: float = 0.3  # or up to so long:
    rests: float = 16.0  # as many times as its last batch took, so that lanes leave room for others
    parallel_max: int = 2  # batches being applied at the same time, of which one is large:
    large_from: int | None = None  # from so many records on; None: none is
    retry_first_s: float = 0.1  # wait after a failure; doubles up to `retry_max_s`
    retry_max_s: float = 5.0
    failures_max: int = 10  # consecutive failures, outages apart, before the process gives up
    drain_max_s: float = 5.0  # what a batch in flight gets to end when its partition is taken
    lost_after_s: float = 15.0  # nothing comes of what the broker holds, before it is fetched again
    stuck_after_s: float = 60.0  # lag without progress before the process gives up
    hint_interval_s: float = 5.0  # how often offsets are committed to Kafka for lag tools

    def rest_s(self, took_s: float) -> float:
        """Give how long after the start of a batch the next one starts, unless it is full."""
        if not self.gather_s:
            return 0.0
        return max(self.gather_s, min(self.rests * took_s, self.gather_max_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """What is done with the batches of one topic."""

    topic: str
    positions: Positions
    apply: Apply
    outages: tuple[type[Exception], ...] = OUTAGES
    with_headers: bool = False


class _Untouched(faust.Schema):
    """Hands on the value as the transport made it: it is a chunk of records, not bytes."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:
        del app
        return message.key

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:
        del app
        return message.value


def batch_agent(
    app: "BatchApp",
    topic: str,
    positions: Positions,
    apply: Apply,
    *,
    outages: tuple[type[Exception], ...] = OUTAGES,
    with_headers: bool = False,
) -> Any:
    """Apply every record of `topic` once, in order per partition, as an ordinary Faust agent.

    Records come without their headers unless asked for `with_headers`.
    `outages` are the exceptions of `apply` and `positions` that only delay. `FatalApplyError`
    ends the process at once, any other exception after `Bounds.failures_max` in a row.
    """
    app.lanes.register(
        Handler(
            topic=topic,
            positions=positions,
            apply=apply,
            outages=outages,
            with_headers=with_headers,
        )
    )
    # Faust's acknowledgements are off: it would commit past work in flight (its issue #606).
    channel = app.topic(topic, schema=_Untouched(), acks=False, internal=False)

    @app.agent(channel, concurrency=1, name=f"batches.{topic}")  # type: ignore[untyped-decorator]
    async def batches(chunks: Any) -> None:
        # Handing over neither waits nor raises, so partitions never wait for each other here.
        async for chunk in chunks:
            app.lanes.offer(chunk)

    return batches
