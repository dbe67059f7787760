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

from collections.abc import Sequence  # noqa: TC003 - mypyc needs it at run time
from datetime import date  # noqa: TC003 - mypyc needs it at run time
from typing import TYPE_CHECKING, Final, final

from events.dates import FOREVER
from events.rules.versions import (
    Threshold,
    WarningKind,
)
from projections.conclusions.conclusions import ActiveWarning
from projections.conclusions.threshold_course import Run, Windowed, days_after, presence
from projections.day.shapes import ListStatus
from projections.record.matters import Acknowledgement
from projections.signals.evidence import Evidence, months_after

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events.rules.versions import WarningRule, WarningVersion
    from projections.signals.signals import Signals


_CANDIDATE: Final = WarningKind.CANDIDATE
_ALARM: Final = WarningKind.ALARM
_DISCREPANCY: Final = WarningKind.DISCREPANCY
_NO_EFFECT: Final = ListStatus.NO_EFFECT


@final
class _Course:
    """A threshold, the evidence within its window, and when it is on."""

    def __init__(self, threshold: Threshold, pieces: Sequence[Evidence], runs: list[Run]) -> None:
        self.threshold = threshold
        self.pieces = pieces
        self.runs = runs


def warnings_on(
    signals: Signals, among: Sequence[tuple[str, WarningRule, WarningVersion]] | None = None
) -> tuple[list[ActiveWarning], date]:
    """Give the warnings that hold on the day of the rules, and the next day time changes one.

    Of all rules of the day, or of those given, each after its signal.
    """
    active: list[ActiveWarning] = []
    next_change = FOREVER
    possible = signals.possible
    on = signals.on_day.rules.on
    for signal, rule, version in signals.on_day.rules.asked if among is None else among:
        if signal not in possible:
            continue
        evidence = signals.of(signal)
        if evidence and not _is_long_over(rule, version, evidence[-1].start, on):
            warning, changes_on = _conclude(rule, version, evidence, signals)
            next_change = min(next_change, changes_on)
            if warning is not None:
                active.append(warning)
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


def _conclude(
    rule: WarningRule, version: WarningVersion, evidence: Sequence[Evidence], signals: Signals
) -> tuple[ActiveWarning | None, date]:
    """Give a rule's warning on the day, if any, and the next day on which time changes that."""
    on = signals.on_day.rules.on
    courses = _courses(version, evidence)
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
    level = ruling.threshold.level
    escalated, review_by = False, None
    if version.escalates_after_days is not None and not answered.departments:
        review_by = days_after(at_level, version.escalates_after_days)
        escalated = review_by <= on
        if escalated:
            level = level.next_higher
        else:
            next_change = min(next_change, review_by)
    pieces = _standing(ruling.pieces, on)
    latest = pieces[-1]
    warning = ActiveWarning(
        rule.id,
        version.start,
        rule.kind,
        level,
        present.start,
        latest.region,
        latest.domain,
        tuple(dict.fromkeys([piece.event_id for piece in pieces])),
        ruling.threshold.window_months,
        None if present.end == FOREVER else present.end,
        answered.departments,
        escalated,
        _recipients(rule, pieces),
        rule.list,
        review_by,
    )
    return warning, min(next_change, _next_piece(ruling.pieces, on))


def _courses(version: WarningVersion, evidence: Sequence[Evidence]) -> list[_Course]:
    """Give the thresholds that are ever on; most are not, and cost one comparison."""
    total = sum([piece.weight for piece in evidence])
    courses: list[_Course] = []
    windowed: dict[int | None, Windowed] = {}
    for threshold in version.levels:
        if total >= threshold.at_least and len(evidence) >= threshold.departments:
            months = threshold.window_months
            within = windowed.get(months)
            if within is None:
                within = windowed[months] = Windowed(evidence, months)
            runs = within.runs(threshold, version.hold_days)
            if runs:
                courses.append(_Course(threshold, within.pieces, runs))
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


def _next_piece(pieces: Iterable[Evidence], on: date) -> date:
    """Give the next day on which evidence comes in or drops out."""
    days = [p.start if p.start > on else p.end for p in pieces if p.end > on]
    return min(days, default=FOREVER)


def _standing(pieces: Sequence[Evidence], on: date) -> list[Evidence]:
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
    return [
        Run(member.since, member.until or FOREVER)
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


def _answered(rule: str, since: date, signals: Signals) -> _Answered:
    """Find who took note of a warning since it came to its level."""
    given = signals.on_day.of(Acknowledgement)
    if not given:
        return _NOBODY
    on = signals.on_day.rules.on
    departments: list[str] = []
    next_change_on = FOREVER
    for each in given:
        end = each.ended_on or FOREVER
        if each.rule != rule or each.day < since or end <= on:
            continue
        if each.day <= on:
            departments.append(each.department)
        next_change_on = min(next_change_on, each.day if each.day > on else end)
    return _Answered(tuple(dict.fromkeys(departments)), next_change_on)
