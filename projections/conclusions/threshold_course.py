"""When a warning's threshold is on: its course over event time, with windows and hold. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from events.dates import FOREVER
from projections.signals.evidence import Evidence, months_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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


class Windowed:
    """Evidence of which each piece counts for no longer than a window, as from its own start.

    `pieces` stand in order of their start; what they weigh together changes on few days.
    """

    def __init__(self, evidence: Sequence[Evidence], months: int | None) -> None:
        """Cut sorted evidence; without a window nothing is cut."""
        self.pieces = evidence if months is None else _cut(evidence, months)
        self._values: list[tuple[date, int]] | None = None

    def runs(self, threshold: Threshold, hold_days: int) -> list[Run]:
        """Give when a threshold is on, oldest first.

        It comes on when enough counts, from enough departments. It goes off when less than
        `lift_below` counts, or fewer departments, and that has stayed so for the days of hold.
        """
        if len(self.pieces) == 1 and threshold.departments <= 1:
            # Most warnings rest on one record.
            (piece,) = self.pieces
            if piece.weight < threshold.at_least:
                return []
            # As `Run(...)` does, without its call into Python.
            return [tuple.__new__(Run, (piece.start, days_after(piece.end, hold_days)))]
        counts = None
        if threshold.departments > 1:
            if len({piece.department for piece in self.pieces}) < threshold.departments:
                return []
            counts = _departments(self.pieces)
        if self._values is None:
            self._values = _values(self.pieces)
        return _walk(self._values, counts, threshold, hold_days)


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


def _values(pieces: Iterable[Evidence]) -> list[tuple[date, int]]:
    """Give what counts from each day on which that changes, in order."""
    changes: dict[date, int] = {}
    for piece in pieces:
        changes[piece.start] = changes.get(piece.start, 0) + piece.weight
        if piece.end != FOREVER:
            changes[piece.end] = changes.get(piece.end, 0) - piece.weight
    value = 0
    values: list[tuple[date, int]] = []
    for day in sorted(changes):
        value += changes[day]
        values.append((day, value))
    return values


def _departments(pieces: Iterable[Evidence]) -> Mapping[date, int]:
    """Give from how many departments what counts is, from each day on which that may change."""
    changes: dict[date, list[tuple[str, int]]] = {}
    for piece in pieces:
        changes.setdefault(piece.start, []).append((piece.department, 1))
        changes.setdefault(piece.end, []).append((piece.department, -1))
    counts: dict[date, int] = {}
    present: dict[str, int] = {}
    for day in sorted(changes):
        for department, change in changes[day]:
            present[department] = present.get(department, 0) + change
        counts[day] = sum(1 for count in present.values() if count > 0)
    return counts


def _walk(
    values: Iterable[tuple[date, int]],
    counts: Mapping[date, int] | None,
    threshold: Threshold,
    hold_days: int,
) -> list[Run]:
    at_least, least_departments = threshold.at_least, threshold.departments
    lift_below = at_least if threshold.lift_below is None else threshold.lift_below
    runs: list[Run] = []
    on_since: date | None = None
    off_on: date | None = None  # when the hold will have run out, while less counts
    for day, value in values:
        if on_since is not None and off_on is not None and off_on <= day:
            runs.append(Run(on_since, off_on))
            on_since = off_on = None
        enough = counts is None or counts[day] >= least_departments
        if enough and value >= at_least:
            on_since, off_on = on_since or day, None
        elif enough and value >= lift_below:
            off_on = None
        elif on_since is not None and off_on is None:
            off_on = days_after(day, hold_days)
            if not hold_days:
                runs.append(Run(on_since, day))
                on_since = off_on = None
    if on_since is not None:
        runs.append(Run(on_since, off_on or FOREVER))
    return runs


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
