"""Early warnings (预警): which hold on a day, at which level, on what evidence. Pure.

A warning follows from the record and the day alone. Its signal, cut by a threshold's window, is a
step function over event time: what its evidence weighs each day. A threshold is on from the day on
which that is reached until it is left, and stays on for the rule's days of hold. Whether it is on
depends on days before, and never on what was told (`projections.notices.notice`).

Nobody's answer raises the level: who has not taken note of a warning some days after it came to its
level has it one level higher, until a department does (预警签收). The days count from the day of
the world on which the level began; what is reported late may be raised so at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence  # noqa: TC003 - mypyc needs them at run time
from datetime import date  # noqa: TC003 - mypyc needs it at run time
from typing import TYPE_CHECKING, Final, final

from events.dates import FOREVER
from events.rules.versions import (
    Level,
    Threshold,
    WarningKind,
    WarningRule,
    WarningVersion,
)
from projections.conclusions.conclusions import ActiveWarning
from projections.day.shapes import ListStatus
from projections.record.matters import Acknowledgement
from projections.signals.evidence import Evidence, months_after
from projections.signals.threshold_course import Run, Windowed, days_after, presence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.signals.series import Series
    from projections.signals.signals import Signals


_CANDIDATE: Final = WarningKind.CANDIDATE
_ALARM: Final = WarningKind.ALARM
_DISCREPANCY: Final = WarningKind.DISCREPANCY
_NO_EFFECT: Final = ListStatus.NO_EFFECT


@final
class _Course:
    """A threshold, the evidence within its window, and when it is on."""

    def __init__(self, threshold: Threshold, within: Windowed, runs: Sequence[Run]) -> None:
        self.threshold = threshold
        self.within = within
        self.runs = runs


def warnings_on(
    signals: Signals,
    among: Sequence[tuple[str, WarningRule, WarningVersion]] | None = None,
    is_told: Callable[[str, Level, tuple[str, ...]], bool] | None = None,
) -> tuple[list[ActiveWarning], date]:
    """Give the warnings that hold on the day of the rules, and the next day time changes one.

    Of all rules of the day, or of those given, each after its signal. What `is_told` says was told
    at such a level, and as acknowledged by such departments, is left out: it may rest on thousands
    of records, and nobody asks on which.
    """
    active: list[ActiveWarning] = []
    next_change = FOREVER
    possible = signals.possible
    on = signals.on_day.rules.on
    for signal, rule, version in signals.on_day.rules.asked if among is None else among:
        if signal not in possible:
            continue
        series = signals.series(signal)
        if series.pieces and not _is_long_over(rule, version, series.pieces[-1].start, on):
            held, changes_on = _conclude(rule, version, series, signals)
            next_change = min(next_change, changes_on)
            if held is None:
                continue
            if is_told is None or not is_told(rule.id, held.level, held.acknowledged_by):
                active.append(held.warning())
    return active, next_change


def _is_long_over(rule: WarningRule, version: WarningVersion, latest: date, on: date) -> bool:
    """Say whether the windows of all evidence have run out, and any hold: so it mostly is.

    `latest` is the last day on which any of it began. Of a candidate a listing to come may still
    change the day of the next look.
    """
    if latest > on or rule.list is not None:
        return False
    for threshold in version.levels:
        months = threshold.window_months
        if months is None or days_after(months_after(latest, months), version.hold_days) > on:
            return False
    return True


@final
class _Held:
    """A warning that holds, but for what it rests on, which is looked up when it is told."""

    def __init__(
        self,
        rule: WarningRule,
        version: WarningVersion,
        ruling: _Course,
        present: Run,
        acknowledged_by: tuple[str, ...],
        on: date,
    ) -> None:
        self.rule = rule
        self.version = version
        self.ruling = ruling
        self.present = present
        self.acknowledged_by = acknowledged_by
        self.on = on
        self.level: Level = ruling.threshold.level
        self.escalated = False
        self.review_by: date | None = None

    def await_answer(self, at_level: date, days: int) -> date:
        """Raise the level where nobody answers within days of it; give the next day of change."""
        review_by = self.review_by = days_after(at_level, days)
        raised = self.level.next_higher
        if raised is self.level:
            return FOREVER  # There is nothing above red: it falls due for review, and stays.
        if review_by > self.on:
            return review_by
        self.escalated, self.level = True, raised
        return FOREVER

    def warning(self) -> ActiveWarning:
        """Give the whole of it."""
        pieces = _counting(self.ruling.within.pieces, self.on)
        latest = pieces[-1]
        return ActiveWarning(
            self.rule.id,
            self.version.start,
            self.rule.kind,
            self.level,
            self.present.start,
            latest.region,
            latest.domain,
            tuple(dict.fromkeys([piece.event_id for piece in pieces])),
            self.ruling.threshold.window_months,
            None if self.present.end == FOREVER else self.present.end,
            self.acknowledged_by,
            self.escalated,
            _recipients(self.rule, pieces),
            self.rule.list,
            self.review_by,
        )


def _conclude(
    rule: WarningRule, version: WarningVersion, series: Series, signals: Signals
) -> tuple[_Held | None, date]:
    """Give a rule's warning on the day, if any, and the next day on which time changes that."""
    on = signals.on_day.rules.on
    courses = _courses(version, series)
    if not courses:
        return None, FOREVER
    barred = _listed(rule.list, signals) if rule.kind is _CANDIDATE else []
    next_change = _next_of(courses, barred, on)
    ruling = _ruling(courses, on)
    if ruling is None or any(start <= on < end for start, end in barred):
        return None, next_change
    present, at_level = _since(courses, ruling, barred, on)
    answered = _answered(rule.id, at_level, signals)
    next_change = min(next_change, answered.next_change_on)
    held = _Held(rule, version, ruling, present, answered.departments, on)
    if version.escalates_after_days is not None and not answered.departments:
        next_change = min(next_change, held.await_answer(at_level, version.escalates_after_days))
    return held, min(next_change, ruling.within.next_day(on))


