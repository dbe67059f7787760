"""What waits for a department (待办): who must act upon what, and by when. Pure.

The same working as the signals of what was left undone (`signals.overdue`), read before the last
day instead of after it, so that list and alarm never say different things. So who must act is said
by the rules: of an objection whom `objections.toml` names, else the department of the record; of a
repair that of the record; of a measure those that it names.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from events.dates import FOREVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.day.record_on_day import RecordOnDay
    from projections.signals.signals import Signals


_DAY: Final = timedelta(days=1)


class DutyKind(StrEnum):
    """What a department is to do."""

    ANSWER_OBJECTION = "answer_objection"
    DECIDE_REPAIR = "decide_repair"
    ANSWER_MEASURE = "answer_measure"
    ACKNOWLEDGE_WARNING = "acknowledge_warning"


class Duty(msgspec.Struct, frozen=True, gc=False):
    """One thing that waits: by which day, for whom, and upon which event about which record.

    `due_on` is the last day in time, None where no rule sets one. `until` is the first day on which
    it waits no longer if nothing else is reported, `FOREVER` where it is done by an answer alone.
    """

    due_on: date | None
    department: str
    kind: DutyKind
    event_id: str
    record_id: str
    domain: str
    region: str
    until: date


_FOUND_BY: Final[Mapping[DutyKind, str]] = {
    DutyKind.ANSWER_OBJECTION: "objections_overdue",
    DutyKind.DECIDE_REPAIR: "repairs_overdue",
    DutyKind.ANSWER_MEASURE: "responses_overdue",
}
"""The signals that warnings read too, which are so worked out once for both."""


def duties_on(signals: Signals) -> list[Duty]:
    """Give what waits for departments about one subject on the day of the rules, oldest first."""
    on_day = signals.on_day
    on = on_day.rules.on
    # What was done ends with the day on which it was; what is not begins after its last day.
    waiting = [
        (kind, each)
        for kind, signal in _FOUND_BY.items()
        for each in signals.of(signal)
        if each.end > on
    ]
    if not waiting:
        return []
    about = _records(on_day)
    # A subject may have thousands of them, after each event: nothing is called for each.
    return [
        Duty(
            None if each.start >= FOREVER else each.start - _DAY,
            each.department,
            kind,
            each.event_id,
            about.get(each.event_id, each.event_id),
            each.domain,
            each.region,
            each.end,
        )
        for kind, each in waiting
    ]


def _records(on_day: RecordOnDay) -> dict[str, str]:
    """Give the id of the record that each objection and application is about, by its own id."""
    marked = [(each.event_id, each.marks) for each in (*on_day.marked, *on_day.facts())]
    return {
        asked.event_id: record_id
        for record_id, marks in marked
        if marks is not None
        for asked in (*marks.objections, *marks.applications)
    }
