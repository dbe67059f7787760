"""Signals from grades that departments give by schemes of their own. Pure.

Each gives its evidence in any order; what a signal means stands in its docstring.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from events.dates import FOREVER, day_after
from events.rules.code_lists import GradeStanding
from projections.calendar.slots import Slot
from projections.record.matters import Grade
from projections.signals.evidence import Evidence, put

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from events.rules.code_lists import GradeScheme
    from projections.day.record_on_day import RecordOnDay
    from projections.day.shapes import Membership
    from projections.signals.said import Signal

_WORSE: Final = tuple(GradeStanding)
_HOLDING: Final = Slot[list[tuple[Grade, Grade | None, date]]]()


def _holding(on_day: RecordOnDay) -> list[tuple[Grade, Grade | None, date]]:
    """Give each grade, the one of the period before, and the first day after it.

    The next grade of the scheme takes its place. A second grade of one period is that period's,
    not a fall from the first.
    """
    known = _HOLDING.get(on_day.slots)
    return _HOLDING.fill(on_day.slots, list(_grades_in_turn(on_day))) if known is None else known


def _grades_in_turn(on_day: RecordOnDay) -> Iterable[tuple[Grade, Grade | None, date]]:
    schemes: dict[str, list[Grade]] = {}
    for grade in on_day.counting(Grade):
        schemes.setdefault(grade.scheme, []).append(grade)
    for grades in schemes.values():
        # A grade of an earlier year that is told late does not take a later year's place.
        grades.sort(key=lambda g: (g.period if g.period is not None else g.day.year, g.day))
        before: Grade | None = None
        for place, grade in enumerate(grades):
            last = grades[place - 1] if place else None
            if last is None or grade.period is None or last.period != grade.period:
                before = last  # Else both have the same one before their period.
            end = FOREVER if grade.valid_until is None else day_after(grade.valid_until)
            if place + 1 < len(grades):
                end = min(end, max(grade.day, grades[place + 1].day))
            yield grade, before, end


def grade_fell(on_day: RecordOnDay, _: Sequence[Membership]) -> list[Evidence]:
    """Find grades worse than the one of the period before, while they hold."""
    evidence: list[Evidence] = []
    for grade, before, end in _holding(on_day):
        scheme = on_day.rules.rulebook.grades.get(grade.scheme)
        if before is not None and scheme is not None and _is_worse(scheme, grade, before):
            put(evidence, on_day, grade, grade.day, end)
    return evidence


def _is_worse(scheme: GradeScheme, grade: Grade, before: Grade) -> bool:
    """Compare as the scheme orders its grades today, or by what they amount to if it changed."""
    now, then = scheme.place(grade.grade, grade.day), scheme.place(before.grade, grade.day)
    if now is not None and then is not None:
        return now > then
    stands, stood = (scheme.standing(g.grade, g.day) for g in (grade, before))
    return stands is not None and stood is not None and _WORSE.index(stands) > _WORSE.index(stood)


def _graded(standing: GradeStanding) -> Signal:
    def find(on_day: RecordOnDay, _: Sequence[Membership]) -> list[Evidence]:
        evidence: list[Evidence] = []
        for grade, _before, end in _holding(on_day):
            scheme = on_day.rules.rulebook.grades.get(grade.scheme)
            if scheme is not None and scheme.standing(grade.grade, grade.day) is standing:
                put(evidence, on_day, grade, grade.day, end)
        return evidence

    return find


grade_good: Signal = _graded(GradeStanding.GOOD)
grade_poor: Signal = _graded(GradeStanding.POOR)
grade_bad: Signal = _graded(GradeStanding.BAD)