def _courses(version: WarningVersion, series: Series) -> list[_Course]:
    """Give the thresholds that are ever on; most are not, and cost one comparison."""
    courses: list[_Course] = []
    for threshold in version.levels:
        if series.total >= threshold.at_least and (
            threshold.departments == 1 or series.departments >= threshold.departments
        ):
            within = series.within(threshold.window_months)
            runs = within.runs(threshold, version.hold_days)
            if runs:
                courses.append(_Course(threshold, within, runs))
    return courses


def _ruling(courses: Iterable[_Course], on: date) -> _Course | None:
    """Give the highest threshold that is on; of one level the first in the file."""
    best: _Course | None = None
    for course in courses:
        if any(start <= on < end for start, end in course.runs):
            level = course.threshold.level
            if best is None or level.height > best.threshold.level.height:
                best = course
    return best


def _next_of(courses: Iterable[_Course], barred: Iterable[Run], on: date) -> date:
    """Give the next day on which a threshold comes on or goes off, or a listing does."""
    nearest = FOREVER
    for runs in (*[course.runs for course in courses], barred):
        for start, end in runs:
            day = start if start > on else end
            if on < day < nearest:
                nearest = day
    return nearest


def _since(
    courses: Sequence[_Course], ruling: _Course, barred: Iterable[Run], on: date
) -> tuple[Run, date]:
    """Give the unbroken presence of a warning, and since when it has been at its level or above."""
    present = presence([run for course in courses for run in course.runs], on)
    at_level = present.start
    if len(courses) > 1:
        height = ruling.threshold.level.height
        as_high = [c.runs for c in courses if c.threshold.level.height >= height]
        at_level = presence([run for runs in as_high for run in runs], on).start
    for start, end in barred:
        if end <= on:
            present = Run(max(present.start, end), present.end)
            at_level = max(at_level, end)
        elif start > on:
            present = Run(present.start, min(present.end, start))
    return present, at_level


def _counting(pieces: Sequence[Evidence], on: date) -> list[Evidence]:
    """Give the evidence of a day; of a warning that is only held, what counted last."""
    standing = [piece for piece in pieces if piece.start <= on < piece.end]
    if standing:
        return standing
    last = max(piece.end for piece in pieces if piece.end <= on)
    return [piece for piece in pieces if piece.end == last]


def _recipients(rule: WarningRule, pieces: Iterable[Evidence]) -> tuple[str, ...]:
    """Name whom it speaks to; alarms and discrepancies speak to those who must act."""
    if rule.kind in (_ALARM, _DISCREPANCY):
        acting = sorted({piece.department for piece in pieces})
        return tuple(dict.fromkeys([*acting, *rule.recipients]))
    return rule.recipients


def _listed(code: str | None, signals: Signals) -> list[Run]:
    """Give when the subject is on a list: there is then nobody to enter on it."""
    # As `Run(...)` does, without its call into Python.
    return [
        tuple.__new__(Run, (member.since, member.until or FOREVER))
        for member in signals.lists
        if member.list == code and member.status is not _NO_EFFECT
    ]


@final
class _Answered:
    """Who has taken note of a warning by the day, and the next day on which that changes."""

    def __init__(self, departments: tuple[str, ...], next_change_on: date) -> None:
        self.departments = departments
        self.next_change_on = next_change_on


_NOBODY: Final = _Answered((), FOREVER)


def _rule_of(acknowledgement: Acknowledgement) -> str:
    return acknowledgement.rule


def _answered(rule: str, since: date, signals: Signals) -> _Answered:
    """Find who took note of a warning since it came to its level."""
    given = signals.on_day.grouped(Acknowledgement, _rule_of).get(rule)
    if not given:
        return _NOBODY
    on = signals.on_day.rules.on
    departments: list[str] = []
    next_change_on = FOREVER
    for each in given:
        end = each.ended_on or FOREVER
        if each.day < since or end <= on:
            continue
        if each.day <= on:
            departments.append(each.department)
        next_change_on = min(next_change_on, each.day if each.day > on else end)
    return _Answered(tuple(dict.fromkeys(departments)), next_change_on)
