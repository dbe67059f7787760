"""Joint reward and punishment (联合奖惩): how each measure stands on a day, and why. Pure.

A measure rests on a record: a list entry, an honour, a grade. It has no effect where that record
has none, where it was not on the published list that day, or where the department was not entitled;
and it is lifted, without a word from anybody, when that record no longer counts.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - mypyc needs it at run time
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple, final

from events.dates import FOREVER
from events.envelope import Source
from events.rules.offices import acts_as
from events.types.measure import MeasureAnswer
from projections.calendar.slots import Slot
from projections.day.concluded import ConclusionKind
from projections.day.shapes import (
    ListStatus,
    MeasureReason,
    MeasureStanding,
    MeasureStatus,
    TargetAnswer,
)
from projections.record.kinds import KINDS
from projections.record.marks import Answer  # noqa: TC001 - mypyc needs it at run time
from projections.record.matters import (
    Commitment,
    Grade,
    Honour,
    Listing,
    Measure,
)
from projections.record.traits import TRAITS, closed_on, run_out_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from events.rules.versions import MeasureVersion
    from projections.day.record_on_day import RecordOnDay
    from projections.day.shapes import Membership


_MEASURES: Final = Slot[list[MeasureStatus]]()


class _Basis(NamedTuple):
    """What a measure rests on: what it is, its first day, and the first day on which it is over."""

    what: str
    since: date
    until: date
    counts: bool


def measures_on(on_day: RecordOnDay, lists: Iterable[Membership]) -> list[MeasureStatus]:
    """Give every measure about the subject as it stands on the day, oldest first."""
    known = _MEASURES.get(on_day.slots)
    if known is None:
        entries = _Entries(lists)
        keeping, measures = on_day.keeping, on_day.of(Measure)
        if keeping is not None and measures:
            of = on_day.of_kind(Measure)
            known = keeping.conclude(MEASURES, of, lambda each: _status(each, on_day, entries))
        else:
            known = [_status(measure, on_day, entries) for measure in measures]
        _MEASURES.fill(on_day.slots, known)
    return known


@final
class _Entries:
    """Entries on lists by their ids; few measures rest on any."""

    def __init__(self, lists: Iterable[Membership]) -> None:
        self._lists = lists
        self._by_id: dict[str, Membership] | None = None

    def get(self, entry_id: str) -> Membership:
        if self._by_id is None:
            self._by_id = {member.entry_id: member for member in self._lists}
        return self._by_id[entry_id]


def next_measure_change(statuses: Iterable[MeasureStatus], on: date) -> date:
    """Give the next day on which time alone changes a measure, or `FOREVER`.

    What objections and repairs of its basis change by time is for `projections.day.effects` to say.
    """
    return min([_changes_on(each, on) for each in statuses], default=FOREVER)


def _changes_on(status: MeasureStatus, on: date) -> date:
    day = status.next_change_on
    return day if day is not None and day > on else FOREVER


MEASURES: Final = ConclusionKind(
    Measure,
    attrgetter("since", "event_id"),
    _changes_on,
    beside=frozenset(tag for kind, tag in KINDS.items() if kind is not Measure),
    rests_on=attrgetter("because"),
)
"""How measures stand, as long as no other record changes: any may be what one rests on."""


def _status(measure: Measure, on_day: RecordOnDay, entries: _Entries) -> MeasureStatus:
    on = on_day.rules.on
    rule = on_day.rules.rulebook.measures.get(measure.measure)
    version = None if rule is None else rule.version_on(measure.day)
    basis = _basis(measure.because, on_day, entries, version)
    until, ended_by = _end(measure, basis, on_day)
    answers = _answers(measure, on)
    if flaw := _flaw(measure, version, basis):
        status, why, until = MeasureStanding.NO_EFFECT, flaw, FOREVER
    elif until <= on:
        status, why = MeasureStanding.LIFTED, ended_by
    else:
        status, why = _standing(answers, measure.targets), MeasureReason.NONE
    is_open = status not in (MeasureStanding.NO_EFFECT, MeasureStanding.LIFTED)
    answered = {answer.department for answer in answers}
    waiting_for = tuple(t for t in measure.targets if t not in answered) if is_open else ()
    changes = [day for day in (until, *_answer_days(measure)) if on < day < FOREVER]
    return MeasureStatus(
        measure.event_id,
        measure.measure,
        rule is not None and rule.reward,
        "" if rule is None else rule.punisher,
        measure.because,
        "" if basis is None else basis.what,
        measure.department,
        measure.region,
        measure.day,
        None if until == FOREVER else until,
        status,
        why,
        answers,
        waiting_for,
        "" if version is None else f"measure.{measure.measure}@{version.start}",
        min(changes, default=None),
    )


def _flaw(measure: Measure, version: MeasureVersion | None, basis: _Basis | None) -> MeasureReason:
    """Say why a measure was never in effect."""
    if version is None:
        return MeasureReason.NOT_PUBLISHED
    if not {acts_as(measure.department), "*"} & set(version.departments):
        return MeasureReason.NOT_AUTHORISED
    if basis is None:
        return MeasureReason.NO_BASIS
    if not may_rest_on(version, basis.what):
        return MeasureReason.NOT_COVERED
    if not basis.counts:
        return MeasureReason.BASIS_WITHOUT_EFFECT
    if measure.day < basis.since:
        return MeasureReason.BEFORE_BASIS
    has_ended = basis.until <= measure.day
    return MeasureReason.BASIS_ENDED if has_ended else MeasureReason.NONE


def may_rest_on(version: MeasureVersion, what: str) -> bool:
    """Say whether a measure may rest on such a basis; a pattern's last `*` stands for the rest."""
    return any(
        what.startswith(pattern[:-1]) if pattern.endswith("*") else what == pattern
        for pattern in version.because
    )


