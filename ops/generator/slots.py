"""Which kind of event stands at which number of a subject's history, on which day, about which other.

A slot is a subject and a number. What stands there follows from chance and from the slots right
beside it, never from what was generated before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from events.rulebook import load_rulebook

if TYPE_CHECKING:
    from ops.generator.chance import Chance
    from ops.generator.plan import GeneratorPlan
    from ops.generator.subjects import Subject


class Kind(Enum):
    """What stands at a slot."""

    REGISTERED = auto()
    CHANGED = auto()
    PENALTY = auto()
    ARREARS = auto()
    JUDGMENT = auto()
    DEFAULTER = auto()
    TAX_LIST = auto()
    GRADE_A = auto()
    HONOUR = auto()
    ENDED = auto()
    """The arrears just before are settled, or the list entry just before is left."""
    CORRECTED = auto()
    REVOKED = auto()
    AHEAD = auto()
    """An amendment of the record that is reported only next."""
    REPEATED = auto()
    CONFLICT = auto()


OPENING: Final = frozenset(
    {
        *(Kind.REGISTERED, Kind.CHANGED, Kind.PENALTY, Kind.ARREARS, Kind.JUDGMENT),
        *(Kind.DEFAULTER, Kind.TAX_LIST, Kind.GRADE_A, Kind.HONOUR),
    }
)
"""Kinds that open a record of their own."""

_COMMON: Final = frozenset({Kind.CHANGED, Kind.JUDGMENT, Kind.GRADE_A, Kind.HONOUR})
# Of 100: how many arrears are settled, and how many list entries are left, by the next event.
_ENDED_OF_100: Final = {Kind.ARREARS: 60, Kind.DEFAULTER: 50, Kind.TAX_LIST: 35}
_REGISTERED_OF_100: Final = 60
_LATE_OF_1000: Final = 30
_LOOK_BACK_MAX: Final = 8
_PARTS: Final = 10_000
# Per 10,000 events. The first group needs an earlier record, which a subject's first event has not.
_ABOUT_OTHERS: Final = (
    *((Kind.REPEATED, 152), (Kind.CORRECTED, 200), (Kind.REVOKED, 40)),
    *((Kind.CONFLICT, 25), (Kind.AHEAD, 25)),
)
_RECORDS: Final = (
    *((Kind.CHANGED, 1_900), (Kind.JUDGMENT, 1_100), (Kind.HONOUR, 1_500)),
    *((Kind.ARREARS, 120), (Kind.DEFAULTER, 110), (Kind.TAX_LIST, 25)),
)


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a history with its chance: enough to make its event, at any time, again."""

    subject: Subject
    number: int
    bits: int


