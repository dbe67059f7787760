"""A credit record as it stands on a day: its matters in order and by kind, and what marks them.

Pure. Every conclusion (lists, warnings, classes, scores, measures) reads a record through this, so
that a repair or an objection means the same to all of them. What several of them ask is worked out
once and kept; what nobody asks for is not looked at, as a record may have thousands of matters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence  # noqa: TC003 - mypyc needs them at run time
from datetime import date  # noqa: TC003 - mypyc needs it at run time
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from events.dates import FOREVER
from projections.calendar.rules import RulesOfDay  # noqa: TC001 - mypyc needs it at run time
from projections.day.concluded import KindOnDay
from projections.day.effects import Effect, effect_of
from projections.day.in_order import as_one, day_and_id, those_counting
from projections.day.kept import KeptParts  # noqa: TC001 - mypyc needs it at run time
from projections.day.objections import is_deleted, marks_on, next_day_of, place_of_fact
from projections.day.repairs import payment_flaws, record_flaws
from projections.record.credit_record import CreditRecord  # noqa: TC001 - mypyc needs it at run time
from projections.record.kinds import KINDS
from projections.record.matter import Matter
from projections.record.matters import AnyMatter, Default
from projections.record.writings import put_together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from projections.calendar.slots import Slots
    from projections.day.shapes import Membership, RepairFlaw
    from projections.record.credit_record import Fact

M = TypeVar("M", bound=Matter)

_AS_RECORDED: Final[Mapping[str, Effect]] = {}


_day_and_offset: Final[Callable[[Fact], tuple[date, int]]] = attrgetter("day", "offset")


class RecordOnDay:
    """The matters of a record that count on the day of the rules, and those that no longer do."""

    def __init__(
        self,
        record: CreditRecord,
        rules: RulesOfDay,
        effects: Mapping[str, Effect] = _AS_RECORDED,
        kept: KeptParts | None = None,
    ) -> None:
        """Look at what has marks: which of it is deleted upon an objection.

        `effects` says of some matters, by event id, what is done to them whatever their marks say;
        `kept` was concluded of this record before.
        """
        self.record: CreditRecord = record
        self.kept: KeptParts | None = kept
        self._kinds: dict[int, dict[str, Any]] = record.kinds
        self.rules: RulesOfDay = rules
        self.marked: list[Any] = (
            [record.kinds[kind][event_id] for event_id, kind in record.marked.items()]
            if record.marked
            else []
        )
        self.deleted: set[str] = set()
        """The ids of those deleted upon an objection: they are as if they had never been."""
        self._one: dict[str, AnyMatter] = {}
        """What several writings of a number come to, by the id of the one that stands."""
        self._written_anew: dict[str, str] = {}
        """The others of them, each with the one that stands."""
        if record.rewritten:
            self._put_together()
        self.keeping: KeptParts | None = None if self._one else kept
        """What is kept of matters as they are; None where one is put together of several."""
        self.slots: Slots = {}
        """What others work out of this record once for all who ask."""
        self._told: Mapping[str, Effect] = effects
        self._effects: dict[str, Effect] = {}
        self._of: dict[type, list[Any]] = {}
        self._counting: dict[type, Sequence[Any]] = {}
        self._lists: Sequence[Membership] | None = None
        self._facts: list[Fact] | None = None
        self._marked_facts: list[Fact] = []
        if record.facts:
            self._marked_facts = [f for f in record.facts.values() if f.marks is not None]
        self._marks_change = FOREVER
        if self.marked:
            self._look_at_marks()
        if effects:
            self.deleted |= {event_id for event_id, each in effects.items() if each.voided}

    def _look_at_marks(self) -> None:
        """Find what is deleted upon an objection, and the next day that a mark names."""
        rules, kept = self.rules, self.kept
        if kept is None:
            of_each = [marks_on(matter, rules) for matter in self.marked]
        else:
            of_each = kept.marks.of(self.marked, rules, lambda matter: marks_on(matter, rules))
        for matter, (is_gone, changes_on) in zip(self.marked, of_each, strict=True):
            if is_gone:
                self.deleted.add(matter.event_id)
            self._marks_change = min(self._marks_change, changes_on)

    def _put_together(self) -> None:
        """Find what is one record under several ids, as its number was written in several ways."""
        writings: dict[tuple[int, str], list[str]] = {}
        for event_id, place in sorted(self.record.rewritten.items()):
            writings.setdefault(place, []).append(event_id)
        for (kind, of_number), ids in writings.items():
            kept = self.record.kinds[kind]
            if of_number in kept:
                ids.insert(0, of_number)
            if len(ids) > 1:
                self._one[ids[0]] = put_together([kept[each] for each in ids])
                self._written_anew.update(dict.fromkeys(ids[1:], ids[0]))
        if self._one:
            self.marked = [
                each
                for each in (self.get(event_id) for event_id in self._ids_with_marks())
                if each is not None
            ]

    def _ids_with_marks(self) -> list[str]:
        stand = [self._written_anew.get(each, each) for each in self.record.marked]
        return list(dict.fromkeys(stand))

    @property
    def written_anew(self) -> int:
        """Give how many records only say again what another says, in another writing."""
        return len(self._written_anew)

    def _standing(self, matters: Iterable[M]) -> list[M]:
        """Leave out what is deleted, and give one of several writings of one."""
        standing = [matter for matter in matters if matter.event_id not in self.deleted]
        if self._one:
            one = cast("dict[str, M]", self._one)
            standing = [
                one.get(matter.event_id, matter)
                for matter in standing
                if matter.event_id not in self._written_anew
            ]
        return standing

    def matters(self) -> list[AnyMatter]:
        """Give all matters that are not deleted, oldest first."""
        all_matters: list[AnyMatter] = [
            matter for of_kind in self.record.kinds.values() for matter in of_kind.values()
        ]
        if self.deleted or self._one:
            all_matters = self._standing(all_matters)
        if len(all_matters) > 1:
            all_matters.sort(key=day_and_id)
        return all_matters

    def of(self, kind: type[M]) -> Sequence[M]:
        """Give the matters of a kind that are not deleted, oldest first."""
        of_kind = self._of.get(kind)
        if of_kind is None:
            tag = KINDS[kind]
            kept = self._kinds.get(tag)
            if not kept:
                return ()
            keeping = self.keeping
            of_kind = keeping.in_order(tag, kept, as_one)[""] if keeping else list(kept.values())
            if self._one or (self.deleted and self._is_any_deleted(kept)):
                of_kind = self._standing(of_kind)
            if keeping is None and len(of_kind) > 1:
                of_kind.sort(key=day_and_id)
            self._of[kind] = of_kind
        return cast("Sequence[M]", of_kind)

    def _is_any_deleted(self, matters: Mapping[str, object]) -> bool:
        return any(each in matters for each in self.deleted)

    def grouped(self, kind: type[M], key: Callable[[Any], str | None]) -> Mapping[str, Sequence[M]]:
        """Give the matters of a kind that are not deleted by a key, oldest first."""
        tag, keeping = KINDS[kind], self.keeping
        if keeping is not None and not self._is_any_deleted(self._kinds.get(tag, {})):
            return keeping.in_order(tag, self._kinds.get(tag, {}), key)
        groups: dict[str, list[M]] = {}
        for matter in self.of(kind):
            of_key = key(matter)
            if of_key is not None:
                groups.setdefault(of_key, []).append(matter)
        return groups

    def of_kind(self, kind: type[Matter]) -> KindOnDay:
        """Give the matters of a kind for who concludes something of each."""
        matters, marked = self._kinds.get(KINDS[kind], {}), self.marked
        ids = [each.event_id for each in marked if type(each) is kind] if marked else []
        return KindOnDay(matters, self.of(kind), ids, self.deleted, self.rules)

    def counting(self, kind: type[M]) -> Sequence[M]:
        """Give those of them that can count.

        What subjects declare of themselves counts neither against nor for them.
        """
        counting = self._counting.get(kind)
        if counting is None:
            if self.keeping is None:
                counting = [m for m in self.of(kind) if those_counting(m) is not None]
            else:
                counting = self.grouped(kind, those_counting).get("", ())
            self._counting[kind] = counting
        return cast("Sequence[M]", counting)

    def are_all_counting(self, kind: type[M], matters: Sequence[M]) -> bool:
        """Say whether matters are the very ones that `counting` gave of a kind; it is not asked."""
        return self._counting.get(kind) is matters

    def effect(self, matter: Matter) -> Effect:
        """Give what objections and repairs do to a matter on this day."""
        told = self._told.get(matter.event_id) if self._told else None
        if told is not None:
            return told
        if matter.marks is None:
            return effect_of(cast("AnyMatter", matter), self.rules)
        effect = self._effects.get(matter.event_id)
        if effect is None:
            marked = cast("AnyMatter", matter)
            effect = self._effects[matter.event_id] = effect_of(
                marked, self.rules, self._flaws(marked)
            )
        return effect

    def _flaws(self, matter: AnyMatter) -> dict[str, RepairFlaw]:
        """Say of which repairs of a matter something else in the record takes the effect.

        What the lists say counts once they are known, which rest on repairs themselves.
        """
        if matter.marks is None or not matter.marks.repairs:
            return {}
        flaws = payment_flaws(matter, self.rules, self.counting(Default))
        if self._lists is not None:
            flaws |= record_flaws(matter, self.rules, self._lists, self.of(type(matter)))
        return flaws

    def counts_until(self, matter: Matter) -> date:
        """Give the first day on which a matter no longer counts, `FOREVER` if it always will."""
        if matter.marks is None and not self._told:
            return matter.ended_on or FOREVER
        return self.effect(matter).counts_until

    def weigh_repairs(self, lists: Sequence[Membership]) -> None:
        """Take back the repairs that a list, or a later record of the kind, stands against."""
        self._lists = lists
        self.slots.clear()
        for matter in self.marked:
            if matter.marks is not None and matter.marks.repairs:
                self._effects.pop(matter.event_id, None)

    def facts(self) -> Sequence[Fact]:
        """Give what registers say and was not deleted upon an objection, oldest first."""
        standing = self._facts
        if standing is None:
            standing = list(self.record.facts.values())
            if self._marked_facts:
                standing = [fact for fact in standing if not self._is_deleted(fact)]
            standing.sort(key=_day_and_offset)
            self._facts = standing
        return standing

    def _is_deleted(self, fact: Fact) -> bool:
        return fact.marks is not None and is_deleted(place_of_fact(fact), fact.marks, self.rules)

    def names(self) -> dict[str, int]:
        """Give the names written on the records that are not deleted, and how often."""
        gone = [fact.written_name for fact in self._marked_facts if self._is_deleted(fact)]
        if self.deleted:
            gone += [m.name for m in self.marked if m.event_id in self.deleted]
        if not gone:
            return self.record.names
        left = Counter(self.record.names)
        left.subtract(name for name in gone if name is not None)
        return {name: count for name, count in left.items() if count}

    @property
    def has_marks(self) -> bool:
        """Say whether anything stands beside a record, or beside what a register says."""
        return bool(self.marked) or bool(self._marked_facts)

    def next_marked_day(self) -> date:
        """Give the next day that a mark of any record names; `FOREVER` where none does."""
        if not self._marked_facts:
            return self._marks_change
        days = [next_day_of(fact.marks, self.rules.on) for fact in self._marked_facts]
        return min(self._marks_change, *days)

    def get(self, event_id: str) -> AnyMatter | None:
        """Give a matter by its event id, whether or not it counts."""
        if self._one:
            event_id = self._written_anew.get(event_id, event_id)
            one = self._one.get(event_id)
            if one is not None:
                return one
        return self.record.get(event_id)
