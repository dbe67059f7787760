"""When a warning's threshold is on: its course over event time, with windows and hold. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple, final

from events.dates import FOREVER
from projections.signals.evidence import Evidence, months_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from events.rules.versions import Threshold


class Run(NamedTuple):
    """A stretch of days: the first, and the first day after it; `FOREVER` has no end."""

    start: date
    end: date


_END_OF_TIME: Final = FOREVER.toordinal()


def days_after(day: date, days: int) -> date:
    """Give the day so many days later; beyond the end of time, `FOREVER`."""
    if not days or day == FOREVER:
        return day
    return date.fromordinal(min(day.toordinal() + days, _END_OF_TIME))


@final
class Windowed:
    """Evidence of which each piece counts for no longer than a window, as from its own start.

    What the pieces weigh together changes on few days. A piece may come or go: then only what lies
    on its first day and later is worked out anew.
    """

    def __init__(self, evidence: Sequence[Evidence], months: int | None) -> None:
        """Take sorted evidence, without a window whole; whoever changes it says so (`change`)."""
        self._evidence = evidence
        self._months = months
        self._changes: dict[date, _Change] = {}
        # Empty until a threshold asks for what several pieces weigh together.
        self._days: list[date] = []
        self._values: list[int] = []
        self._departments: _Departments | None = None
        self._courses: dict[tuple[Threshold, int], _WalkedCourse] = {}

    @property
    def pieces(self) -> Sequence[Evidence]:
        """Give the evidence cut to the window, in order of its start."""
        return self._evidence if self._months is None else _cut(self._evidence, self._months)

    def change(self, gone: Iterable[Evidence], come: Iterable[Evidence]) -> None:
        """Follow a change of the evidence: pieces that no longer stand in it, and new ones."""
        if not self._days:
            self._departments = None
            return
        first = FOREVER
        for pieces, sign in ((gone, -1), (come, 1)):
            for piece in pieces if self._months is None else _cut(pieces, self._months):
                self._put(piece, sign)
                first = min(first, piece.start)
        place = bisect_left(self._days, first)
        del self._values[place:]
        if self._departments is not None:
            self._departments.forget_from(place)
        for course in self._courses.values():
            course.forget_from(place)

    def runs(self, threshold: Threshold, hold_days: int) -> Sequence[Run]:
        """Give when a threshold is on, oldest first.

        It comes on when enough counts, from enough departments. It goes off when less than
        `lift_below` counts, or fewer departments, and that has stayed so for the days of hold.
        """
        if len(self._evidence) == 1 and threshold.departments <= 1:
            # Most warnings rest on one record.
            piece = self.pieces[0]
            if piece.weight < threshold.at_least:
                return []
            # As `Run(...)` does, without its call into Python.
            return [tuple.__new__(Run, (piece.start, days_after(piece.end, hold_days)))]
        counts = None
        if threshold.departments > 1:
            if self._departments is None:
                self._departments = _Departments(self.pieces)
            self._weigh()
            counts = self._departments.counts(self._days)
        self._weigh()
        key = (threshold, hold_days)
        course = self._courses.get(key)
        if course is None:
            course = self._courses[key] = _WalkedCourse(threshold, hold_days)
        return course.runs(self._days, self._values, counts)

    def next_day(self, on: date) -> date:
        """Give the next day on which evidence comes in or drops out; `FOREVER` if none does."""
        if self._days:
            place = bisect_right(self._days, on)
            return self._days[place] if place < len(self._days) else FOREVER
        days = [p.start if p.start > on else p.end for p in self.pieces if p.end > on]
        return min(days, default=FOREVER)

    def _weigh(self) -> None:
        """Bring up to date what counts from each day on which that changes."""
        if not self._days:
            for piece in self.pieces:
                self._note(piece.start, piece.weight, 1)
                self._note(piece.end, -piece.weight, 1)
            self._days = sorted(self._changes)
        known = len(self._values)
        value = self._values[-1] if known else 0
        for place in range(known, len(self._days)):
            value += self._changes[self._days[place]].weight
            self._values.append(value)

    def _put(self, piece: Evidence, sign: int) -> None:
        if self._departments is not None:
            self._departments.put(piece, sign)
        for day, weight in ((piece.start, piece.weight), (piece.end, -piece.weight)):
            is_new = day not in self._changes and day != FOREVER
            self._note(day, sign * weight, sign)
            if is_new:
                insort(self._days, day)
            elif day != FOREVER and day not in self._changes:
                del self._days[bisect_left(self._days, day)]

    def _note(self, day: date, weight: int, pieces: int) -> None:
        if day == FOREVER:
            return
        change = self._changes.get(day)
        if change is None:
            change = self._changes[day] = _Change()
        change.weight += weight
        change.pieces += pieces
        if not change.pieces:
            del self._changes[day]


@final
class _Change:
    """What a day brings: how much more counts from it on, and how many pieces begin or end."""

    def __init__(self) -> None:
        self.weight = 0
        self.pieces = 0


def _cut(evidence: Iterable[Evidence], months: int) -> list[Evidence]:
    cut: list[Evidence] = []
    for piece in evidence:
        start, event_id, end, weight, department, region, domain = piece
        latest = months_after(start, months)
        if end > latest:
            # As `Evidence(...)` does, without its call into Python.
            values = (start, event_id, latest, weight, department, region, domain)
            cut.append(tuple.__new__(Evidence, values))
        else:
            cut.append(piece)
    return cut


@final
class _Departments:
    """From how many departments what counts is, from each day on which that may change."""

    def __init__(self, pieces: Iterable[Evidence]) -> None:
        self._changes: dict[date, dict[str, int]] = {}
        self._present: list[dict[str, int]] = []
        for piece in pieces:
            self.put(piece, 1)

    def put(self, piece: Evidence, sign: int) -> None:
        """Add a piece, or take it away."""
        for day, more in ((piece.start, sign), (piece.end, -sign)):
            if day != FOREVER:
                _add(self._changes.setdefault(day, {}), piece.department, more)

    def forget_from(self, place: int) -> None:
        """Forget what was counted from a day on, by its place among the days."""
        del self._present[place:]

    def counts(self, days: Sequence[date]) -> list[int]:
        """Count on to the last day; give the numbers by day."""
        present = self._present[-1] if self._present else {}
        for place in range(len(self._present), len(days)):
            changes = self._changes.get(days[place])
            if changes:
                present = dict(present)
                for department, more in changes.items():
                    _add(present, department, more)
            self._present.append(present)
        return [len(each) for each in self._present]


def _add(counts: dict[str, int], key: str, more: int) -> None:
    count = counts.get(key, 0) + more
    if count:
        counts[key] = count
    else:
        counts.pop(key, None)


@final
class _WalkedCourse:
    """When one threshold is on, walked day by day; what was walked is kept until forgotten."""

    def __init__(self, threshold: Threshold, hold_days: int) -> None:
        self._at_least = threshold.at_least
        self._lift_below = threshold.lift_below
        self._departments = threshold.departments
        self._hold_days = hold_days
        self._over: list[Run] = []
        # After each day: since when it is on, when the hold will have run out, and how many runs
        # were over by then.
        self._after: list[tuple[date | None, date | None, int]] = []

    def forget_from(self, place: int) -> None:
        """Forget what was walked from a day on, by its place among the days."""
        if place < len(self._after):
            del self._after[place:]
            del self._over[self._after[-1][2] if self._after else 0 :]

    def runs(
        self, days: Sequence[date], values: Sequence[int], counts: Sequence[int] | None
    ) -> Sequence[Run]:
        """Walk on to the last day, and give the runs."""
        at_least = self._at_least
        lift_below = at_least if self._lift_below is None else self._lift_below
        on_since: date | None = None
        off_on: date | None = None  # when the hold will have run out, while less counts
        if self._after:
            on_since, off_on, _ = self._after[-1]
        for place in range(len(self._after), len(days)):
            day, value = days[place], values[place]
            if on_since is not None and off_on is not None and off_on <= day:
                self._over.append(Run(on_since, off_on))
                on_since = off_on = None
            enough = counts is None or counts[place] >= self._departments
            if enough and value >= at_least:
                on_since, off_on = on_since or day, None
            elif enough and value >= lift_below:
                off_on = None
            elif on_since is not None and off_on is None:
                off_on = days_after(day, self._hold_days)
                if not self._hold_days:
                    self._over.append(Run(on_since, day))
                    on_since = off_on = None
            self._after.append((on_since, off_on, len(self._over)))
        if on_since is None:
            return self._over
        return [*self._over, Run(on_since, off_on or FOREVER)]


def presence(runs: Sequence[Run], on: date) -> Run:
    """Give the unbroken stretch around a day, on which some run must hold."""
    if len(runs) == 1:
        return runs[0]
    start = end = date.min
    for run in sorted(runs):
        if run.start > end:
            if start <= on < end:
                break
            start, end = run
        else:
            end = max(end, run.end)
    return Run(start, end)
