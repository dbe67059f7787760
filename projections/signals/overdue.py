"""Signals of what departments have left undone, or say differently. Pure.

Their evidence names the department that must act. Periods run in working days (工作日).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.dates import FOREVER, day_after
from projections.calendar.deadlines import objection_deadline, repair_deadline, reporting_deadline
from projections.calendar.rules import place_of
from projections.day.discrepancies import discrepancies
from projections.day.measures import MEASURES, measures_on
from projections.day.objections import place_of_fact
from projections.day.shapes import MeasureStanding
from projections.record.matters import Measure
from projections.signals.evidence import Evidence
from projections.signals.of_conclusions import OfConclusions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from projections.calendar.rules import RulePlace
    from projections.day.kept import KeptOfDay
    from projections.day.record_on_day import RecordOnDay
    from projections.day.shapes import MeasureStatus, Membership
    from projections.record.credit_record import Fact
    from projections.record.marks import Marks
    from projections.record.matters import AnyMatter

ANSWER: Final = "MeasureAnswered"
"""The event type of what a department asked to take a measure answers."""

REGISTERED: Final = "registration"
"""The domain of what departments say of who a subject is."""


def _of_marked(
    on_day: RecordOnDay,
    kept: KeptOfDay | None,
    read: Callable[[AnyMatter], list[Evidence]],
) -> list[Evidence]:
    """Read the matters that something stands beside, but those deleted upon objection."""
    evidence: list[Evidence] = []
    deleted = on_day.deleted
    marked = [matter for matter in on_day.marked if matter.event_id not in deleted]
    of_each = map(read, marked) if kept is None else kept.of(marked, on_day.rules, read)
    for pieces in of_each:
        if pieces:
            evidence += pieces
    return evidence


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
    kept = None if on_day.kept is None else on_day.kept.objections
    evidence = _of_marked(on_day, kept, lambda matter: _unanswered_of(on_day, matter))
    for fact in on_day.facts():
        if fact.marks is not None:
            _unanswered(evidence, on_day, fact, place_of_fact(fact), fact.marks)
    return evidence


def _unanswered_of(on_day: RecordOnDay, matter: AnyMatter) -> list[Evidence]:
    evidence: list[Evidence] = []
    if matter.marks is not None:
        _unanswered(evidence, on_day, matter, place_of(matter), matter.marks)
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
    kept = None if on_day.kept is None else on_day.kept.applications
    return _of_marked(on_day, kept, lambda matter: _undecided(on_day, matter))


def _undecided(on_day: RecordOnDay, matter: AnyMatter) -> list[Evidence]:
    evidence: list[Evidence] = []
    marks = matter.marks
    if marks is None:
        return evidence
    for each in marks.applications:
        due = repair_deadline(each, matter, on_day.rules)
        decided = [repair.day for repair in marks.repairs if repair.day >= each.day]
        done = min(decided, default=None)
        _late(evidence, on_day, matter, matter.department, each.event_id, due, done)
    return evidence


def _statuses(on_day: RecordOnDay, lists: Sequence[Membership]) -> Sequence[MeasureStatus]:
    """Give the measures, unless no answer to any is awaited: then none needs to be concluded."""
    if on_day.kept is None and not any(map(_is_awaited, on_day.of(Measure))):
        return ()
    return measures_on(on_day, lists)


def _unresponsive(on_day: RecordOnDay, status: MeasureStatus) -> list[Evidence]:
    evidence: list[Evidence] = []
    measure = on_day.get(status.event_id)
    if type(measure) is not Measure or status.status is MeasureStanding.NO_EFFECT:
        return evidence
    if not _is_awaited(measure):
        return evidence
    of = measure.category, measure.region, measure.day
    due = reporting_deadline(ANSWER, *of, on_day.rules.rulebook)
    if due is None:
        return evidence
    start = day_after(due)
    for target in measure.targets:
        answered = [answer.day for answer in measure.answers if answer.department == target]
        end = min([*answered, status.until or FOREVER])
        if start < end:
            evidence.append(_silent(measure, on_day, target, start, end))
    return evidence


def _is_awaited(measure: Measure) -> bool:
    """Say whether a department asked is yet to answer, or answered later than the same day."""
    prompt = {answer.department for answer in measure.answers if answer.day <= measure.day}
    return not prompt.issuperset(measure.targets)


def _silent(measure: Measure, on_day: RecordOnDay, target: str, start: date, end: date) -> Evidence:
    domain = on_day.rules.domain(measure.category)
    return Evidence(start, measure.event_id, end, 1, target, measure.region, domain)


responses_overdue: Final[OfConclusions] = OfConclusions(MEASURES, _statuses, _unresponsive)
"""Departments asked to take a measure that did not answer in time, while it is in effect.

They have as long as for reporting what they decide, from the day of the measure.
"""


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
