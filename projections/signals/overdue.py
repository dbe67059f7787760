"""Signals of what departments have left undone, or say differently. Pure.

Their evidence names the department that must act. Periods run in working days (工作日).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.dates import FOREVER, day_after
from projections.calendar.deadlines import objection_deadline, repair_deadline, reporting_deadline
from projections.calendar.rules import place_of
from projections.day.discrepancies import discrepancies
from projections.day.measures import measures_on
from projections.day.objections import place_of_fact
from projections.day.shapes import MeasureStanding
from projections.record.matters import Measure
from projections.signals.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from projections.calendar.rules import RulePlace
    from projections.day.record_on_day import RecordOnDay
    from projections.day.shapes import Membership
    from projections.record.credit_record import Fact
    from projections.record.marks import Marks
    from projections.record.matters import AnyMatter

ANSWER: Final = "MeasureAnswered"
"""The event type of what a department asked to take a measure answers."""

REGISTERED: Final = "registration"
"""The domain of what departments say of who a subject is."""


def _marked(on_day: RecordOnDay) -> Iterable[tuple[AnyMatter, Marks]]:
    """Give the matters that something stands beside, also those deleted upon objection."""
    return (
        (matter, matter.marks)
        for matter in on_day.marked
        if matter.marks is not None and matter.event_id not in on_day.deleted
    )


def _late(
    evidence: list[Evidence],
    on_day: RecordOnDay,
    about: AnyMatter | Fact,
    by: str,
    event_id: str,
    due: date,
    done: date | None,
) -> None:
    """Add what was not done by its last day, `due`, from the day after until it is done."""
    start, end = day_after(due), done or FOREVER
    if start < end:
        domain = on_day.rules.domain(about.category)
        evidence.append(Evidence(start, event_id, end, 1, by, about.region, domain))


def objections_overdue(on_day: RecordOnDay, _: Sequence[Membership]) -> list[Evidence]:
    """Find objections (异议), and what asks for a re-review, that were not answered in time."""
    evidence: list[Evidence] = []
    for matter, marks in _marked(on_day):
        _unanswered(evidence, on_day, matter, place_of(matter), marks)
    for fact in on_day.facts():
        if fact.marks is not None:
            _unanswered(evidence, on_day, fact, place_of_fact(fact), fact.marks)
    return evidence


def _unanswered(
    evidence: list[Evidence],
    on_day: RecordOnDay,
    about: AnyMatter | Fact,
    place: RulePlace,
    marks: Marks,
) -> None:
    for each in marks.objections:
        due = objection_deadline(each, place, on_day.rules)
        rule, by = on_day.rules.objection(place, each.raised_on), ""
        if rule is not None:
            by = rule[1].answered_by if each.review_of is None else rule[1].review_by
        by = by or about.department
        _late(evidence, on_day, about, by, each.event_id, due, each.answered_on)


def repairs_overdue(on_day: RecordOnDay, _: Sequence[Membership]) -> list[Evidence]:
    """Find applications for repair (修复申请) that were not decided in time."""
    evidence: list[Evidence] = []
    for matter, marks in _marked(on_day):
        for each in marks.applications:
            due = repair_deadline(each, matter, on_day.rules)
            decided = (repair.day for repair in marks.repairs if repair.day >= each.day)
            done = min(decided, default=None)
            _late(evidence, on_day, matter, matter.department, each.event_id, due, done)
    return evidence


def responses_overdue(on_day: RecordOnDay, lists: Sequence[Membership]) -> list[Evidence]:
    """Find departments asked to take a measure that did not answer in time, while it is in effect.

    They have as long as for reporting what they decide, from the day of the measure.
    """
    rulebook = on_day.rules.rulebook
    silent = [each for each in on_day.of(Measure) if _is_awaited(each)]
    if not silent:
        return []
    standing = {status.event_id: status for status in measures_on(on_day, lists)}
    evidence: list[Evidence] = []
    for each in silent:
        status = standing[each.event_id]
        due = reporting_deadline(ANSWER, each.category, each.region, each.day, rulebook)
        if due is None or status.status is MeasureStanding.NO_EFFECT:
            continue
        start = day_after(due)
        for target in each.targets:
            answered = [answer.day for answer in each.answers if answer.department == target]
            end = min([*answered, status.until or FOREVER])
            if start < end:
                evidence.append(_silent(each, on_day, target, start, end))
    return evidence


def _is_awaited(measure: Measure) -> bool:
    """Say whether a department asked is yet to answer, or answered later than the same day."""
    prompt = {answer.department for answer in measure.answers if answer.day <= measure.day}
    return not prompt.issuperset(measure.targets)


def _silent(measure: Measure, on_day: RecordOnDay, target: str, start: date, end: date) -> Evidence:
    domain = on_day.rules.domain(measure.category)
    return Evidence(start, measure.event_id, end, 1, target, measure.region, domain)


def departments_differ(on_day: RecordOnDay, _: Sequence[Membership]) -> list[Evidence]:
    """Find what departments say of a field of which they say different things (比对)."""
    return [
        Evidence(
            discrepancy.since,
            saying.event_id,
            FOREVER,
            1,
            saying.department,
            saying.region,
            REGISTERED,
        )
        for discrepancy in discrepancies(on_day)
        for saying in discrepancy.sayings
    ]