def _basis(
    event_id: str,
    on_day: RecordOnDay,
    entries: _Entries,
    version: MeasureVersion | None,
) -> _Basis | None:
    """Give what a measure rests on; None where it is not known, annulled or deleted."""
    matter = on_day.get(event_id)
    if matter is None or on_day.effect(matter).voided:
        return None
    # What subjects say of themselves is less trusted, and no ground for others to act.
    counts = matter.source is not Source.SELF_DECLARED
    since = matter.day
    until = min(on_day.effect(matter).counts_until, matter.ended_on or FOREVER)
    match matter:
        case Listing():
            member = entries.get(matter.event_id)
            counts = counts and member.status is not ListStatus.NO_EFFECT
            what, until = f"list:{member.list}", member.until or FOREVER
        case Honour():
            what, until = f"honour:{matter.category}", min(until, run_out_on(matter))
        case Grade():
            what, until = _what_grade(matter), _grade_until(matter, on_day, version)
        case Commitment(payments=payments):
            # Nobody is punished for a promise, only from the day on which it was broken.
            what, broken = f"record:{matter.category}", [p.on for p in payments if p.breached]
            since, counts = min(broken, default=since), counts and bool(broken)
        case _:
            what = f"record:{matter.category}"
            if TRAITS[type(matter)].is_owed:
                until = min(until, closed_on(matter))
    return _Basis(what, since, until, counts)


def _what_grade(grade: Grade) -> str:
    return f"grade:{grade.scheme}:{grade.grade}"


def _grade_until(first: Grade, on_day: RecordOnDay, version: MeasureVersion | None) -> date:
    """Give the end of a grade; a later one of the scheme ends it, or carries it on if covered."""
    until = _own_end(first, on_day)
    later = False
    for grade in on_day.of(Grade):
        if later and grade.scheme == first.scheme and grade.day <= until:
            if version is None or not may_rest_on(version, _what_grade(grade)):
                return grade.day
            until = max(until, _own_end(grade, on_day))
        later = later or grade.event_id == first.event_id
    return until


def _own_end(grade: Grade, on_day: RecordOnDay) -> date:
    counts_until = min(on_day.effect(grade).counts_until, grade.ended_on or FOREVER)
    return min(counts_until, run_out_on(grade))


def _end(measure: Measure, basis: _Basis | None, on_day: RecordOnDay) -> tuple[date, MeasureReason]:
    """Give the first day after a measure and what ends it; of one day the decision counts."""
    decided = min(measure.ended_on or FOREVER, on_day.effect(measure).counts_until)
    ends = (
        (decided, MeasureReason.DECISION),
        (run_out_on(measure), MeasureReason.TERM_OVER),
        (FOREVER if basis is None else basis.until, MeasureReason.BASIS_ENDED),
        (_withdrawn_on(measure, on_day), MeasureReason.WITHDRAWN),
    )
    return min(ends, key=lambda end: end[0])


def _withdrawn_on(measure: Measure, on_day: RecordOnDay) -> date:
    """Give the first day on which the published list no longer has the measure."""
    rule = on_day.rules.rulebook.measures.get(measure.measure)
    versions = () if rule is None else rule.in_force
    days = (v.start for v in versions if v.withdrawn and v.start > measure.day)
    return min(days, default=FOREVER)


def _answer_days(measure: Measure) -> list[date]:
    return [answer.day for answer in measure.answers if answer.department in measure.targets]


def _answers(measure: Measure, on: date) -> tuple[TargetAnswer, ...]:
    """Give the last answer of each target by the day, in the order of the targets."""
    last: dict[str, Answer] = {}
    for answer in measure.answers:
        if answer.day <= on:
            last[answer.department] = answer
    return tuple(
        TargetAnswer(a.department, a.answer, a.day, a.reason, a.effect)
        for target in measure.targets
        if (a := last.get(target)) is not None
    )


def _standing(answers: Sequence[TargetAnswer], targets: Sequence[str]) -> MeasureStanding:
    """Conclude from what the targets answered: each answers for itself, one that acts suffices."""
    said = {answer.answer for answer in answers}
    if MeasureAnswer.APPLIED in said:
        return MeasureStanding.APPLIED
    if not said:
        return MeasureStanding.INITIATED
    if said == {MeasureAnswer.NOT_APPLICABLE} and len(answers) == len(targets):
        return MeasureStanding.NOT_APPLICABLE
    return MeasureStanding.ACKNOWLEDGED
