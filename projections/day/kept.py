"""What was concluded of single matters on a day, kept from event to event of a long record. Pure.

A batch may bring thousands of events about one subject. What of a matter follows from itself and
the day alone is concluded once; what else decides on it is concluded anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence  # noqa: TC003 - mypyc needs them at run time
from typing import TYPE_CHECKING, Any, final

from projections.day.concluded import ConclusionKind, Following, KeptConclusions, KindOnDay
from projections.day.in_order import Changes, InOrder
from projections.record.kinds import KINDS

if TYPE_CHECKING:
    from projections.calendar.rules import RulesOfDay


@final
class KeptOfDay:
    """One conclusion of each of some matters, on one day."""

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self._rules: object = None
        self._known: dict[str, tuple[Any, Any]] = {}

    def of(
        self, matters: Sequence[Any], rules: RulesOfDay, conclude: Callable[[Any], Any]
    ) -> list[Any]:
        """Give what is concluded of each; anew only where the matter is another than it was."""
        if rules is not self._rules:
            self._rules = rules
            self._known.clear()
        known = self._known
        concluded: list[Any] = []
        for matter in matters:
            kept = known.get(matter.event_id)
            if kept is None or kept[0] is not matter:
                kept = known[matter.event_id] = matter, conclude(matter)
            concluded.append(kept[1])
        return concluded


@final
class KeptParts:
    """What is kept of a record, by what it is."""

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self.marks = KeptOfDay()
        self.objections = KeptOfDay()
        self.applications = KeptOfDay()
        self.told = Following()
        """How far list entries were told of."""
        self._changes: dict[int, Changes] = {}
        self._orders: dict[tuple[int, Callable[[Any], str | None]], InOrder] = {}
        self._concluded: dict[ConclusionKind, KeptConclusions] = {}

    def change(self, tag: int, event_id: str) -> None:
        """Note that a matter was changed; its kind is named by the tag."""
        self.changes(tag).add(event_id)
        for what, concluded in self._concluded.items():
            if tag in what.beside:
                concluded.forget()

    def changes(self, tag: int) -> Changes:
        """Give what changed of a kind of matter."""
        changes = self._changes.get(tag)
        if changes is None:
            changes = self._changes[tag] = Changes()
        return changes

    def in_order(
        self, tag: int, matters: Mapping[str, Any], key: Callable[[Any], str | None]
    ) -> dict[str, list[Any]]:
        """Give the matters of a kind in order, by a key; good until one changes."""
        changes, order = self.changes(tag), self._orders.get((tag, key))
        ids = None if order is None else changes.since(order.seen)
        if order is None or ids is None:
            order = self._orders[tag, key] = InOrder(key, matters, changes.count)
        elif ids:
            order.follow(ids, matters)
            order.seen = changes.count
        return order.by_key

    def conclude(
        self, what: ConclusionKind, of: KindOnDay, conclude: Callable[[Any], Any]
    ) -> list[Any]:
        """Give what follows from each matter of a kind, anew only of what has changed."""
        return self.concluded(what).of(of, self.changes(KINDS[what.kind]), conclude)

    def concluded(self, what: ConclusionKind) -> KeptConclusions:
        """Give what is kept of such conclusions."""
        concluded = self._concluded.get(what)
        if concluded is None:
            concluded = self._concluded[what] = KeptConclusions(what)
        return concluded
