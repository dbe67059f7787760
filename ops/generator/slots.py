"""Which kind of event stands at which number of a history, on which day, about which other.

A slot is a subject and a number. What stands there follows from chance and from the slots right
beside it, never from what was generated before.
"""

from __future__ import annotations

from enum import StrEnum, auto
from typing import TYPE_CHECKING, Final, NamedTuple

from events.rulebook import load_rulebook
from ops.generator.chance import pick
from ops.generator.subjects import Subject  # noqa: TC001 - NamedTuple fields

if TYPE_CHECKING:
    from ops.generator.chance import Chance
    from ops.generator.plan import GeneratorPlan


class Kind(StrEnum):
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


OPENING: Final = (
    *(Kind.GRADE_A, Kind.CHANGED, Kind.HONOUR, Kind.JUDGMENT, Kind.REGISTERED, Kind.PENALTY),
    *(Kind.ARREARS, Kind.DEFAULTER, Kind.TAX_LIST),
)
"""Kinds that open a record of their own."""

_COMMON: Final = (Kind.GRADE_A, Kind.CHANGED, Kind.HONOUR, Kind.JUDGMENT)
_ENDABLE: Final = (Kind.ARREARS, Kind.DEFAULTER, Kind.TAX_LIST)
# Of 100: how many arrears are settled, and how many list entries are left, by the next event.
_ENDED_OF_100: Final = {Kind.ARREARS: 60, Kind.DEFAULTER: 50, Kind.TAX_LIST: 35}
_REGISTERED_OF_100: Final = 60
_LATE_OF_1000: Final = 30
_LOOK_BACK_MAX: Final = 8
_PARTS: Final = 10_000
_SCATTER: Final = 40_503  # 65,536 in the golden ratio: no two neighbours lie alike
# Per 10,000 events. The first group needs an earlier record, which a subject's first event has not.
_ABOUT_OTHERS: Final = (
    *((Kind.REPEATED, 152), (Kind.CORRECTED, 200), (Kind.REVOKED, 40)),
    *((Kind.CONFLICT, 25), (Kind.AHEAD, 40)),
)
_RECORDS: Final = (
    *((Kind.CHANGED, 1_900), (Kind.JUDGMENT, 1_100), (Kind.HONOUR, 1_500)),
    *((Kind.ARREARS, 120), (Kind.DEFAULTER, 110), (Kind.TAX_LIST, 25)),
)


class Slot(NamedTuple):
    """One place of a history: what stands there, when, and chance enough to make it, ever again."""

    subject: Subject
    number: int
    bits: int
    kind: Kind
    recorded: int
    """Day on which the event is recorded, counted from 0; it grows with the number."""
    occurred: int
    """Day of the decision, counted from 0: mostly some days before, sometimes long before."""


class Slots:
    """The slots of a plan."""

    def __init__(self, plan: GeneratorPlan, chance: Chance) -> None:
        self._draw = chance.draw
        self._days = plan.days
        self._kinds = _kind_table(plan)
        tax_list = load_rulebook().lists["major_tax_violator"].in_force[0].start
        self._tax_list_day = (tax_list - plan.first_day).days

    def slot(self, subject: Subject, number: int) -> Slot:
        """Give the slot of a number, 0 to `subject.size` - 1."""
        bits = self._draw(subject.index, number)
        recorded = self.recorded(subject, number)
        occurred = max(0, recorded - _lag(bits >> 16))
        kind = self._drawn(subject, number, bits)
        if number:
            before_bits = self._draw(subject.index, number - 1)
            before = self._drawn(subject, number - 1, before_bits)
            if before is Kind.AHEAD:
                # What was amended ahead was decided before the amendment; it only came in late.
                occurred = max(0, min(occurred, self.recorded(subject, number - 1) - 3))
                if kind in _COMMON and number != subject.renamed_at:
                    kind = pick((kind, kind, Kind.ARREARS, Kind.DEFAULTER), bits >> 128)
            elif (
                before in _ENDABLE and kind in _COMMON and self._ends(subject, number, bits, before)
            ):
                kind = Kind.ENDED
        if kind is Kind.TAX_LIST and occurred < self._tax_list_day:
            kind = Kind.DEFAULTER
        return Slot(subject, number, bits, kind, recorded, occurred)

    def recorded(self, subject: Subject, number: int) -> int:
        """Give the day, counted from 0, on which a number is recorded.

        They lie evenly over the subject's time, each somewhere in its own part of it.
        """
        place = (number << 16) + (number * _SCATTER + subject.shift & 0xFFFF)
        return subject.start + (self._days - subject.start) * place // (subject.size << 16)

    def before(self, slot: Slot) -> Slot:
        """Give the slot just before."""
        return self.slot(slot.subject, slot.number - 1)

    def earlier(self, slot: Slot) -> Slot | None:
        """Find the record an amendment is about, shortly before; None where none is."""
        candidates = (self.slot(slot.subject, number) for number in _looking_back(slot))
        return next((found for found in candidates if found.kind in OPENING), None)

    def repeated(self, slot: Slot) -> Slot | None:
        """Find the slot that a repeat says again; None where none is."""
        candidates = (self.slot(slot.subject, number) for number in _looking_back(slot))
        return next((found for found in candidates if found.kind is not Kind.REPEATED), None)

    def corrected(self, slot: Slot) -> Slot | None:
        """Find the last correction shortly before; None where none is."""
        candidates = (self.slot(slot.subject, number) for number in _looking_back(slot))
        return next((found for found in candidates if found.kind is Kind.CORRECTED), None)

    def following(self, slot: Slot) -> Slot | None:
        """Give the next slot where it opens a record; None elsewhere."""
        if slot.number + 1 >= slot.subject.size:
            return None
        found = self.slot(slot.subject, slot.number + 1)
        return found if found.kind in OPENING else None

    def _drawn(self, subject: Subject, number: int, bits: int) -> Kind:
        """Give the kind drawn for a slot, before its neighbours are looked at."""
        if subject.is_penalty(number):
            return Kind.PENALTY
        if number == subject.renamed_at:
            return Kind.CHANGED
        if number == 0 and (bits >> 96) % 100 < _REGISTERED_OF_100:
            return Kind.REGISTERED
        return self._kinds[(bits >> 64) % _PARTS]

    def _ends(self, subject: Subject, number: int, bits: int, before: Kind) -> bool:
        """Tell whether a slot ends the arrears or the list entry of the slot before."""
        if (bits >> 128) % 100 >= _ENDED_OF_100[before] or number == subject.renamed_at:
            return False
        if number == 1:
            return True
        # What was ended ahead of its report is not ended again after it.
        bits = self._draw(subject.index, number - 2)
        return self._drawn(subject, number - 2, bits) is not Kind.AHEAD


def _lag(bits: int) -> int:
    """Give how many days lie between decision and recording."""
    if bits % 1000 < _LATE_OF_1000:
        return 180 + (bits >> 10 & 0x3FF)
    return 1 + (bits >> 10 & 0xF)


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
