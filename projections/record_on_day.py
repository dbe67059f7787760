"""A credit record as it stands on a day: its matters in order and by kind, and what marks them.

Pure. Every conclusion (lists, warnings, classes, scores, measures) reads a record through this, so
that a repair or an objection means the same to all of them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar, cast

from projections.effects import Effect, effect_in_record, effect_of
from projections.list_repairs import payment_flaws
from projections.marks import days_of_marks, is_answered
from projections.matters import day_and_id
from projections.objections import is_deleted, place_of_fact
from projections.rules import FOREVER, place_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from projections.conclusions import Membership
    from projections.credit_record import CreditRecord, Fact
    from projections.matters import AnyMatter, Matter
    from projections.rules import RulesOfDay

M = TypeVar("M", bound="Matter")


class RecordOnDay:
    """The matters of a record that count on the day of the rules, and those that no longer do.

    What nobody asks for is not looked at: a record may have thousands of matters.
    """

    def __init__(self, record: CreditRecord, rules: RulesOfDay) -> None:
        """Look at what has marks: which of it is deleted upon an objection."""
        self.record = record
        self.rules = rules
        self.marked: list[AnyMatter] = [
            record.kinds[kind][event_id] for event_id, kind in record.marked.items()
        ]
        self.deleted: set[str] = set()
        """The ids of those deleted upon an objection: they are as if they had never been."""
        self._effects: dict[str, Effect] = {}
        self._of: dict[type, Sequence[AnyMatter]] = {}
        self._lists: Sequence[Membership] | None = None
        self._facts: list[Fact] | None = None
        for matter in self.marked:
            if is_answered(matter.marks) and is_deleted(place_of(matter), matter.marks, rules):
                self.deleted.add(matter.event_id)

    def matters(self) -> list[AnyMatter]:
        """Give all matters that are not deleted, oldest first."""
        kept = self.record.kinds.values()
        found = [m for of_kind in kept for m in of_kind.values() if m.event_id not in self.deleted]
        return sorted(found, key=day_and_id)

    def of(self, kind: type[M]) -> Sequence[M]:
        """Give the matters of a kind that are not deleted, oldest first."""
        found = self._of.get(kind)
        if found is None:
            kept = list(self.record.of(kind).values())
            if self.deleted:
                kept = [m for m in kept if m.event_id not in self.deleted]
            kept.sort(key=day_and_id)
            found = self._of[kind] = kept
        return cast("Sequence[M]", found)

    def effect(self, matter: Matter) -> Effect:
        """Give what objections and repairs do to a matter on this day."""
        if matter.marks is None:
            return effect_of(cast("AnyMatter", matter), self.rules)
        effect = self._effects.get(matter.event_id)
        if effect is None:
            marked = cast("AnyMatter", matter)
            flaws = payment_flaws(marked, self) if matter.marks.repairs else {}
            effect = self._effects[matter.event_id] = effect_of(marked, self.rules, flaws)
            if self._lists is not None and matter.marks.repairs:
                effect = effect_in_record(marked, self, self._lists)
                self._effects[matter.event_id] = effect
        return effect

    def weigh_repairs(self, lists: Sequence[Membership]) -> None:
        """Take back the repairs that a list, or a later record of the kind, stands against."""
        self._lists = lists
        for matter in self.marked:
            if matter.marks is not None and matter.marks.repairs:
                self._effects.pop(matter.event_id, None)

    def facts(self) -> list[Fact]:
        """Give what registers say and was not deleted upon an objection, oldest first."""
        if self._facts is None:
            kept = [f for f in self.record.facts.values() if not self._is_deleted(f)]
            self._facts = sorted(kept, key=lambda fact: (fact.day, fact.offset))
        return self._facts

    def _is_deleted(self, fact: Fact) -> bool:
        return fact.marks is not None and is_deleted(place_of_fact(fact), fact.marks, self.rules)

    def names(self) -> dict[str, int]:
        """Give the names written on the records that are not deleted, and how often."""
        gone = [fact.written_name for fact in self.record.facts.values() if self._is_deleted(fact)]
        gone += [m.name for m in self.marked if m.event_id in self.deleted]
        if not gone:
            return self.record.names
        left = Counter(self.record.names)
        left.subtract(name for name in gone if name is not None)
        return {name: count for name, count in left.items() if count}

    def next_marked_day(self) -> date:
        """Give the next day that a mark of any record names; `FOREVER` where none does."""
        on = self.rules.on
        days = [day for m in self.marked for day in days_of_marks(m.marks) if day > on]
        for fact in self.record.facts.values():
            days += [day for day in days_of_marks(fact.marks) if day > on]
        return min(days, default=FOREVER)

    def get(self, event_id: str) -> AnyMatter | None:
        """Give a matter by its event id, whether or not it counts."""
        return self.record.get(event_id)
