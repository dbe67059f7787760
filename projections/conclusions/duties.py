"""What waits for a department (待办): who must act upon what, and by when. Pure.

The same working as the signals of what was left undone (`signals.overdue`), read before the last
day instead of after it, so that list and alarm never say different things.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from events.dates import FOREVER
from projections.conclusions.standing import read_signals
from projections.day.lists import memberships
from projections.signals.overdue import objections_overdue, repairs_overdue, responses_overdue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from projections.calendar.rules import RulesOfDay
    from projections.day.record_on_day import RecordOnDay
    from projections.day.shapes import Membership
    from projections.record.credit_record import CreditRecord
    from projections.signals.evidence import Evidence


class DutyKind(StrEnum):
    """What a department is to do."""

    ANSWER_OBJECTION = "answer_objection"
    DECIDE_REPAIR = "decide_repair"
    ANSWER_MEASURE = "answer_measure"
    ACKNOWLEDGE_WARNING = "acknowledge_warning"


class Duty(msgspec.Struct, frozen=True, order=True):
    """One thing that waits: by which day, for whom, about whom and which event.

    `due_on` is the last day in time, None where no rule sets one.
    """

    due_on: date | None
    department: str
    kind: DutyKind
    subject_id: str
    event_id: str
    domain: str
    region: str


_FOUND_BY: Final[
    Mapping[DutyKind, Callable[[RecordOnDay, Sequence[Membership]], list[Evidence]]]
] = {
    DutyKind.ANSWER_OBJECTION: objections_overdue,
    DutyKind.DECIDE_REPAIR: repairs_overdue,
    DutyKind.ANSWER_MEASURE: responses_overdue,
}


def duties(subject_id: str, record: CreditRecord, rules: RulesOfDay) -> list[Duty]:
    """Give what waits for departments about one subject on the day of the rules."""
    on_day = read_signals(record, rules).on_day
    lists = memberships(on_day)
    return [
        _duty(kind, subject_id, each)
        for kind, found_by in _FOUND_BY.items()
        for each in found_by(on_day, lists)
        # What was done ends with the day on which it was; what is not begins after its last day.
        if each.end > rules.on
    ]


def _duty(kind: DutyKind, subject_id: str, found: Evidence) -> Duty:
    due = None if found.start >= FOREVER else found.start - timedelta(days=1)
    return Duty(due, found.department, kind, subject_id, found.event_id, found.domain, found.region)
