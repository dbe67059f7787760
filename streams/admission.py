"""The admission agent: submissions in, the ledger or a rejection out.

Stateless, so nothing can be lost between two stores: produce, wait for the acknowledgement, then
move the position. A crash in between repeats submissions, and the fold drops the repeats. What was
refused is counted by the statement that moves the position, so a repeat is not counted twice.

Dozens of departments submit a little at a time. What comes while one round of producing and
committing is under way therefore shares the next: its price is paid once, not once a department.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import structlog

from events.admission.rejection import RejectionReason
from events.envelope import CHINA, Platform
from events.topics import ledger_topic, submission_origin
from projections.ledger.message import Unread
from projections.ledger.witness import last_seen
from projections.store.control.submissions import (
    Moved,
    Refused,
    acknowledged_ends,
    ledger_standings,
    move_submission_positions,
    submission_positions,
)
from projections.store.database import partitions_of
from projections.store.quality import ANY_REASON
from projections.store.store import PositionConflictError
from streams.answers import answer, broker_time
from streams.batches import OUTAGES
from streams.publishing.producer import DeliveryError
from streams.room import UNWATCHED, Room
from streams.witness import LedgerShortError, LogChangedError, check_noting, note_breach_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from psycopg import Connection

    from events.rules.rulebook import Rulebook
    from streams.batches import Batch
    from streams.connections import Connections
    from streams.publishing.producer import Placed, Sender, Sent, Span
    from streams.witness import Witness

    _Waiting = tuple[Batch, asyncio.Future[None]]

_log = structlog.get_logger(__name__)

ROUND_RECORDS_MAX: Final = 1_000
"""How many submissions are admitted in one round: what a crash repeats at most, and what those who
have little to say wait for while another has a backlog."""

_OUTAGES: Final[tuple[type[Exception], ...]] = (*OUTAGES, DeliveryError)

RefusalCounts = Counter[tuple[str, int, "date", str]]
"""How many submissions were refused, by topic, partition, month of submission and reason."""

LEDGER_LOOK_EVERY_S: Final = 1.0
"""How often it is asked whether the ledger still holds what it acknowledged."""


def move(
    connection: Connection[Any], moves: list[tuple[str, int, int, int]], refusals: RefusalCounts
) -> set[tuple[str, int]]:
    """Move positions, by topic and partition from an offset to another; give those that moved.

    One that stands elsewhere does not, and what was refused of it is not counted.
    """
    moved = [Moved(*each, None) for each in moves]
    return move_submission_positions(connection, moved, _refused(refusals), {})


class Admission:
    """Checks the submissions of every department and appends to the ledger."""

    def __init__(
        self,
        rulebook: Rulebook,
        connections: Connections,
        sender: Sender,
        witness: Witness,
        room: Room = UNWATCHED,
    ) -> None:
        """Bind to the rulebook, the database of positions and the broker."""
        self._rulebook = rulebook
        self._connections = connections
        self._sender = sender
        self._witness = witness
        self._room = room
        self._waiting: list[_Waiting] = []
        self._rounds: asyncio.Task[None] | None = None
        self._looked_at: dict[tuple[str, bool], float] = {}

    async def next_offsets(self, topic: str, partitions: Collection[int]) -> Mapping[int, int]:
        """Give where admission stands in a submission topic.

        Raises `LogChangedError` where the topic does not hold what was read of it, and
        `LedgerShortError` where the ledger does not hold what it has acknowledged.
        """
        return await asyncio.to_thread(self._positions, topic, list(partitions))

    def _positions(self, topic: str, partitions: list[int]) -> dict[int, int]:
        with self._connections.one() as connection:
            found = submission_positions(connection, topic, partitions)
        check_noting(self._connections, self._witness, topic, found)
        self._look_at_ledger(submission_origin(topic)[0], closely=True)
        return {partition: standing.next_offset for partition, standing in found.items()}

    def _look_at_ledger(self, platform: Platform, *, closely: bool = False) -> None:
        """Look, once in a while, that nothing is appended over a gap.

        `closely` where work begins: then what the read models have read must be there too.
        """
        topic, now = ledger_topic(platform), time.monotonic()
        if now - self._looked_at.get((topic, closely), -math.inf) < LEDGER_LOOK_EVERY_S:
            return
        with self._connections.one() as connection:
            acknowledged = acknowledged_ends(connection, topic)
            applied = ledger_standings(connection, platform) if closely else {}
        try:
            self._witness.check_ends(topic, acknowledged)
            self._witness.check(topic, applied)
        except LogChangedError as error:
            note_breach_of(self._connections, error)
            raise LedgerShortError(str(error)) from error
        self._looked_at[topic, closely] = time.monotonic()

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
        self._room.check()
        ledgers = {
            ledger_topic(platform): platform
            for platform in {submission_origin(batch.topic)[0] for batch in batches}
        }
        for platform in ledgers.values():
            self._look_at_ledger(platform)
        before = self._ends(ledgers)
        refusals: RefusalCounts = Counter()
        try:
            placed = self._sender.send_and_place(
                m for batch in batches for m in self._admitted(batch, refusals)
            )
        except DeliveryError:
            # The broker may come back with less than it had: the next round looks first.
            self._looked_at.clear()
            raise
        self._check_places(before, placed)
        moved = [
            Moved(
                batch.topic,
                batch.partition,
                batch.first,
                batch.next_offset,
                last_seen(batch.records),
            )
            for batch in batches
        ]
        ends = {place: span.last + 1 for place, span in placed.items() if place[0] in ledgers}
        with self._connections.one() as connection:
            return move_submission_positions(connection, moved, _refused(refusals), ends)

    def _ends(self, ledgers: Collection[str]) -> dict[tuple[str, int], int]:
        """Give up to where each partition of these ledgers has been acknowledged."""
        with self._connections.one() as connection:
            return {
                (topic, partition): end
                for topic in ledgers
                for partition, end in acknowledged_ends(connection, topic).items()
            }

    def _check_places(
        self, before: Mapping[tuple[str, int], int], placed: Mapping[tuple[str, int], Span]
    ) -> None:
        """Raise `LedgerShortError` where a round stands in the place of what was acknowledged.

        What the broker loses between the last look and a round shows only in where that round came
        to stand: it is not noted as admitted, and nothing follows it.
        """
        for (topic, partition), span in placed.items():
            end = before.get((topic, partition), 0)
            if span.first < end:
                detail = (
                    f"what was appended stands at {span.first}, and it had acknowledged up to {end}"
                )
                error = LogChangedError(topic, partition, end, detail)
                note_breach_of(self._connections, error)
                raise LedgerShortError(str(error))

    def _partitions_of(self, platform: Platform) -> int:
        with self._connections.one() as connection:
            return partitions_of(connection, platform)

    def _admitted(self, batch: Batch, refusals: RefusalCounts) -> Iterator[Sent | Placed]:
        """Give what is to be produced of a batch; count in `refusals` what is refused."""
        platform, department = submission_origin(batch.topic)
        refused: Counter[str] = Counter()
        for record in batch.records:
            if record.unread is Unread.NO_RECORD:
                continue
            submitted_at = broker_time(record.timestamp_ms)
            message, outcome = answer(
                record,
                batch,
                platform,
                department,
                submitted_at,
                self._rulebook,
                self._partitions_of,
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


def _refused(refusals: RefusalCounts) -> list[Refused]:
    """Give what was refused as rows."""
    rows: list[Refused] = []
    for (topic, partition, month, reason), count in refusals.items():
        platform, department = submission_origin(topic)
        rows.append(Refused(topic, partition, platform, department, month, reason, count))
    return rows


def _conflict(batch: Batch) -> PositionConflictError:
    return PositionConflictError(f"{batch.topic}: admission no longer stands at {batch.first}")
