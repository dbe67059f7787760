"""Which kind of event stands at which number of a history, on which day, about which other.

A slot is a subject and a number. What stands there follows from the layouts and from chance,
never from what was generated before.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from ops.generator.kinds import SlotKind
from ops.generator.layout import place_at
from ops.generator.subjects import MadeUpSubject  # noqa: TC001 - NamedTuple fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.generator.chance import Chance
    from ops.generator.plan import GeneratorPlan

_LATE_OF_1000: Final = 30
_SCATTER: Final = 40_503  # 65,536 in the golden ratio: no two neighbours lie alike
_BEGAN: Final[Mapping[SlotKind, date]] = {
    SlotKind.REPAIR_APPLIED: date(2018, 1, 1),
    SlotKind.REPAIR_DECIDED: date(2018, 1, 1),
}
"""Kinds that began within the days of plans; before, an inspection stands in their place."""


class HistorySlot(NamedTuple):
    """One place of a history: what stands there, when, and chance enough to make it, ever again."""

    subject: MadeUpSubject
    number: int
    bits: int
    kind: SlotKind
    about: int
    """How many numbers on that lies which it is about: negative before, 0 for nothing."""
    recorded: int
    """Day on which the event is recorded, counted from 0; it never falls with the number."""
    occurred: int
    """Day of the decision, counted from 0: mostly some days before, sometimes long before."""


class HistorySlots:
    """The slots of a plan."""

    def __init__(self, plan: GeneratorPlan, chance: Chance) -> None:
        self._draw = chance.draw
        self._days = plan.days
        self._began = {kind: (day - plan.first_day).days for kind, day in _BEGAN.items()}

    def slot(self, subject: MadeUpSubject, number: int, recorded: int | None = None) -> HistorySlot:
        """Give the slot of a number, 0 to `subject.size` - 1; `recorded` where it is known."""
        bits = self._draw(subject.index, number)
        if recorded is None:
            recorded = self.recorded(subject, number)
        occurred = max(0, recorded - _lag(bits >> 16))
        kind, about, _, late = place_at(subject.layouts, subject.shift, number)
        if late:
            # What was amended ahead was decided before the amendment; it only came in late.
            occurred = max(0, min(occurred, self.recorded(subject, number - 1) - 3))
        if occurred < self._began.get(kind, 0) or (about > 0 and number + about >= subject.size):
            kind, about = SlotKind.PASSED, 0
        return HistorySlot(subject, number, bits, kind, about, recorded, occurred)

    def about(self, slot: HistorySlot) -> HistorySlot:
        """Give the slot that a slot is about."""
        return self.slot(slot.subject, slot.number + slot.about)

    def recorded(self, subject: MadeUpSubject, number: int) -> int:
        """Give the day, counted from 0, on which a number is recorded."""
        if not number or not place_at(subject.layouts, subject.shift, number).within:
            return self._turn(subject, number)
        return self.recorded_after(subject, number, self.recorded(subject, number - 1))

    def recorded_after(self, subject: MadeUpSubject, number: int, before: int) -> int:
        """Give the day on which a number above 0 is recorded, from that of the number before."""
        turn = self._turn(subject, number)
        if within := place_at(subject.layouts, subject.shift, number).within:
            return min(turn, before + 1 + (number * _SCATTER + subject.shift) % within)
        return turn

    def _turn(self, subject: MadeUpSubject, number: int) -> int:
        """Give the day on which it is a number's turn.

        They lie evenly over the subject's time, each somewhere in its own part of it.
        """
        place = (number << 16) + (number * _SCATTER + subject.shift & 0xFFFF)
        return subject.start + (self._days - subject.start) * place // (subject.size << 16)


def _lag(bits: int) -> int:
    """Give how many days lie between decision and recording."""
    if bits % 1000 < _LATE_OF_1000:
        return 180 + (bits >> 10 & 0x3FF)
    return 1 + (bits >> 10 & 0xF)
