"""The admission agent: submissions in, the ledger or a rejection out.

Stateless, so nothing can be lost between two stores: produce, wait for the acknowledgement, then
move the position. A crash in between repeats submissions, and the fold drops the repeats. What was
refused is counted by the statement that moves the position, so a repeat is not counted twice.

Dozens of departments submit a little at a time. What comes while one round of producing and
committing is under way therefore shares the next: its price is paid once, not once a department.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import structlog

from events.admission.rejection import RejectionReason
from events.admission.signatures import SignatureCheck, no_key_known
from events.envelope import CHINA, Platform
from events.sealing.form import SealCheck, no_seal_holds
from events.topics import ledger_topic, submission_origin
from projections.ledger.message import Unread
from projections.ledger.witness import last_seen
from projections.store.control.submissions import (
    Moved,
    Refused,
    move_submission_positions,
    submission_positions,
)
from projections.store.database import partitions_of
from projections.store.quality import ANY_REASON
from projections.store.tables.positions import PositionConflictError
from streams.admitting.answers import answer, broker_time, refused_of
from streams.admitting.crowds import Crowds
from streams.admitting.ledger_end import LedgerEnd
from streams.batches import OUTAGES
from streams.faults import fault
from streams.publishing.producer import DeliveryError, RefusedError
from streams.room import UNWATCHED, Room
from streams.witness import check_noting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import date

    from psycopg import Connection

    from events.rules.rulebook import Rulebook
    from streams.admitting.crowds import Place
    from streams.admitting.ledger_end import SignedLedgers
    from streams.batches import Batch
    from streams.connections import Connections
    from streams.publishing.producer import Placed, Sender, Sent
    from streams.witness import Witness

    _Waiting = tuple[Batch, asyncio.Future[None]]

_log = structlog.get_logger(__name__)

ROUND_RECORDS_MAX: Final = 1_000
"""How many submissions are admitted in one round: what a crash repeats at most, and what those who
have little to say wait for while another has a backlog."""

DELAYS: Final[tuple[type[Exception], ...]] = (*OUTAGES, DeliveryError)
"""What passes by waiting: also what the broker does not acknowledge, for however long."""

RefusalCounts = Counter[tuple[str, int, str, "date", str]]
"""How many submissions were refused: by topic, partition, whose, month of submission and reason."""

_CROWDS_LOOK_S: Final = 0.05
"""How often it is asked whether a crowd may go on, while nobody else has anything to say."""


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
        signed: SignedLedgers | None = None,
        seal_holds: SealCheck = no_seal_holds,
        signature_check_now: Callable[[], SignatureCheck] = lambda: no_key_known,
    ) -> None:
        """Bind to the rulebook, the database of positions, the broker, and what was signed.

        By which keys departments sign is asked as each round begins.
        """
        self._rulebook = rulebook
        self._connections = connections
        self._sender = sender
        self._witness = witness
        self._room = room
        self._seal_holds = seal_holds
        self._signature_check_now = signature_check_now
        self._waiting: list[_Waiting] = []
        self._rounds: asyncio.Task[None] | None = None
        self._ledger = LedgerEnd(connections, witness, signed)
        self._crowds = Crowds()

    async def next_offsets(self, topic: str, partitions: Collection[int]) -> Mapping[int, int]:
        """Give where admission stands in a submission topic.

        Raises `LogChangedError` where the topic does not hold what was read of it, and
        `LedgerShortError` where the ledger does not hold what it has acknowledged, or what was
        signed of it.
        """
        return await asyncio.to_thread(self._positions, topic, list(partitions))

    def _positions(self, topic: str, partitions: list[int]) -> dict[int, int]:
        with self._connections.one() as connection:
            found = submission_positions(connection, topic, partitions)
        check_noting(self._connections, self._witness, topic, found)
        self._ledger.look(submission_origin(topic)[0], closely=True)
        return {partition: standing.next_offset for partition, standing in found.items()}

    async def apply(self, batch: Batch) -> None:
        """Admit a batch of one department's submissions, with those that wait beside it."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((batch, done))
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._admit_in_rounds(), name="admission")
        await done

    async def _admit_in_rounds(self) -> None:
        while self._waiting:
            looked_at = len(self._waiting)
            places = {_place(batch) for batch, _ in self._waiting}
            crowded = self._crowds.platforms(places)
            held = await asyncio.to_thread(self._held, places, crowded) if crowded else set()
            # What came meanwhile may be of a crowd: it waits for a look of its own.
            taken, left = _next_round(self._waiting[:looked_at], held)
            self._waiting = [*left, *self._waiting[looked_at:]]
            if not taken:
                await asyncio.sleep(_CROWDS_LOOK_S)
                continue
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

    def _held(self, places: set[Place], platforms: set[Platform]) -> set[Place]:
        """Give those places whose crowd others would wait behind: they wait for it themselves."""
        held: set[Place] = set()
        try:
            for platform in platforms:
                behind = self._ledger.behind(platform)
                held |= self._crowds.held(places, platform, behind, time.monotonic())
        except Exception as error:  # noqa: BLE001 - a round meets the same, and its lanes judge it
            _log.debug("crowds_unknown", error=fault(error))
            return set()
        return held

    async def _outcomes(self, batches: list[Batch]) -> list[Exception | None]:
        """Admit batches in one go; give of each why it was not, which its lane judges."""
        try:
            moved = await asyncio.to_thread(self._admit, batches)
        except Exception as error:  # noqa: BLE001 - of which it is shows where each is alone
            if len(batches) == 1:
                return [error]
            if isinstance(error, DELAYS) and not isinstance(error, RefusedError):
                return [error] * len(batches)
            return [(await self._outcomes([batch]))[0] for batch in batches]
        return [None if _place(batch) in moved else _conflict(batch) for batch in batches]

    def _admit(self, batches: list[Batch]) -> set[tuple[str, int]]:
        """Admit batches of several departments; give the topics and partitions moved on."""
        self._room.check()
        ledgers = {
            ledger_topic(platform): platform
            for platform in {submission_origin(batch.topic)[0] for batch in batches}
        }
        for platform in ledgers.values():
            self._ledger.look(platform)
        before = self._ledger.known(ledgers)
        refusals: RefusalCounts = Counter()
        signature_check = self._signature_check_now()
        try:
            placed = self._sender.send_and_place(
                m for batch in batches for m in self._admitted(batch, signature_check, refusals)
            )
        except DeliveryError:
            self._ledger.look_anew()
            raise
        ends = self._ledger.took(before, placed)
        moved = [
            Moved(*_place(batch), batch.first, batch.next_offset, last_seen(batch.records))
            for batch in batches
        ]
        with self._connections.one() as connection:
            return move_submission_positions(connection, moved, _refused(refusals), ends)

    def _partitions_of(self, platform: Platform) -> int:
        with self._connections.one() as connection:
            return partitions_of(connection, platform)

    def _admitted(
        self, batch: Batch, signature_check: SignatureCheck, refusals: RefusalCounts
    ) -> Iterator[Sent | Placed]:
        """Give what is to be produced of a batch; count in `refusals` what is refused."""
        platform, department = submission_origin(batch.topic)
        refused: Counter[str] = Counter()
        subjects: Counter[bytes] = Counter()
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
                self._seal_holds,
                signature_check,
            )
            if outcome is None:
                subjects[message[1] or b""] += 1
            else:
                month = submitted_at.astimezone(CHINA).date().replace(day=1)
                codes = {each.code.value for each in outcome.reasons}
                refused.update({ANY_REASON, *codes})
                whose = refused_of(outcome, department, self._rulebook)
                for reason in (ANY_REASON, *codes):
                    refusals[batch.topic, batch.partition, whose, month, reason] += 1
                if RejectionReason.CHECK_FAILED in codes:
                    where = outcome.reasons[0].value
                    _log.error("check_failed", topic=batch.topic, offset=record.offset, error=where)
            yield message
        self._crowds.note(_place(batch), platform, subjects)
        if refused:
            _log.info("submissions_refused", department=department, refused=refused[ANY_REASON])


def _next_round(
    waiting: list[_Waiting], held: Collection[Place] = ()
) -> tuple[list[_Waiting], list[_Waiting]]:
    """Part what waits into the next round and the rest: who waits longest, then small ones.

    Bounded, as a crash in a round says all of it again; and so that nobody's backlog holds up
    those who have little to say. What is `held` is of the rest; so there may be no round.
    """
    free = [each for each in waiting if _place(each[0]) not in held]
    if not free:
        return [], waiting
    first, *others = free
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
    for (topic, partition, department, month, reason), count in refusals.items():
        platform, _ = submission_origin(topic)
        rows.append(Refused(topic, partition, platform, department, month, reason, count))
    return rows


def _place(batch: Batch) -> Place:
    return batch.topic, batch.partition


def _conflict(batch: Batch) -> PositionConflictError:
    return PositionConflictError(f"{batch.topic}: admission no longer stands at {batch.first}")
