"""What `bench latency` sees: when the read models moved, when warnings came, what the ledger holds.

Watching must not disturb: one short query every few milliseconds, one subscriber; all else is
read from the ledger afterwards.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import psycopg
from confluent_kafka import Consumer, TopicPartition

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.divisions import WARNING_REGIONS
from events.topics import warnings_topic
from events.wire.decoding import decode_event
from ops.audit.ledger import LedgerReader
from ops.bench.load import send_by_the_clock
from projections.store.database import live_schema
from projections.store.statements import statements
from projections.store.store import Store
from streams.broker import broker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from confluent_kafka import Producer

    from ops.bench.load import ReadySubmission
    from ops.local.stack import Stack

POLL_S: Final = 0.01
"""From one look to the next: each costs as much as an event, and what is told is hundreds of ms."""
_TIMEOUT_S: Final = 10.0
_READY_S: Final = 60.0
_SQL: Final = statements(__name__)


class LedgerPlace(NamedTuple):
    """Where a submission came to stand in the ledger, and the broker's time of it (ms)."""

    partition: int
    offset: int
    appended_ms: int


class PositionWatch:
    """Notes when each position is first seen, from a thread and connection of its own.

    A profile is committed with the position of its partition, so the first sight of a position
    above an event's offset is, up to the pause between two looks, the moment from which the read
    model answers with that event.
    """

    def __init__(self, postgres: str) -> None:
        self._postgres = postgres
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="position watch")
        self._moments: list[list[float]] = []
        self._offsets: list[list[int]] = []
        self._query = b""
        self.looks = 0

    def __enter__(self) -> Self:
        """Begin to look."""
        with psycopg.connect(self._postgres) as connection:
            schema = live_schema(connection, Platform.ORGANISATION)
            self._query = Store(schema).statement(_SQL["positions"])
            first = _positions(connection, self._query)
        self._offsets = [[offset] for offset in first]
        self._moments = [[time.monotonic()] for _ in first]
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with psycopg.connect(self._postgres, autocommit=True) as connection:
            while not self._stop.is_set():
                found = _positions(connection, self._query)
                now = time.monotonic()
                self.looks += 1
                for partition, offset in enumerate(found):
                    if offset != self._offsets[partition][-1]:
                        self._moments[partition].append(now)
                        self._offsets[partition].append(offset)
                time.sleep(POLL_S)

    def total(self) -> int:
        """Give how many events were seen applied, over all partitions."""
        return sum(offsets[-1] for offsets in self._offsets)

    def seen(self, place: LedgerPlace) -> float | None:
        """Give the moment at which an event was first seen applied (monotonic), or None."""
        index = bisect_right(self._offsets[place.partition], place.offset)
        moments = self._moments[place.partition]
        return moments[index] if index < len(moments) else None


def _positions(connection: psycopg.Connection[Any], query: bytes) -> list[int]:
    row = connection.execute(query, prepare=True, binary=True).fetchone()
    return list(row[0]) if row else []


class WarningWatch:
    """Subscribes to the warning topics of every region and notes when each subject's first came."""

    def __init__(self, kafka: str) -> None:
        connection = broker(kafka)
        self._consumer = Consumer(
            {
                **connection.librdkafka(),
                "group.id": connection.group("bench"),
                "enable.auto.commit": False,
                "auto.offset.reset": "latest",
            }
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warning watch")
        self.received: dict[bytes, tuple[float, int]] = {}

    def __enter__(self) -> Self:
        """Subscribe from now on."""
        places = [
            TopicPartition(warnings_topic(Platform.ORGANISATION, region), 0)
            for region in WARNING_REGIONS
        ]
        for place in places:
            _, place.offset = self._consumer.get_watermark_offsets(place, timeout=_TIMEOUT_S)
        self._consumer.assign(places)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Unsubscribe."""
        self._stop.set()
        self._thread.join()
        self._consumer.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            message = self._consumer.poll(0.1)
            if message is None or message.error():
                continue
            key = message.key() or b""
            self.received.setdefault(key, (time.monotonic(), message.timestamp()[1]))


class WorkerNotReadyError(LedgerError):
    """The worker did not apply the first submission in time."""


def await_ready(
    producer: Producer,
    first: ReadySubmission,
    watch: PositionWatch,
    say: Callable[[str], None],
) -> None:
    """Submit a first one, and wait until it is applied."""
    say("waiting for the worker to apply a first submission")
    before = watch.total()
    send_by_the_clock(producer, [first], 1, time.monotonic())
    deadline = time.monotonic() + _READY_S
    while watch.total() == before:
        if time.monotonic() > deadline:
            raise WorkerNotReadyError
        time.sleep(0.05)


def ledger_ends(stack: Stack) -> dict[int, int]:
    """Give where each partition of the organisations' ledger ends."""
    with LedgerReader(stack.kafka, Platform.ORGANISATION) as reader:
        return {partition: reader.end(partition) for partition in reader.partitions}


def ledger_places(stack: Stack, starts: Mapping[int, int]) -> dict[str, deque[LedgerPlace]]:
    """Read from the ledger where the events appended after `starts` stand, by event id.

    An event submitted again stands there again, in the order of its submissions.
    """
    found: dict[str, deque[LedgerPlace]] = defaultdict(deque)
    with LedgerReader(stack.kafka, Platform.ORGANISATION) as reader:
        for partition, start in starts.items():
            for batch in reader.batches(partition, start, reader.end(partition)):
                for raw in batch:
                    event_id = decode_event(raw.value or b"").envelope.event_id
                    found[event_id].append(LedgerPlace(partition, raw.offset, raw.timestamp_ms))
    return found
