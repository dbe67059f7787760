"""What waits for a department: what it must answer or decide, and warnings to take note of.

Found in the journal by the types of event that ask for an act, and worked out of each subject's
state, so an alarm and this list never differ.
"""

from __future__ import annotations

import struct
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.event import record_id
from events.types.measure import MeasureInitiated
from events.types.objection import ObjectionRaised
from events.types.repair import RepairApplied
from events.wire.decoding import decode_event
from events.wire.schemas import load_schemas
from projections.calendar.workdays import working_days_between
from projections.conclusions.duties import Duty, DutyKind, duties
from projections.fold.state import decode_state
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from events.envelope import Platform
    from events.event import Event
    from projections.calendar.rules import RuleCalendar
    from projections.store.live import Live

ASKING: Final = (ObjectionRaised, RepairApplied, MeasureInitiated)
"""Types of event upon which a department has to act."""

_FRAME: Final = struct.Struct(">BI")
_SQL: Final = statements(__name__)


class Waiting(msgspec.Struct, frozen=True):
    """One thing that waits, with the name of whom it is about and the number of the document.

    `working_days_left` counts from the day after the day asked for up to the last day in time;
    it is 0 on the last day and after it, when the thing is `overdue`; None where none is set.
    """

    duty: Duty
    subject_name: str | None
    document_no: str | None
    working_days_left: int | None
    overdue: bool


class _Asked(msgspec.Struct, frozen=True):
    """An event that asks for an act: of whom, and how its document and subject are named."""

    subject_id: str
    subject_name: str | None
    document_no: str | None


def waiting(
    connection: Connection[Any],
    platform: Platform,
    department: str,
    on: date,
    calendar: RuleCalendar,
) -> list[Waiting]:
    """Give what waits for a department, the most urgent first."""
    at = live(connection, platform)
    asked = _asked(connection, at)
    subjects = {each.subject_id for each in asked.values()}
    everybodys = _duties(connection, at, subjects, on, calendar)
    found = [duty for duty in everybodys if duty.department == department]
    rows = connection.execute(at.statement(_SQL["not_acknowledged"]), {"department": department})
    for warning_id, subject_id, domain, region in rows:
        kind = DutyKind.ACKNOWLEDGE_WARNING
        found.append(Duty(None, department, kind, subject_id, warning_id, domain, region))
    found.sort(key=lambda each: (each.due_on or date.max, each.subject_id, each.event_id))
    return [_waiting(duty, asked.get(duty.event_id), on) for duty in found]


def _asked(connection: Connection[Any], at: Live) -> dict[str, _Asked]:
    """Give every event of the journal that asks for an act, by its id."""
    listed = load_schemas()
    frames = [
        _FRAME.pack(0, entry.id)
        for kind in ASKING
        for entry in listed.history(f"credit.{kind.__name__}")
    ]
    found: dict[str, _Asked] = {}
    for partition in range(at.partitions):
        rows = connection.execute(
            at.statement(_SQL["of_schemas"], partition), (frames,), binary=True
        )
        asking = [decode_event(value) for (value,) in rows]
        numbers = _numbers(connection, at, partition, asking)
        for event in asking:
            envelope = event.envelope
            number = numbers.get(record_id(event), envelope.document_no) or None
            found[envelope.event_id] = _Asked(envelope.subject_id, envelope.subject_name, number)
    return found


def _numbers(
    connection: Connection[Any], at: Live, partition: int, events: Sequence[Event]
) -> dict[str, str]:
    """Give the document numbers of the records that events are about, by the records' ids."""
    places = {(event.envelope.subject_id, record_id(event)) for event in events}
    with connection.cursor() as cursor:
        chains = at.store.load_chains(cursor, partition, places)
    return {
        known.event.envelope.event_id: known.event.envelope.document_no
        for chain in chains.values()
        for known in chain
    }


def _duties(
    connection: Connection[Any], at: Live, subjects: set[str], on: date, calendar: RuleCalendar
) -> list[Duty]:
    """Give what waits for anybody about these subjects."""
    by_partition: dict[int, list[str]] = {}
    for subject_id in sorted(subjects):
        by_partition.setdefault(at.partition_of(subject_id), []).append(subject_id)
    found: list[Duty] = []
    with connection.cursor() as cursor:
        for partition, wanted in by_partition.items():
            for subject_id, state in at.store.load_states(cursor, partition, wanted).items():
                found += duties(subject_id, decode_state(state).record, calendar.on(on))
    return found


def _waiting(duty: Duty, asked: _Asked | None, on: date) -> Waiting:
    left = None if duty.due_on is None else working_days_between(on, duty.due_on)
    return Waiting(
        duty=duty,
        subject_name=None if asked is None else asked.subject_name,
        document_no=None if asked is None else asked.document_no,
        working_days_left=left,
        overdue=duty.due_on is not None and duty.due_on < on,
    )


class Addressed(msgspec.Struct, frozen=True):
    """What is taken note of: the warning's id, its rule, of whom and where."""

    warning_id: str
    subject_id: str
    rule: str
    region: str


def warning_of(
    connection: Connection[Any], platform: Platform, warning_id: str
) -> Addressed | None:
    """Give the warning that was told under an id; None where there was none."""
    statement = live(connection, platform).statement(_SQL["told_under"])
    row = connection.execute(statement, (warning_id,)).fetchone()
    return None if row is None else Addressed(*row)
