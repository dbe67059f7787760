"""What a transaction does between taking its positions and moving them: load, fold, write.

Of one partition, or of several that share it. Each partition has a fold and a generation of its
own, so what comes of its messages is the same whoever shares the transaction; what they have in
common are the statements, one a table.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from events.types.amendment import EventDismissed
from projections.fold.fold import Fold
from projections.ledger.reading import in_portions, read
from projections.store.contagion import add_ties
from projections.store.erasing.erasures import write_erasures
from projections.store.quality import add_reporting
from projections.store.session import Awake
from projections.store.store import NoticesOf
from projections.writing.outbox import outbox_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Cursor

    from events.envelope import Platform
    from projections.calendar.rules import RuleCalendar
    from projections.ledger.message import Message, Parked, Raw, Read
    from projections.store.store import Store
    from projections.store.warm import Warm
    from projections.writing.transaction import Writing

PORTION_MESSAGES: Final = 1_000
"""About so many messages are read and folded at once."""


class PartitionShare:
    """What one partition has of a transaction: who was parked in it, and what is to be written."""

    def __init__(self, writing: Writing, parked: dict[str, Parked]) -> None:
        """Begin with nothing folded yet."""
        self.writing = writing
        self.parked_before = parked
        self.parked = parked

    @property
    def partition(self) -> int:
        """Give whose share it is."""
        return self.writing.partition

    def take(self, fold: Fold) -> None:
        """Take what else came of a fold, once all of its subjects are concluded."""
        self.writing.finish(fold)
        self.parked = fold.parked


class Applying:
    """Loads what messages touch, folds them, and writes what they come to."""

    def __init__(
        self,
        platform: Platform,
        store: Store,
        calendar: RuleCalendar,
        warm: Warm,
        *,
        publishes: bool,
    ) -> None:
        """Bind to a store; where nothing is published nothing waits to be."""
        self._platform = platform
        self._store = store
        self._calendar = calendar
        self._warm = warm
        self._publishes = publishes

    def fold(
        self, cursor: Cursor[Any], said: Sequence[tuple[PartitionShare, Sequence[Raw], int]]
    ) -> None:
        """Fold what was said of each share, whose partition stood at a recorded time (ms)."""
        gathered: dict[int, tuple[PartitionShare, list[Message]]] = {}
        messages = 0
        for share, raws, recorded_ms in said:
            for portion in in_portions(raws, recorded_ms, PORTION_MESSAGES):
                gathered[share.partition] = share, portion
                messages += len(portion)
                if messages >= PORTION_MESSAGES:
                    self._fold_portion(cursor, gathered)
                    gathered, messages = {}, 0
        self._fold_portion(cursor, gathered)

    def _fold_portion(
        self, cursor: Cursor[Any], gathered: Mapping[int, tuple[PartitionShare, list[Message]]]
    ) -> None:
        """Fold messages of one or several partitions, which stand subject by subject."""
        items = {p: [read(each) for each in portion] for p, (_, portion) in gathered.items()}
        folds = self.load(cursor, items, {p: share.parked for p, (share, _) in gathered.items()})
        awake = Awake(cursor)
        for partition, (share, _) in gathered.items():
            fold, writing = folds[partition], share.writing
            writing.journal(items[partition])
            for subject_id, own in groupby(items[partition], attrgetter("subject_id")):
                for item in own:
                    fold.apply(item)
                    awake.keep()
                writing.conclude(fold, subject_id)
            share.take(fold)

    def load(
        self,
        cursor: Cursor[Any],
        items: Mapping[int, Sequence[Read]],
        parked: Mapping[int, dict[str, Parked]],
    ) -> dict[int, Fold]:
        """Load what messages touch: states, chains of known subjects, who may be released."""
        store = self._store
        touched = {p: {i.subject_id for i in own} for p, own in items.items()}
        if not any(touched.values()):
            return {p: Fold(self._calendar, {}, {}, parked[p], {}, self._warm) for p in items}
        states = store.load_states_of(cursor, touched)
        places: dict[int, set[tuple[str, str]]] = {}
        waiting: dict[int, dict[str, list[Read]]] = {}
        for partition, own in items.items():
            held = {
                item.subject_id: self.waiting(cursor, partition, parked[partition][item.subject_id])
                for item in own
                if isinstance(item.event, EventDismissed) and item.subject_id in parked[partition]
            }
            known = {(i.subject_id, i.entry_id) for i in own if i.subject_id in states[partition]}
            known |= {(i.subject_id, i.entry_id) for behind in held.values() for i in behind}
            places[partition], waiting[partition] = known, held
        chains = store.load_chains_of(cursor, places)
        return {
            p: Fold(self._calendar, states[p], chains[p], parked[p], waiting[p], self._warm)
            for p in items
        }

    def waiting(self, cursor: Cursor[Any], partition: int, parked: Parked) -> list[Read]:
        """Give what waits of a subject, from the message on that parked it."""
        store, subject = self._store, parked.subject_id
        messages = store.load_messages(cursor, partition, subject, start=parked.offset)
        return [read(message) for message in messages]

    def write(self, cursor: Cursor[Any], shares: Sequence[PartitionShare]) -> dict[int, int]:
        """Write what folds came to; give how many notices that is, by partition."""
        store = self._store
        writings = [share.writing for share in shares]
        # A partition has tables of its own: of one alone they are written without looking for it.
        one = writings[0].partition if len(writings) == 1 else None
        store.write_events(cursor, one, [row for each in writings for row in each.events()])
        new = [row for each in writings for row in each.new]
        store.write_profiles(cursor, one, new, [row for each in writings for row in each.known])
        store.write_handles(cursor, [row for each in writings for row in each.handles])
        tellings = [
            NoticesOf(each.partition, each.generation, each.notices(), each.recorded)
            for each in writings
        ]
        self.tell(cursor, tellings)
        for share in shares:
            store.write_parked(cursor, share.partition, share.parked_before, share.parked)
        counts = {each.partition: each.reporting.by_month() for each in writings}
        add_reporting(cursor, store, counts)
        add_ties(cursor, store, {each.partition: each.ties for each in writings})
        for each in writings:
            write_erasures(cursor, store, each.partition, each.erasures)
        return {telling.partition: len(telling.notices) for telling in tellings}

    def tell(self, cursor: Cursor[Any], tellings: Sequence[NoticesOf]) -> None:
        """Write notices, and put them in line for the relay."""
        some = [telling for telling in tellings if telling.notices]
        self._store.write_notices(cursor, some)
        if self._publishes:
            platform = self._platform
            rows = {
                t.partition: outbox_rows(platform, t.partition, t.generation, t.notices)
                for t in some
            }
            self._store.write_outbox(cursor, rows)
