"""What is shown of each record of a subject, and what that comes to by category. Pure.

The part of a profile that rests on nothing but the records and the lists: who asks for no more, as
what is published does, is spared warnings, classes and scores.
"""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 - a NamedTuple reads its hints
from typing import TYPE_CHECKING, Final, NamedTuple, final

import msgspec

from events.dates import FOREVER
from projections.calendar.rules import place_of
from projections.conclusions.standing import read_signals
from projections.day.shapes import ListStatus, Membership
from projections.day.weight import amounts_fen, replaced_on, tier_of
from projections.profile.category_count import CategoryCount
from projections.profile.disclosure import (
    ShownSpan,
    serious_spans,
    shown,
)
from projections.profile.shapes import ConcludedRecord, RecordStatus, Shown, ShownRecord
from projections.profile.shown_record import has_ended, own_days, shown_objections, shown_record
from projections.profile.tallies import TallySum, shown_so_far, shown_tallies
from projections.record.matters import Arrears, Listing
from projections.record.traits import TRAITS

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from projections.calendar.rules import RulesOfDay
    from projections.day.effects import Effect
    from projections.day.record_on_day import RecordOnDay
    from projections.profile.kept import KeptRecord
    from projections.record.credit_record import CreditRecord
    from projections.record.matters import AnyMatter


_NO_EFFECT: Final = ListStatus.NO_EFFECT
_IN_EFFECT: Final = ListStatus.IN_EFFECT


class ShownAndListed(NamedTuple):
    """What is shown of each record of a subject on a day, and its entries of lists."""

    records: Sequence[ShownRecord]
    lists: Sequence[Membership]


def shown_and_listed(
    record: CreditRecord, rules: RulesOfDay, only: Collection[str] | None = None
) -> ShownAndListed:
    """Give records and entries on the day of the rules, as the whole profile has them.

    Of the records those of some ids `only`, where no more is asked for: entries are all given.
    """
    signals = read_signals(record, rules)
    records = Concluding(signals.on_day).records(signals.lists, only)
    return ShownAndListed(records, signals.lists)


def shown_records(record: CreditRecord, rules: RulesOfDay) -> Sequence[ShownRecord]:
    """Give what is shown of each record on the day of the rules, as the whole profile has it."""
    return shown_and_listed(record, rules).records


