"""Signals that matters of one kind give, and their evidence kept from event to event. Pure.

A batch may bring thousands of events about one subject, and after each it is asked what is to be
told. Where each matter gives its evidence by itself, or with the few of its group, only what an
event touched is read anew; and what has marks, as what these do to it depends on the day.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence  # noqa: TC003 - mypyc needs them at run time
from typing import TYPE_CHECKING, Any, Final, final

from events.envelope import Source
from projections.calendar.slots import Slot  # noqa: TC001 - mypyc needs it at run time
from projections.day.kept import KeptParts
from projections.day.record_on_day import RecordOnDay, day_and_id
from projections.record.kinds import KINDS
from projections.signals.of_lists import KeptOfLists, OfLists
from projections.signals.series import Series

if TYPE_CHECKING:
    from projections.day.shapes import Membership
    from projections.record.credit_record import CreditRecord
    from projections.record.matter import Matter
    from projections.signals.evidence import Evidence

KEPT_FROM: Final = 24
"""From so many matters of one kind on evidence is kept; below, to read it anew costs less."""

_TOUCHED_MAX: Final = 4_096
"""How many touched entries are remembered; so many events seldom come of one subject."""

_SELF_DECLARED: Final = Source.SELF_DECLARED


@final
class OfMatters:
    """A signal read off the matters of one kind.

    What the matters of a `group` give does not depend on any other; without one, each is its own.
    """

    def __init__(
        self,
        kind: type[Matter],
        read: Callable[[RecordOnDay, Sequence[Any]], list[Evidence]],
        group: Callable[[Any], Hashable] | None = None,
    ) -> None:
        """Take how the evidence of some matters is read; they stand in the order of their days."""
        self.kind = kind
        self.read = read
        self.group = group

    def __call__(self, on_day: RecordOnDay, _: Sequence[Membership]) -> list[Evidence]:
        """Give the evidence of all matters that count, in any order."""
        return self.read(on_day, on_day.counting(self.kind))


@final
class InTurn:
    """How matters are read of which each counts by itself, once it is known what stands by it.

    What stands by a matter in its group (until when it counts, which was before) is found for all
    at once, without a call for each; what that comes to for those of which it has changed.
    """

    def __init__(
        self,
        places: Callable[[Sequence[Any]], Mapping[str, object]],
        one: Callable[[RecordOnDay, Any, Any], list[Evidence]],
        slot: Slot[Mapping[str, object]] | None = None,
    ) -> None:
        """Take what finds the places by event id, and what reads one matter in its place.

        Of a matter without a place there is nothing to be read. Several signals that share a `slot`
        share the places of a record.
        """
        self.places = places
        self.one = one
        self._slot = slot

    def __call__(self, on_day: RecordOnDay, matters: Sequence[Any]) -> list[Evidence]:
        """Give the evidence of all matters that count, which stand in the order of their days."""
        evidence: list[Evidence] = []
        places = None if self._slot is None else self._slot.get(on_day.slots)
        if places is None:
            places = self.places(matters)
            if self._slot is not None:
                self._slot.fill(on_day.slots, places)
        for matter in matters:
            place = places.get(matter.event_id)
            if place is not None:
                evidence += self.one(on_day, matter, place)
        return evidence


@final
class _Memo:
    """What matters of one signal gave in their places; of those with marks nothing is kept."""

    def __init__(self, read: InTurn) -> None:
        self._read = read
        self._known: dict[str, tuple[Any, object, list[Evidence]]] = {}

    def evidence(self, on_day: RecordOnDay, matters: Sequence[Any]) -> list[Evidence]:
        """Read some matters, each anew only where it or its place is another than it was."""
        evidence: list[Evidence] = []
        places, known = self._read.places(matters), self._known
        for matter in matters:
            event_id = matter.event_id
            place = places.get(event_id)
            if place is None:
                continue
            kept = known.get(event_id)
            if (
                kept is None
                or kept[0] is not matter
                or kept[1] != place
                or matter.marks is not None
            ):
                kept = known[event_id] = matter, place, self._read.one(on_day, matter, place)
            evidence += kept[2]
        return evidence


@final
class KeptSignals:
    """What was read of a long record, and which of its entries events have touched since."""

    def __init__(self, kept_from: int = KEPT_FROM) -> None:
        """Begin with nothing read; of a kind with fewer matters nothing is kept."""
        self._kept_from = kept_from
        self._touched: list[str] = []
        self._kept: dict[str, _KeptSeries] = {}
        self._of_lists: dict[str, KeptOfLists] = {}
        self._versions: object = None
        self.parts = KeptParts()

    def touch(self, event_id: str) -> None:
        """Note that an event changed an entry, which is named by the event that opened it."""
        if len(self._touched) >= _TOUCHED_MAX:
            # All is read anew, once in so many events: else it would grow with each.
            self._touched.clear()
            self._kept.clear()
        self._touched.append(event_id)

    def series(self, name: str, signal: OfMatters, on_day: RecordOnDay) -> Series | None:
        """Give the evidence of a signal on a day, up to date; None where keeping it is no use."""
        if on_day.record.rewritten:
            return None  # What is one under several ids is put together anew each time.
        if self._versions is not on_day.rules.arranged:
            # What weighs how much is for the rules to say: with others all is read anew.
            self._versions = on_day.rules.arranged
            self._kept.clear()
        kept = self._kept.get(name)
        if kept is None:
            if len(on_day.record.of(signal.kind)) < self._kept_from:
                return None
            kept = self._kept[name] = _KeptSeries(signal, on_day)
        else:
            kept.catch_up(on_day, self._touched)
        kept.seen = len(self._touched)
        return kept.series

    def of_lists(
        self, name: str, signal: OfLists, on_day: RecordOnDay, lists: Sequence[Membership]
    ) -> Series | None:
        """Give the same of a signal read off list entries, or off notices."""
        kept, standing = self._of_lists.get(name), signal.standing(on_day, lists)
        if kept is None:
            if len(standing) < self._kept_from:
                return None
            kept = self._of_lists[name] = KeptOfLists(signal)
        kept.catch_up(standing)
        return kept.series


@final
class _KeptSeries:
    """The evidence of one signal, and which pieces are of which group of matters."""

    def __init__(self, signal: OfMatters, on_day: RecordOnDay) -> None:
        self.seen = 0
        self._rules = on_day.rules
        self._signal = signal
        self._tag = KINDS[signal.kind]
        self._memo = _Memo(signal.read) if isinstance(signal.read, InTurn) else None
        self._groups: dict[Hashable, dict[str, Matter]] = {}
        self._group_of: dict[str, Hashable] = {}
        self._pieces: dict[Hashable, list[Evidence]] = {}
        for matter in on_day.counting(signal.kind):
            self._put(matter)
        evidence: list[Evidence] = []
        for group, matters in self._groups.items():
            pieces = self._pieces[group] = self._read(matters, on_day)
            evidence += pieces
        self.series = Series(evidence)

    def catch_up(self, on_day: RecordOnDay, touched: Sequence[str]) -> None:
        """Read anew what was touched since, and what marks may do otherwise to by now.

        What they do depends on the day, and of a repair on other records too.
        """
        ids = set(touched[self.seen :])
        kind, is_same_day = self._signal.kind, on_day.rules is self._rules
        self._rules = on_day.rules
        ids.update(
            [
                m.event_id
                for m in on_day.marked
                if type(m) is kind and not (is_same_day and m.marks and not m.marks.repairs)
            ]
        )
        if not ids:
            return
        kept = on_day.record.kinds.get(self._tag, {})
        stale: set[Hashable] = set()
        for event_id in ids:
            group = self._group_of.pop(event_id, None)
            if group is not None:
                del self._groups[group][event_id]
                stale.add(group)
            matter = kept.get(event_id)
            if (
                matter is not None
                and matter.source is not _SELF_DECLARED
                and event_id not in on_day.deleted
            ):
                stale.add(self._put(matter))
        for group in stale:
            self._replace(group, on_day)

    def _put(self, matter: Matter) -> Hashable:
        key = self._signal.group
        group = matter.event_id if key is None else key(matter)
        self._groups.setdefault(group, {})[matter.event_id] = matter
        self._group_of[matter.event_id] = group
        return group

    def _replace(self, group: Hashable, on_day: RecordOnDay) -> None:
        matters = self._groups[group]
        pieces = self._read(matters, on_day)
        before = self._pieces.get(group, [])
        if pieces != before:
            stood, stand = set(before), set(pieces)
            gone = [piece for piece in before if piece not in stand]
            self.series.replace(gone, [piece for piece in pieces if piece not in stood])
            self._pieces[group] = pieces
        if not matters:
            del self._groups[group]
            self._pieces.pop(group, None)

    def _read(self, matters: dict[str, Matter], on_day: RecordOnDay) -> list[Evidence]:
        in_order = sorted(matters.values(), key=day_and_id)
        if self._memo is not None:
            return self._memo.evidence(on_day, in_order)
        return self._signal.read(on_day, in_order)


def is_long(record: CreditRecord, events: int) -> bool:
    """Say whether a record has so many matters of a kind that keeping what they say saves time.

    It was folded of so many events, and no event brings two: so most need no closer look.
    """
    if events < KEPT_FROM:
        return False
    return max([len(matters) for matters in record.kinds.values()], default=0) >= KEPT_FROM


def part_of(whole: OfMatters, domains: frozenset[str]) -> OfMatters:
    """Give the signal that is the part of another in some domains."""

    def read(on_day: RecordOnDay, matters: Sequence[Any]) -> list[Evidence]:
        return [piece for piece in whole.read(on_day, matters) if piece.domain in domains]

    return OfMatters(whole.kind, read, whole.group)
