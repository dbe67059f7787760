"""The projector: one batch of the ledger, or one round of small ones, one transaction, one truth.

Position, journal, profiles, lists, warnings, counts and outbox move together or not at all; so a
crash, a repeat or a zombie changes nothing, whatever Kafka believes of its offsets.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from projections.applying import Applying, PartitionShare
from projections.fold.state import decode_state
from projections.fold.steps import sweep
from projections.ledger.message import Unread
from projections.ledger.witness import last_seen
from projections.notices.notice import Notice, Told
from projections.quality.quality import Deadlines
from projections.store.contagion import load_told, load_web, write_told
from projections.store.session import Awake
from projections.store.store import NoticesOf
from projections.store.tables.positions import (
    Position,
    PositionConflictError,
    PositionMove,
    SupersededError,
)
from projections.store.warm import Warm
from projections.writing.latency import measure
from projections.writing.transaction import Writing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from psycopg import Connection, Cursor

    from events.envelope import Platform
    from projections.calendar.rules import RuleCalendar
    from projections.ledger.message import Parked, Raw
    from projections.store.store import Store
    from projections.writing.outbox import ProfileChange
    from projections.writing.rows import ProfileRow

BULK_MESSAGES: Final = 2_000
"""From so many messages on, a batch is backlog: nobody waits for each of its profiles."""

SWEEP_SUBJECTS_MAX: Final = 2_000
"""Subjects re-assessed in one transaction of the daily sweep."""


class Applied(NamedTuple):
    """What a transaction did: its generation, the profiles it wrote, how many notices it told."""

    partition: int
    generation: int
    profiles: list[ProfileChange]
    notices: int


class Projector:
    """Applies batches to the read models of one platform and version."""

    def __init__(
        self,
        platform: Platform,
        store: Store,
        calendar: RuleCalendar,
        *,
        publishes: bool = True,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Bind to a store; a rebuild passes `publishes=False`, for it must warn nobody.

        With a `clock` the latency of batches is measured; of what is folded anew it means nothing.
        """
        self.platform = platform
        self.store = store
        self._calendar = calendar
        self._deadlines = Deadlines(calendar.rulebook)
        self._publishes = publishes
        self._warm = Warm()
        self._applying = Applying(platform, store, calendar, self._warm, publishes=publishes)
        # Where a sweep under way has come to, by partition: so that no step reads what is done.
        self._swept: dict[int, tuple[tuple[str, date], str]] = {}
        self._clock = clock

    def apply(self, connection: Connection[Any], partition: int, batch: Sequence[Raw]) -> Applied:
        """Apply consecutive messages of one partition in one transaction.

        Raises `PositionConflictError` where the projection does not stand at the first of them.
        What is no record moves the position and nothing else.
        """
        with connection.transaction(), connection.cursor() as cursor:
            position = self.store.lock_position(cursor, partition)
            if position.next_offset != batch[0].offset:
                raise _conflict(partition, position, batch)
            done = self._apply(cursor, {partition: (position, batch)})
        return self._applied(done)[partition]

    def apply_round(
        self, connection: Connection[Any], batches: Mapping[int, Sequence[Raw]]
    ) -> dict[int, Applied | PositionConflictError]:
        """Apply a batch of each of several partitions in one transaction; none is waited for.

        Gives what became of each. One that another session holds is left out, and is to be applied
        alone; one whose projection stands elsewhere has its conflict, and the others do not care.
        """
        outcomes: dict[int, Applied | PositionConflictError] = {}
        with connection.transaction(), connection.cursor() as cursor:
            taken: dict[int, tuple[Position, Sequence[Raw]]] = {}
            for partition, position in self.store.lock_free_positions(cursor, batches).items():
                batch = batches[partition]
                if position.next_offset == batch[0].offset:
                    taken[partition] = position, batch
                else:
                    outcomes[partition] = _conflict(partition, position, batch)
            done = self._apply(cursor, taken) if taken else []
        return outcomes | self._applied(done)

    def _apply(
        self, cursor: Cursor[Any], taken: Mapping[int, tuple[Position, Sequence[Raw]]]
    ) -> list[tuple[PartitionShare, int]]:
        """Apply batches whose positions are held; give of each what it changed and told."""
        parked = self.store.load_parked_of(cursor, taken)
        shares: dict[int, PartitionShare] = {}
        said: list[tuple[PartitionShare, Sequence[Raw], int]] = []
        for partition, (position, batch) in taken.items():
            writing = self._writing(partition, position.generation + 1, len(batch))
            shares[partition] = PartitionShare(writing, parked[partition])
            records = [raw for raw in batch if raw.unread is not Unread.NO_RECORD]
            said.append((shares[partition], records, position.recorded_ms))
        self._applying.fold(cursor, said)
        notices = self._applying.write(cursor, list(shares.values()))
        moves = [
            PositionMove(
                share.partition,
                _moved(*taken[share.partition], records),
                measure(self._clock, records[0].timestamp_ms, len(records)) if records else None,
            )
            for share, records, _ in said
        ]
        self.store.move_positions(cursor, moves)
        return [(share, notices[share.partition]) for share in shares.values()]

    def _applied(self, done: Sequence[tuple[PartitionShare, int]]) -> dict[int, Applied]:
        """Give what a transaction did, once it is certain that the rows hold these bytes."""
        applied: dict[int, Applied] = {}
        for share, notices in done:
            partition, writing = share.partition, share.writing
            for long in writing.long:
                self._warm.keep(*long)
            applied[partition] = Applied(partition, writing.generation, writing.changes, notices)
        return applied

    def release(
        self, connection: Connection[Any], partition: int, subject_id: str
    ) -> Parked | None:
        """Apply what waits of a parked subject anew; give why it is still parked, or None."""
        with connection.transaction(), connection.cursor() as cursor:
            position = self.store.lock_position(cursor, partition)
            before = self.store.load_parked(cursor, partition)
            parked = before.get(subject_id)
            if parked is None:
                return None
            items = self._applying.waiting(cursor, partition, parked)
            share = PartitionShare(self._writing(partition, position.generation + 1), before)
            fold = self._applying.load(cursor, {partition: items}, {partition: before})[partition]
            fold.release(subject_id, items)
            share.writing.conclude(fold, subject_id)
            share.take(fold)
            self._applying.write(cursor, [share])
            moved = position._replace(generation=share.writing.generation)
            self.store.move_position(cursor, partition, moved)
            return fold.parked.get(subject_id)

    def sweep(self, connection: Connection[Any], partition: int, to: date) -> tuple[Applied, bool]:
        """Re-assess some of the subjects whose next change by time has come, up to a day.

        Gives what was done and whether more are due. The caller sweeps a partition only after it
        has applied all that was recorded before that day, so that a replay tells the same.
        """
        with connection.transaction(), connection.cursor() as cursor:
            position = self.store.lock_position(cursor, partition)
            changed_on = self._calendar.changed_on(to)
            sweeping, after = (self.store.schema, to), ""
            if partition in self._swept and self._swept[partition][0] == sweeping:
                after = self._swept[partition][1]
            due = self.store.due(cursor, partition, to, changed_on, after, SWEEP_SUBJECTS_MAX)
            # A sweep that finds nobody is no change, so it has no generation to publish.
            generation = position.generation + bool(due)
            writing = self._writing(partition, generation)
            notices: list[Notice] = []
            parked = self.store.load_parked(cursor, partition)
            rows: list[ProfileRow] = []
            awake = Awake(cursor)
            for subject_id, data, due_on in due:
                awake.keep()
                state = decode_state(data)
                is_parked = subject_id in parked
                profile, told = sweep(
                    state, subject_id, due_on, to, self._calendar, parked=is_parked
                )
                notices += told
                rows.append(writing.profile(subject_id, state, profile, parked=is_parked))
            self.store.write_profiles(cursor, partition, [], rows)
            self._applying.tell(cursor, [NoticesOf(partition, generation, notices, {})])
            # What came between two steps may be due behind: a pass ends with a look from the start.
            more = len(due) == SWEEP_SUBJECTS_MAX or after != ""
            swept_on = position.swept_on if more else max(position.swept_on, to)
            moved = position._replace(generation=generation, swept_on=swept_on)
            self.store.move_position(cursor, partition, moved)
        full = len(due) == SWEEP_SUBJECTS_MAX
        self._swept[partition] = sweeping, due[-1].subject_id if full else ""
        return Applied(partition, generation, writing.changes, len(notices)), more

    def relate(self, connection: Connection[Any], partition: int, to: date) -> Applied | None:
        """Tell of contagion up to a day: each day by what all partitions knew at its midnight.

        None where it has been told, or another partition has not been swept to that day yet: ask
        again later. So it is asked often, and what is told already locks nothing.
        """
        with connection.cursor() as cursor:
            if not self._can_relate(cursor, partition, to):
                return None
        with connection.transaction(), connection.cursor() as cursor:
            position = self.store.lock_position(cursor, partition)
            if not self._can_relate(cursor, partition, to):
                return None
            web, own = load_web(cursor, self.store, partition)
            told = load_told(cursor, self.store, partition)
            first = position.related_on + timedelta(days=1)
            changed: dict[str, Told] = {}
            notices: list[Notice] = []
            awake = Awake(cursor)
            for subject_id in own:
                awake.keep()
                known = told.get(subject_id) or Told()
                found = web.tell(subject_id, known, first, to, self._calendar.rulebook)
                if found:
                    changed[subject_id] = known
                    notices += found
            generation = position.generation + bool(notices)
            self._applying.tell(cursor, [NoticesOf(partition, generation, notices, {})])
            write_told(cursor, self.store, partition, changed)
            moved = position._replace(generation=generation, related_on=to)
            self.store.move_position(cursor, partition, moved)
        return Applied(partition, generation, [], len(notices))

    def _can_relate(self, cursor: Cursor[Any], partition: int, to: date) -> bool:
        positions = self.store.positions(cursor)
        if partition not in positions:
            raise SupersededError(self.store.schema)
        is_swept = min(each.swept_on for each in positions.values()) >= to
        return is_swept and positions[partition].related_on < to

    def _writing(self, partition: int, generation: int, messages: int = 0) -> Writing:
        encodes = messages >= BULK_MESSAGES and self._publishes
        return Writing(self.platform, partition, generation, self._deadlines, encodes=encodes)


def _conflict(partition: int, position: Position, batch: Sequence[Raw]) -> PositionConflictError:
    stands, begins = position.next_offset, batch[0].offset
    return PositionConflictError(f"partition {partition}: stands at {stands}, not at {begins}")


def _moved(position: Position, batch: Sequence[Raw], records: Sequence[Raw]) -> Position:
    """Give where a partition stands behind a batch, of which these are records."""
    return Position(
        batch[-1].offset + 1,
        max(position.recorded_ms, max((raw.timestamp_ms for raw in records), default=0)),
        position.generation + 1,
        position.swept_on,
        position.related_on,
        *(last_seen(records) or position[-2:]),
    )
