"""The admission agent: submissions in, the ledger or a rejection out.

Stateless, so nothing can be lost between two stores: produce, wait for the acknowledgement, then
move the position. A crash in between repeats submissions, and the fold drops the repeats. What was
refused is counted by the statement that moves the position, so a repeat is not counted twice.

Dozens of departments submit a little at a time. What comes while one round of producing and
committing is under way therefore shares the next: its price is paid once, not once a department.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog

from events.admission.admission import admit
from events.admission.rejection import Rejection
from events.envelope import CHINA
from events.event import event_type
from events.topics import ledger_topic, rejections_topic, submission_origin
from events.wire.codec import cloud_event_headers, department_source, encode_record
from events.wire.encoding import encode_event
from projections.store.quality import ANY_REASON
from projections.store.store import PositionConflictError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from events.envelope import Platform
    from events.event import Event
    from events.rules.rulebook import Rulebook
    from projections.ledger.message import Raw
    from streams.batches import Batch
    from streams.connections import Connections
    from streams.producer import Sender

_log = structlog.get_logger(__name__)

Message = tuple[str, bytes | None, bytes, list[tuple[str, bytes]] | None]

Refusals = Counter[tuple[str, int, "date", str]]
"""How many submissions were refused, by topic, partition, month of submission and reason."""

_MOVE: Final = """
WITH k AS (
    SELECT * FROM unnest(%s::text[], %s::integer[], %s::bigint[], %s::bigint[])
        AS k (topic, partition, first, next)
), moved AS (
    INSERT INTO control.submission_position AS p SELECT topic, partition, next FROM k
    ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset
    WHERE p.next_offset =
        (SELECT first FROM k WHERE (k.topic, k.partition) = (p.topic, p.partition))
    RETURNING topic, partition
), counted AS (
    INSERT INTO control.refusal AS r
    SELECT platform, department, month, reason, sum(count) FROM moved JOIN unnest(
        %s::text[], %s::integer[], %s::text[], %s::text[], %s::date[], %s::text[], %s::bigint[]
    ) AS f (topic, partition, platform, department, month, reason, count) USING (topic, partition)
    GROUP BY platform, department, month, reason ORDER BY platform, department, month, reason
    ON CONFLICT (platform, department, month, reason) DO UPDATE SET count = r.count + excluded.count
)
SELECT topic, partition FROM moved
"""
"""Move positions, and count what was refused of those batches whose position moved."""


class Admission:
    """Checks the submissions of every department and appends to the ledger."""

    def __init__(self, rulebook: Rulebook, connections: Connections, sender: Sender) -> None:
        """Bind to the rulebook, the database of positions and the broker."""
        self._rulebook = rulebook
        self._connections = connections
        self._sender = sender
        self._waiting: list[tuple[Batch, asyncio.Future[None]]] = []
        self._rounds: asyncio.Task[None] | None = None

    async def next_offsets(self, topic: str, partitions: Collection[int]) -> Mapping[int, int]:
        """Give where admission stands in a submission topic."""
        return await asyncio.to_thread(self._positions, topic, list(partitions))

    def _positions(self, topic: str, partitions: list[int]) -> dict[int, int]:
        with self._connections.one() as connection:
            return dict(
                connection.execute(
                    "SELECT partition, next_offset FROM control.submission_position "
                    "WHERE topic = %s AND partition = ANY(%s)",
                    (topic, partitions),
                ).fetchall()
            )

    async def apply(self, batch: Batch) -> None:
        """Admit a batch of one department's submissions, with those that wait beside it."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((batch, done))
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._admit_in_rounds(), name="admission")
        await done

    async def _admit_in_rounds(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            try:
                moved = await asyncio.to_thread(self._admit, [batch for batch, _ in taken])
            except Exception as error:  # noqa: BLE001 - each lane judges it, and tries again
                outcomes: list[Exception | None] = [error] * len(taken)
            else:
                outcomes = [
                    None if (batch.topic, batch.partition) in moved else _conflict(batch)
                    for batch, _ in taken
                ]
            for (_, done), outcome in zip(taken, outcomes, strict=True):
                if done.done():
                    continue  # The lane was closed meanwhile; its successor reads the position.
                if outcome is None:
                    done.set_result(None)
                else:
                    done.set_exception(outcome)
        self._rounds = None

    def _admit(self, batches: list[Batch]) -> set[tuple[str, int]]:
        """Admit batches of several departments; give the topics and partitions moved on."""
        refusals: Refusals = Counter()
        self._sender.send(m for batch in batches for m in self._admitted(batch, refusals))
        batches.sort(key=lambda batch: (batch.topic, batch.partition))
        with self._connections.one() as connection:
            return set(
                connection.execute(
                    _MOVE,
                    (
                        [batch.topic for batch in batches],
                        [batch.partition for batch in batches],
                        [batch.first for batch in batches],
                        [batch.next_offset for batch in batches],
                        *_columns(refusals),
                    ),
                ).fetchall()
            )

    def _admitted(self, batch: Batch, refusals: Refusals) -> Iterator[Message]:
        """Give what is to be produced of a batch; count in `refusals` what is refused."""
        platform, department = submission_origin(batch.topic)
        refused = 0
        for record in batch.records:
            submitted_at = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
            outcome = admit(
                record.value,
                platform=platform,
                department=department,
                submitted_at=submitted_at,
                rulebook=self._rulebook,
            )
            if isinstance(outcome, Rejection):
                refused += 1
                month = submitted_at.astimezone(CHINA).date().replace(day=1)
                for reason in {ANY_REASON, *(each.code.value for each in outcome.reasons)}:
                    refusals[batch.topic, batch.partition, month, reason] += 1
                yield _rejection(record, batch, platform, submitted_at, outcome)
            else:
                yield _ledger_message(record, platform, submitted_at, outcome)
        if refused:
            _log.info("submissions_refused", department=department, refused=refused)


def _columns(refusals: Refusals) -> list[list[Any]]:
    """Give what was refused as columns of `_MOVE`."""
    rows: list[tuple[Any, ...]] = []
    for (topic, partition, month, reason), count in refusals.items():
        platform, department = submission_origin(topic)
        rows.append((topic, partition, platform.value, department, month, reason, count))
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(7)]


def _conflict(batch: Batch) -> PositionConflictError:
    return PositionConflictError(f"{batch.topic}: admission no longer stands at {batch.first}")


def _ledger_message(
    record: Raw, platform: Platform, submitted_at: datetime, event: Event
) -> Message:
    envelope = event.envelope
    record_name = f"credit.{event_type(event)}"
    value = encode_event(event)
    headers = cloud_event_headers(
        event_id=envelope.event_id,
        record=record_name,
        source=department_source(envelope.department),
        subject_id=envelope.subject_id,
        time=submitted_at,
        traceparent=_header(record, "traceparent"),
    )
    return ledger_topic(platform), envelope.subject_id.encode(), value, headers


def _rejection(
    record: Raw,
    batch: Batch,
    platform: Platform,
    submitted_at: datetime,
    rejection: Rejection,
) -> Message:
    fields: dict[str, Any] = msgspec.to_builtins(rejection)
    fields |= {
        "topic": batch.topic,
        "partition": batch.partition,
        "offset": record.offset,
        "submitted_at": submitted_at,
    }
    # The key is what the refusal shows, never the raw one: that may be an identity number.
    key = (rejection.subject_id or "").encode()
    return rejections_topic(platform), key, encode_record("credit.Rejection", fields), None


def _header(record: Raw, name: str) -> str | None:
    found = next((value for key, value in record.headers if key == name), None)
    return found.decode("ascii", "replace") if found is not None else None
