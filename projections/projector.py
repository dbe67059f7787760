"""The projector: one batch of the ledger, one transaction, one truth.

Position, journal, profiles, lists, warnings, counts and outbox move together or not at all; so a
crash, a repeat or a zombie changes nothing, whatever Kafka believes of its offsets.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.types.amendment import EventDismissed
from projections.fold.fold import Fold
from projections.fold.state import decode_state
from projections.fold.steps import sweep
from projections.ledger.message import Unread
from projections.ledger.reading import in_portions, read
from projections.ledger.witness import last_seen
from projections.notices.notice import Notice, Told
from projections.quality.quality import Deadlines
from projections.store.contagion import add_ties, load_told, load_web, write_told
from projections.store.erasing.erasures import write_erasures
from projections.store.quality import add_reporting
from projections.store.session import Awake
from projections.store.tables.positions import Position, PositionConflictError, SupersededError
from projections.store.warm import Warm
from projections.writing.latency import measure
from projections.writing.outbox import ProfileChange, outbox_rows
from projections.writing.transaction import Writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from psycopg import Connection, Cursor

    from events.envelope import Platform
    from projections.calendar.rules import RuleCalendar
    from projections.ledger.message import Parked, Raw, Read
    from projections.store.store import Store
    from projections.writing.rows import ProfileRow

PORTION_MESSAGES: Final = 1_000
"""About so many messages are read and folded at once."""

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
        # Where a sweep under way has come to, by partition: so that no step reads what is done.
        self._swept: dict[int, tuple[tuple[str, date], str]] = {}
        self._clock = clock

    def apply(self, connection: Connection[Any], partition: int, batch: Sequence[Raw]) -> Applied:
        """Apply consecutive messages of one partition in one transaction.

        Raises `PositionConflictError` where the projection does not stand at the first of them.
        What is no record moves the position and nothing else.
        """
        said = [raw for raw in batch if raw.unread is not Unread.NO_RECORD]
        with connection.transaction(), connection.cursor() as cursor:
            position = self.store.lock_position(cursor, partition)
            if position.next_offset != batch[0].offset:
                raise PositionConflictError(
                    f"partition {partition}: stands at {position.next_offset}, "
                    f"batch begins at {batch[0].offset}"
                )
            moved = Position(
                batch[-1].offset + 1,
                max(position.recorded_ms, max((raw.timestamp_ms for raw in said), default=0)),
                position.generation + 1,
                position.swept_on,
                position.related_on,
                *(last_seen(said) or position[-2:]),
            )
            writing = self._writing(partition, moved.generation, len(batch))
            before = parked = self.store.load_parked(cursor, partition)
            for portion in in_portions(said, position.recorded_ms, PORTION_MESSAGES):
                items = [read(message) for message in portion]
                writing.journal(items)
                parked = self._fold(cursor, items, parked, writing)
            self.store.write_events(cursor, partition, writing.events())
            told = self._write(cursor, writing, before, parked)
            waited = measure(self._clock, said[0].timestamp_ms, len(said)) if said else None
            self.store.move_position(cursor, partition, moved, waited)
        # Only now is it certain that the rows hold these bytes.
        for long in writing.long:
            self._warm.keep(*long)
        return Applied(partition, moved.generation, writing.changes, told)

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
            items = self._waiting(cursor, partition, parked)
            writing = self._writing(partition, position.generation + 1)
            fold = self._load(cursor, partition, items, before)
            fold.release(subject_id, items)
            writing.conclude(fold, subject_id)
            writing.finish(fold)
            self._write(cursor, writing, before, fold.parked)
            moved = position._replace(generation=writing.generation)
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
            self._tell(cursor, writing, notices)
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
            self._tell(cursor, self._writing(partition, generation), notices)
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

    def _load(
        self,
        cursor: Cursor[Any],
        partition: int,
        items: Sequence[Read],
        parked: dict[str, Parked],
    ) -> Fold:
        """Load what the messages touch: states, chains of known subjects, who may be released."""
        states = self.store.load_states(cursor, partition, {i.subject_id for i in items})
        known = {(i.subject_id, i.entry_id) for i in items if i.subject_id in states}
        waiting: dict[str, list[Read]] = {}
        for item in items:
            held = parked.get(item.subject_id)
            if held is not None and isinstance(item.event, EventDismissed):
                waiting[item.subject_id] = self._waiting(cursor, partition, held)
        known |= {(i.subject_id, i.entry_id) for held in waiting.values() for i in held}
        chains = self.store.load_chains(cursor, partition, known)
        return Fold(self._calendar, states, chains, parked, waiting, self._warm)

    def _waiting(self, cursor: Cursor[Any], partition: int, parked: Parked) -> list[Read]:
        store, subject = self.store, parked.subject_id
        messages = store.load_messages(cursor, partition, subject, start=parked.offset)
        return [read(message) for message in messages]

    def _fold(
        self,
        cursor: Cursor[Any],
        items: Sequence[Read],
        parked: dict[str, Parked],
        writing: Writing,
    ) -> dict[str, Parked]:
        """Fold messages, which stand subject by subject; give who is parked then."""
        fold = self._load(cursor, writing.partition, items, parked)
        awake = Awake(cursor)
        for subject_id, own in groupby(items, attrgetter("subject_id")):
            for item in own:
                fold.apply(item)
                awake.keep()
            writing.conclude(fold, subject_id)
        writing.finish(fold)
        return fold.parked

    def _writing(self, partition: int, generation: int, messages: int = 0) -> Writing:
        encodes = messages >= BULK_MESSAGES and self._publishes
        return Writing(self.platform, partition, generation, self._deadlines, encodes=encodes)

    def _write(
        self,
        cursor: Cursor[Any],
        writing: Writing,
        before: dict[str, Parked],
        after: dict[str, Parked],
    ) -> int:
        """Write what a fold came to; give how many notices that is."""
        partition = writing.partition
        self.store.write_profiles(cursor, partition, writing.new, writing.known)
        self.store.write_handles(cursor, writing.handles)
        notices = writing.notices()
        self._tell(cursor, writing, notices)
        self.store.write_parked(cursor, partition, before, after)
        add_reporting(cursor, self.store, partition, writing.reporting.by_month())
        add_ties(cursor, self.store, partition, writing.ties)
        write_erasures(cursor, self.store, partition, writing.erasures)
        return len(notices)

    def _tell(self, cursor: Cursor[Any], writing: Writing, notices: Sequence[Notice]) -> None:
        if not notices:
            return
        partition, generation = writing.partition, writing.generation
        self.store.write_notices(cursor, partition, generation, notices, writing.recorded)
        if self._publishes:
            rows = outbox_rows(self.platform, partition, generation, notices)
            self.store.write_outbox(cursor, partition, rows)