@final
class Concluding:
    """The working of one `assess`: counts, rules used and the nearest day of change."""

    def __init__(self, on_day: RecordOnDay, kept: KeptRecord | None = None) -> None:
        """Begin with nothing counted; `kept` is what was concluded of the record before."""
        self.on_day = on_day
        self.kept = kept
        self.rules = on_day.rules
        self.next_change_on = self.rules.next_change_on
        self.used: set[str] = set()
        self._counts: dict[str, list[int]] = {}
        self.replaced: dict[str, date] = {}

    def _count(
        self, category: str, count: int, fen: int, unknown: int, public: int, shared: int
    ) -> None:
        """Add records of a category, and how many of them the public and authorities see."""
        counts = self._counts.get(category)
        if counts is None:
            counts = self._counts[category] = [0, 0, 0, 0, 0]
        counts[0] += count
        counts[1] += fen
        counts[2] += unknown
        counts[3] += public
        counts[4] += shared

    def further(self, kept: KeptRecord | None) -> Concluding:
        """Give a working that goes on from here, and leaves this one as it is."""
        further = Concluding(self.on_day, kept)
        further.next_change_on = self.next_change_on
        further.used = set(self.used)
        further._counts = {category: list(counts) for category, counts in self._counts.items()}
        return further

    def categories(self) -> dict[str, CategoryCount]:
        """Give the counts by category, in the order of codes."""
        return {code: CategoryCount(*counts) for code, counts in sorted(self._counts.items())}

    def changes_on(self, day: date | None) -> None:
        """Note a day on which time alone changes what is concluded."""
        if day is not None and self.rules.on < day < self.next_change_on:
            self.next_change_on = day

    def count_tallies(self) -> None:
        """Count what is tallied; the hot loop of the projector."""
        known = shown_so_far(self.rules)
        sums = None if self.kept is None else self.kept.sums
        rule = ""
        for kind, days in self.on_day.record.tallies.items():
            whose = known.get(kind)
            if whose is None:
                whose = shown_tallies(kind, self.rules)
            if whose.rule is not rule:
                rule = whose.rule
                self.used.add(rule)
            tally = None if sums is None else sums.get(kind)
            if tally is None or tally.whose is not whose:
                tally = TallySum(whose, days)
                if sums is not None:
                    sums[kind] = tally
            if tally.changes_on != FOREVER:
                self.changes_on(tally.changes_on)
            category, unknown = whose.category, tally.unknown
            self._count(category, tally.count, tally.fen, unknown, tally.public, tally.shared)

    def records(
        self, lists: Sequence[Membership], only: Collection[str] | None = None
    ) -> list[ShownRecord]:
        """Conclude who may see each matter, or some `only`, and count it."""
        spans = tuple(serious_spans(lists))
        listed = {member.entry_id: member for member in lists}
        self.replaced = replaced_on(self.on_day.of(Arrears))
        for day in self.replaced.values():
            self.changes_on(day)
        matters = self.on_day.matters()
        if only is not None:
            matters = [each for each in matters if each.event_id in only]
        return [self._record(matter, spans, listed.get(matter.event_id)) for matter in matters]

    def _record(
        self, matter: AnyMatter, spans: tuple[ShownSpan, ...], member: Membership | None
    ) -> ShownRecord:
        """Conclude a matter, or take what was concluded of it where nothing else has changed."""
        kept = None if self.kept is None else self.kept.records
        # A mark, a later balance or its own list may reach a matter from outside; apart from these
        # what was concluded stands until its own day, while the times on serious lists stay.
        marked = None if matter.marks is None else self.on_day.effect(matter)
        replaced_on = self.replaced.get(matter.event_id, FOREVER)
        concluded = None if kept is None else kept.get(matter.event_id)
        rules = self.rules
        if (
            concluded is None
            or concluded.matter is not matter
            or concluded.arranged is not rules.arranged
            or concluded.spans != spans
            or concluded.marked != marked
            or concluded.member != member
            or concluded.replaced_on != replaced_on
            or not concluded.since <= rules.on < concluded.until
        ):
            concluded = self._conclude(matter, spans, member, marked, replaced_on)
            if kept is not None:
                kept[matter.event_id] = concluded
        record = concluded.record
        self.used.update(concluded.used)
        self.changes_on(concluded.until)
        who, fen = record.shown, concluded.fen
        unknown = 1 if fen is None else 0
        public, shared = 1 if who.public else 0, 1 if who.shared else 0
        self._count(matter.category, 1, fen or 0, unknown, public, shared)
        return record

    def _conclude(
        self,
        matter: AnyMatter,
        spans: tuple[ShownSpan, ...],
        member: Membership | None,
        marked: Effect | None,
        replaced_on: date,
    ) -> ConcludedRecord:
        on = self.rules.on
        effect = self.on_day.effect(matter) if marked is None else marked
        tier, weighed_by = tier_of(matter, self.rules)
        until = None
        if member is not None and type(matter) is Listing:
            until = member.until or FOREVER
            if member.status is _NO_EFFECT:
                until = on  # What has no effect is not published as if it had.
        who = shown(matter, effect, tier, spans, self.rules, listed_until=until)
        amount, owed = amounts_fen(matter, on)
        is_replaced = replaced_on <= on
        if is_replaced:
            owed = 0
        if has_ended(effect, on):
            owed = 0  # A repair, or a stop, ends the use against the subject, not the debt.
        told = (
            ()
            if matter.marks is None
            else shown_objections(place_of(matter), matter.marks, self.rules)
        )
        record = shown_record(matter, effect, tier, amount, owed, told, who, on)
        if is_replaced and record.status is RecordStatus.SETTLED:
            record = msgspec.structs.replace(record, status=RecordStatus.REPLACED)
        elif member is not None and member.status is not _IN_EFFECT:
            record = msgspec.structs.replace(record, status=RecordStatus(member.status.value))
        return ConcludedRecord(
            matter,
            self.rules.arranged,
            spans,
            marked,
            member,
            replaced_on,
            on,
            _next_of((effect.next_change_on, replaced_on, *_ends(who), *own_days(matter)), on),
            record,
            (who.rule, *effect.rules, weighed_by) if weighed_by else (who.rule, *effect.rules),
            # Of what may still be owed, what is owed counts; of all else, what the record says.
            owed if TRAITS[type(matter)].is_owed else amount,
        )


def _ends(who: Shown) -> tuple[date, ...]:
    ends = (who.public_until, who.shared_until, who.agency_until)
    return tuple([end for end in ends if end is not None])


def _next_of(days: Sequence[date], on: date) -> date:
    """Give the nearest of some days after a day, or `FOREVER`."""
    nearest = FOREVER
    for day in days:
        if on < day < nearest:
            nearest = day
    return nearest