class Slots:
    """The slots of a plan."""

    def __init__(self, plan: GeneratorPlan, chance: Chance) -> None:
        self._chance = chance
        self._days = plan.days
        self._dates = [plan.first_day + timedelta(n) for n in range(plan.days)]
        self._kinds = _kind_table(plan)
        tax_list = load_rulebook().lists["major_tax_violator"].in_force[0].start
        self._tax_list_day = (tax_list - plan.first_day).days

    def slot(self, subject: Subject, number: int) -> Slot:
        """Give the slot of a number, 0 to `subject.size` - 1."""
        return Slot(subject, number, self._chance.draw(subject.index, number))

    def date(self, day: int) -> date:
        """Give the date of a day counted from 0."""
        return self._dates[day]

    def recorded(self, slot: Slot) -> int:
        """Give the day, counted from 0, on which the event is recorded; it grows with the number."""
        return recorded_day(slot.subject, slot.number, slot.bits, self._days)

    def occurred(self, slot: Slot) -> int:
        """Give the day of the decision: mostly some days before recording, sometimes long before."""
        recorded = self.recorded(slot)
        bits = slot.bits >> 16
        if bits % 1000 < _LATE_OF_1000:
            lag = 180 + (bits >> 10 & 0x3FF)
        else:
            lag = 1 + (bits >> 10 & 0xF)
        day = max(0, recorded - lag)
        if slot.number:
            before = self.slot(slot.subject, slot.number - 1)
            if self.drawn(before) is Kind.AHEAD:
                # What was amended ahead was decided before the amendment, it only came in late.
                return max(0, min(day, self.recorded(before) - 3))
        return day

    def drawn(self, slot: Slot) -> Kind:
        """Give the kind drawn for a slot, before its neighbours are looked at."""
        subject, number = slot.subject, slot.number
        if subject.is_penalty(number):
            return Kind.PENALTY
        if number == subject.renamed_at:
            return Kind.CHANGED
        bits = slot.bits >> 64
        if number == 0 and (bits >> 32) % 100 < _REGISTERED_OF_100:
            return Kind.REGISTERED
        kind = self._kinds[bits % _PARTS]
        if kind is Kind.TAX_LIST and self.recorded(slot) - 1500 < self._tax_list_day:
            return Kind.DEFAULTER
        return kind

    def kind(self, slot: Slot) -> Kind:
        """Give the kind of a slot: the drawn one, or the end of what the slot before began."""
        kind = self.drawn(slot)
        if kind in _COMMON and slot.number and slot.number != slot.subject.renamed_at:
            before = self.slot(slot.subject, slot.number - 1)
            ended = _ENDED_OF_100.get(self.drawn(before), 0)
            if ended and (slot.bits >> 128) % 100 < ended and not self._amended_ahead(before):
                return Kind.ENDED
        return kind

    def earlier(self, slot: Slot) -> Slot | None:
        """Find the record an amendment is about, one to eight slots before; None where none is."""
        for number in _looking_back(slot):
            found = self.slot(slot.subject, number)
            if self.kind(found) in OPENING:
                return found
        return None

    def repeated(self, slot: Slot) -> Slot | None:
        """Find the slot a repeat says again; None where none is."""
        for number in _looking_back(slot):
            found = self.slot(slot.subject, number)
            if self.drawn(found) is not Kind.REPEATED:
                return found
        return None

    def corrected(self, slot: Slot) -> Slot | None:
        """Find the last correction shortly before; None where none is."""
        for number in _looking_back(slot):
            found = self.slot(slot.subject, number)
            if self.drawn(found) is Kind.CORRECTED:
                return found
        return None

    def next_record(self, slot: Slot) -> Slot | None:
        """Give the next slot where it opens a record; None elsewhere."""
        if slot.number + 1 >= slot.subject.size:
            return None
        following = self.slot(slot.subject, slot.number + 1)
        return following if self.kind(following) in OPENING else None

    def _amended_ahead(self, slot: Slot) -> bool:
        if not slot.number:
            return False
        return self.drawn(self.slot(slot.subject, slot.number - 1)) is Kind.AHEAD


def recorded_day(subject: Subject, number: int, bits: int, days: int) -> int:
    """Give the day on which an event is recorded: evenly over the subject's time, with chance."""
    place = (number << 16) + (bits & 0xFFFF)
    return subject.start + (days - subject.start) * place // (subject.size << 16)


def _looking_back(slot: Slot) -> range:
    nearest = slot.number - 1 - (slot.bits >> 144) % 3
    first = max(0, slot.number - _LOOK_BACK_MAX)
    return range(nearest if nearest >= first else slot.number - 1, first - 1, -1)


def _kind_table(plan: GeneratorPlan) -> tuple[Kind, ...]:
    """Give 10,000 kinds as often as each is to be drawn."""
    # With few events per subject many are first ones, so the others must make up for them.
    later = max(plan.events - plan.subjects, 1) / max(plan.events, 1)
    boost = min(1 / later, 2.5)
    kinds = [kind for kind, parts in _ABOUT_OTHERS for _ in range(round(parts * boost))]
    kinds += [kind for kind, parts in _RECORDS for _ in range(parts)]
    return (*kinds, *(Kind.GRADE_A,) * (_PARTS - len(kinds)))
