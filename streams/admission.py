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
from typing import TYPE_CHECKING, Any, Final

import structlog

from events.admission.rejection import RejectionReason
from events.envelope import CHINA
from events.topics import submission_origin
from projections.ledger.message import Unread
from projections.store.quality import ANY_REASON
from projections.store.store import PositionConflictError
from streams.answers import answer, moment
from streams.batches import OUTAGES
from streams.producer import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from psycopg import Connection

    from events.rules.rulebook import Rulebook
    from streams.batches import Batch
    from streams.connections import Connections
    from streams.producer import Sender, Sent

    _Waiting = tuple[Batch, asyncio.Future[None]]

_log = structlog.get_logger(__name__)

ROUND_RECORDS_MAX: Final = 4_000
"""How many submissions are admitted in one round: what a crash repeats at most."""

_OUTAGES: Final[tuple[type[Exception], ...]] = (*OUTAGES, DeliveryError)

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


def move(
    connection: Connection[Any], moves: list[tuple[str, int, int, int]], refusals: Refusals
) -> set[tuple[str, int]]:
    """Move positions, by topic and partition from an offset to another; give those that moved.

    One that stands elsewhere does not, and what was refused of it is not counted.
    """
    columns = [list(column) for column in zip(*moves, strict=True)]
    return set(connection.execute(_MOVE, (*columns, *_columns(refusals))).fetchall())


class Admission:
    """Checks the submissions of every department and appends to the ledger."""

    def __init__(self, rulebook: Rulebook, connections: Connections, sender: Sender) -> None:
        """Bind to the rulebook, the database of positions and the broker."""
        self._rulebook = rulebook
        self._connections = connections
        self._sender = sender
        self._waiting: list[_Waiting] = []
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
            taken, self._waiting = _next_round(self._waiting)
            batches = [batch for batch, _ in taken]
            outcomes = await self._outcomes(batches)
            for (_, done), outcome in zip(taken, outcomes, strict=True):
                if done.done():
                    continue  # The lane was closed meanwhile; its successor reads the position.
                if outcome is None:
                    done.set_result(None)
                else:
                    done.set_exception(outcome)
        self._rounds = None

    async def _outcomes(self, batches: list[Batch]) -> list[Exception | None]:
        """Admit batches in one go; give of each why it was not, which its lane judges."""
        try:
            moved = await asyncio.to_thread(self._admit, batches)
        except _OUTAGES as error:
            return [error] * len(batches)
        except Exception as error:  # noqa: BLE001 - of which it is shows where each is alone
            if len(batches) == 1:
                return [error]
            return [(await self._outcomes([batch]))[0] for batch in batches]
        return [
            None if (batch.topic, batch.partition) in moved else _conflict(batch)
            for batch in batches
        ]

    def _admit(self, batches: list[Batch]) -> set[tuple[str, int]]:
        """Admit batches of several departments; give the topics and partitions moved on."""
        refusals: Refusals = Counter()
        self._sender.send(m for batch in batches for m in self._admitted(batch, refusals))
        batches = sorted(batches, key=lambda batch: (batch.topic, batch.partition))
        with self._connections.one() as connection:
            return move(
                connection,
                [(each.topic, each.partition, each.first, each.next_offset) for each in batches],
                refusals,
            )

    def _admitted(self, batch: Batch, refusals: Refusals) -> Iterator[Sent]:
        """Give what is to be produced of a batch; count in `refusals` what is refused."""
        platform, department = submission_origin(batch.topic)
        refused: Counter[str] = Counter()
        for record in batch.records:
            if record.unread is Unread.NO_RECORD:
                continue
            submitted_at = moment(record.timestamp_ms)
            message, outcome = answer(
                record, batch, platform, department, submitted_at, self._rulebook
            )
            if outcome is not None:
                month = submitted_at.astimezone(CHINA).date().replace(day=1)
                codes = {each.code.value for each in outcome.reasons}
                refused.update({ANY_REASON, *codes})
                for reason in (ANY_REASON, *codes):
                    refusals[batch.topic, batch.partition, month, reason] += 1
                if RejectionReason.CHECK_FAILED in codes:
                    where = outcome.reasons[0].value
                    _log.error("check_failed", topic=batch.topic, offset=record.offset, error=where)
            yield message
        if refused:
            _log.info("submissions_refused", department=department, refused=refused[ANY_REASON])


def _next_round(waiting: list[_Waiting]) -> tuple[list[_Waiting], list[_Waiting]]:
    """Part what waits into the next round and the rest: who waits longest, then small ones.

    Bounded, as a crash in a round says all of it again; and so that nobody's backlog holds up
    those who have little to say.
    """
    first, *others = waiting
    others.sort(key=lambda each: len(each[0].records))
    taken, left = [first], ROUND_RECORDS_MAX - len(first[0].records)
    while others and len(others[0][0].records) <= left:
        left -= len(others[0][0].records)
        taken.append(others.pop(0))
    chosen = {id(done) for _, done in taken}
    return taken, [each for each in waiting if id(each[1]) not in chosen]


def _columns(refusals: Refusals) -> list[list[Any]]:
    """Give what was refused as columns of `_MOVE`."""
    rows: list[tuple[Any, ...]] = []
    for (topic, partition, month, reason), count in refusals.items():
        platform, department = submission_origin(topic)
        rows.append((topic, partition, platform.value, department, month, reason, count))
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(7)]


def _conflict(batch: Batch) -> PositionConflictError:
    return PositionConflictError(f"{batch.topic}: admission no longer stands at {batch.first}")
