"""Signals from grades that departments give by schemes of their own. Pure.

Each gives its evidence in any order; what a signal means stands in its docstring.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date  # noqa: TC003 - mypyc needs it at run time
from typing import TYPE_CHECKING, Final, TypeAlias, final

from events.dates import FOREVER, day_after
from events.rules.code_lists import GradeStanding
from projections.calendar.slots import Slot
from projections.day.succession import Succession
from projections.record.matters import Grade  # noqa: TC001 - mypyc needs it at run time
from projections.signals.evidence import Evidence, put
from projections.signals.in_turn import InTurn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.rules.code_lists import GradeScheme
    from projections.day.record_on_day import RecordOnDay

_WORSE: Final = tuple(GradeStanding)


_Turn: TypeAlias = "tuple[Grade, Grade | None, date]"
"""A grade, the one of the period before, and the day from which the next holds."""

_SUCCESSIONS: Final = Slot[list[Succession]]()


def scheme_of(grade: Grade) -> str:
    """Give the scheme of a grade: grades of others do not touch it."""
    return grade.scheme


@final
class GradeSuccession(Succession):
    """The grades of one scheme in the order of their periods.

    A second grade of one period is that period's, not a fall from the first.
    """

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self._in_order: list[tuple[int, date, str, Grade]] = []

    def take(self, matter: Grade) -> Sequence[str]:
        """Take one more, and go on from the one before until a later one stands as it stood."""
        # A grade of an earlier year that is told late does not take a later year's place.
        period = matter.period if matter.period is not None else matter.day.year
        grade = period, matter.day, matter.event_id, matter
        taken = bisect_left(self._in_order, grade)
        self._in_order.insert(taken, grade)
        return self._go_on(taken)

    def replace(self, before: Grade, now: Grade) -> Sequence[str] | None:
        """Take a grade for what it was before."""
        if (before.day, before.period) != (now.day, now.period):
            return None
        period = now.period if now.period is not None else now.day.year
        taken = bisect_left(self._in_order, (period, now.day, now.event_id))
        self._in_order[taken] = period, now.day, now.event_id, now
        return self._go_on(taken)

    def _go_on(self, taken: int) -> list[str]:
        in_order = self._in_order
        changed: list[str] = []
        for place in range(max(taken - 1, 0), len(in_order)):
            _, day, event_id, grade = in_order[place]
            following = in_order[place + 1][1] if place + 1 < len(in_order) else FOREVER
            if self.set_place(event_id, (grade, self._before(place), max(day, following))):
                changed.append(event_id)
            elif place > taken:
                break
        return changed

    def _before(self, place: int) -> Grade | None:
        if not place:
            return None
        grade, last = self._in_order[place][3], self._in_order[place - 1][3]
        if grade.period is None or last.period != grade.period:
            return last
        before: Grade | None = self.places[last.event_id][1]
        return before  # Both have the same one before their period.


def _end(turn: _Turn) -> date:
    """Give the first day after a grade; the next grade of the scheme takes its place."""
    last = turn[0].valid_until
    return turn[2] if last is None else min(turn[2], day_after(last))


def _fell(on_day: RecordOnDay, turn: _Turn) -> list[Evidence]:
    evidence: list[Evidence] = []
    grade, before, _ = turn
    scheme = on_day.rules.rulebook.grades.get(grade.scheme)
    if before is not None and scheme is not None and _is_worse(scheme, grade, before):
        put(evidence, on_day, grade, grade.day, _end(turn))
    return evidence


def _is_worse(scheme: GradeScheme, grade: Grade, before: Grade) -> bool:
    """Compare as the scheme orders its grades today, or by what they amount to if it changed."""
    now, then = scheme.place(grade.grade, grade.day), scheme.place(before.grade, grade.day)
    if now is not None and then is not None:
        return now > then
    stands, stood = (scheme.standing(g.grade, g.day) for g in (grade, before))
    return stands is not None and stood is not None and _WORSE.index(stands) > _WORSE.index(stood)


def _graded(standing: GradeStanding) -> InTurn:
    def read(on_day: RecordOnDay, turn: _Turn) -> list[Evidence]:
        evidence: list[Evidence] = []
        grade = turn[0]
        scheme = on_day.rules.rulebook.grades.get(grade.scheme)
        if scheme is not None and scheme.standing(grade.grade, grade.day) is standing:
            put(evidence, on_day, grade, grade.day, _end(turn))
        return evidence

    return InTurn(scheme_of, GradeSuccession, read, slot=_SUCCESSIONS)


grade_fell: Final[InTurn] = InTurn(scheme_of, GradeSuccession, _fell, slot=_SUCCESSIONS)
"""Grades worse than the one of the period before, while they hold."""
grade_good: Final[InTurn] = _graded(GradeStanding.GOOD)
grade_poor: Final[InTurn] = _graded(GradeStanding.POOR)
grade_bad: Final[InTurn] = _graded(GradeStanding.BAD)
