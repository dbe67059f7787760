"""Deadlines of those who must act: to report, to answer an objection, to decide on a repair. Pure.

A deadline is the last day in time; periods are counted in working days from the day after.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from events.dates import FOREVER, add_months
from events.rules.dated import version_on
from projections.calendar.rules import place_of
from projections.calendar.workdays import after_working_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from events.rules.rulebook import Rulebook
    from events.rules.versions import DeadlineRule, ObjectionVersion, RepairVersion
    from projections.calendar.rules import RulePlace, RulesOfDay
    from projections.record.marks import Application, Objection
    from projections.record.matters import AnyMatter


def reporting_deadline(
    event_type: str, category: str, region: str, day: date, rulebook: Rulebook
) -> date | None:
    """Give the last day to report what was decided on `day`; None where no rule asks for any.

    The rules are those of the day of the decision.
    """
    return last_day_by(deadlines_of(event_type, category, region, rulebook), day)


def deadlines_of(
    event_type: str, category: str, region: str, rulebook: Rulebook
) -> tuple[DeadlineRule, ...]:
    """Give the rules that say by when such a record is to be reported, the first to hold first."""
    row = rulebook.category_of(category)
    return tuple(
        [rule for rule in rulebook.deadlines if rule.scope.applies_to(event_type, row, region)]
    )


def last_day_by(rules: Sequence[DeadlineRule], day: date) -> date | None:
    """Give the last day to report what was decided on `day`, by the first rule in force then."""
    for rule in rules:
        version = version_on(rule.in_force, day)
        if version is None:
            continue
        if version.working_days is not None:
            return after_working_days(day, version.working_days)
        if version.days is not None:
            return day + timedelta(days=version.days)
        if version.day_of_next_month is not None:
            return add_months(day.replace(day=1), 1).replace(day=version.day_of_next_month)
    return None


def objection_deadline(objection: Objection, place: RulePlace, rules: RulesOfDay) -> date:
    """Give the last day to answer an objection, longer where the case was found complex in time.

    A re-review has the same limits, from its own day. Where no rule of the day on which it was
    raised holds the record, there is no end.
    """
    cited = rules.objection(place, objection.raised_on)
    if cited is None:
        return FOREVER
    return _deadline(objection.raised_on, objection.extended_on, cited[1])


def _deadline(
    start: date, extended_on: date | None, version: ObjectionVersion | RepairVersion
) -> date:
    ordinary, most = version.decide_working_days, version.extended_working_days
    due = after_working_days(start, ordinary)
    # What is extended only after its period was over is late all the same.
    if extended_on is None or extended_on > due:
        return due
    return after_working_days(start, ordinary if most is None else most)


def repair_deadline(application: Application, matter: AnyMatter, rules: RulesOfDay) -> date:
    """Give the last day to decide on an application for repair, longer where extended in time.

    Where no rule of the day of the application holds the record, there is no end.
    """
    cited = rules.repair(place_of(matter), application.day)
    if cited is None:
        return FOREVER
    return _deadline(application.day, application.extended_on, cited[1])
