"""Signals from grades that departments give by schemes of their own. Pure.

Each gives its evidence in any order; what a signal means stands in its docstring.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date  # noqa: TC003 - mypyc needs it at run time
from typing import TYPE_CHECKING, Final, TypeAlias

from events.dates import FOREVER, day_after
from events.rules.code_lists import GradeStanding
from projections.calendar.slots import Slot
from projections.record.matters import Grade  # noqa: TC001 - mypyc needs it at run time
from projections.signals.evidence import Evidence, put
from projections.signals.of_matters import InTurn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.rules.code_lists import GradeScheme
    from projections.day.record_on_day import RecordOnDay

_WORSE: Final = tuple(GradeStanding)


_Turn: TypeAlias = "tuple[Grade | None, date]"
"""What stands by a grade: the one of the period before, and the day from which the next holds."""

_TURNS: Final = Slot[Mapping[str, object]]()


def scheme_of(grade: Grade) -> str:
    """Give the scheme of a grade: grades of others do not touch it."""
    return grade.scheme


def _turns(matters: Sequence[Grade]) -> dict[str, _Turn]:
    """Give each grade's turn, by event id.

    A second grade of one period is that period's, not a fall from the first.
    """
    turns: dict[str, _Turn] = {}
    schemes: dict[str, list[tuple[int, date, int, Grade]]] = {}
    for number, grade in enumerate(matters):
        # A grade of an earlier year that is told late does not take a later year's place.
        period = grade.period if grade.period is not None else grade.day.year
        schemes.setdefault(grade.scheme, []).append((period, grade.day, number, grade))
    for grades in schemes.values():
        grades.sort()
        before: Grade | None = None
        for place, (_, day, _, grade) in enumerate(grades):
            last = grades[place - 1][3] if place else None
            if last is None or grade.period is None or last.period != grade.period:
                before = last  # Else both have the same one before their period.
            following = grades[place + 1][1] if place + 1 < len(grades) else FOREVER
            turns[grade.event_id] = before, (max(day, following))
    return turns


def _end(grade: Grade, turn: _Turn) -> date:
    """Give the first day after a grade; the next grade of the scheme takes its place."""
    last = grade.valid_until
    return turn[1] if last is None else min(turn[1], day_after(last))


def _fell(on_day: RecordOnDay, grade: Grade, turn: _Turn) -> list[Evidence]:
    evidence: list[Evidence] = []
    scheme = on_day.rules.rulebook.grades.get(grade.scheme)
    if turn[0] is not None and scheme is not None and _is_worse(scheme, grade, turn[0]):
        put(evidence, on_day, grade, grade.day, _end(grade, turn))
    return evidence


def _is_worse(scheme: GradeScheme, grade: Grade, before: Grade) -> bool:
    """Compare as the scheme orders its grades today, or by what they amount to if it changed."""
    now, then = scheme.place(grade.grade, grade.day), scheme.place(before.grade, grade.day)
    if now is not None and then is not None:
        return now > then
    stands, stood = (scheme.standing(g.grade, g.day) for g in (grade, before))
    return stands is not None and stood is not None and _WORSE.index(stands) > _WORSE.index(stood)


def _graded(standing: GradeStanding) -> InTurn:
    def read(on_day: RecordOnDay, grade: Grade, turn: _Turn) -> list[Evidence]:
        evidence: list[Evidence] = []
        scheme = on_day.rules.rulebook.grades.get(grade.scheme)
        if scheme is not None and scheme.standing(grade.grade, grade.day) is standing:
            put(evidence, on_day, grade, grade.day, _end(grade, turn))
        return evidence

    return InTurn(_turns, read, _TURNS)


grade_fell: Final[InTurn] = InTurn(_turns, _fell, _TURNS)
"""Grades worse than the one of the period before, while they hold."""
grade_good: Final[InTurn] = _graded(GradeStanding.GOOD)
grade_poor: Final[InTurn] = _graded(GradeStanding.POOR)
grade_bad: Final[InTurn] = _graded(GradeStanding.BAD)
