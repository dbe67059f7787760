"""What waits for a department: what it must answer or decide, and warnings to take note of.

Read from what the department was told (`projections.notices.telling_duties`), so this list, the
topic of duties and the alarms never differ.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from projections.calendar.workdays import is_provisional, working_days_between
from projections.conclusions.duties import DutyKind
from projections.store.erasing.erasures import is_shown
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from events.envelope import Platform
    from projections.store.live import Live

_SQL: Final = statements(__name__, is_shown=is_shown("d"))


class Waiting(msgspec.Struct, frozen=True):
    """One thing that waits, with the name of whom it is about and the number of the document.

    `event_id` is the objection, application or measure upon which the department acts, or the id of
    the warning. `due_on` is the last day in time. `working_days_left` counts from the day after the
    day asked for up to that day; it is 0 on it and after it, when the thing is `overdue`. Both are
    None where no rule sets a day, and may move where that year is not announced yet
    (`due_provisional`).
    """

    duty_id: str
    kind: DutyKind
    subject_id: str
    subject_name: str | None
    event_id: str
    document_no: str | None
    rule: str | None
    domain: str
    region: str
    opened_on: date
    due_on: date | None
    working_days_left: int | None
    overdue: bool
    due_provisional: bool


def waiting(
    connection: Connection[Any], platform: Platform, department: str, on: date
) -> list[Waiting]:
    """Give what waits for a department, the most urgent first; days are counted from `on`."""
    at = live(connection, platform)
    rows = connection.execute(at.statement(_SQL["open"]), (department,)).fetchall()
    numbers = _numbers(connection, at, rows)
    return [_waiting(row, numbers, on) for row in rows]


def _numbers(connection: Connection[Any], at: Live, rows: Sequence[Any]) -> dict[str, str]:
    """Give the numbers of the documents that duties are about, by the ids of their records."""
    places: dict[int, set[tuple[str, str]]] = {}
    for partition, _, _, subject_id, _, _, record_id, *_ in rows:
        if record_id is not None:
            places.setdefault(partition, set()).add((subject_id, record_id))
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        for partition, wanted in places.items():
            for chain in at.store.load_chains(cursor, partition, wanted).values():
                envelopes = [known.event.envelope for known in chain]
                found |= {each.event_id: each.document_no for each in envelopes}
    return found


def _waiting(row: Any, numbers: dict[str, str], on: date) -> Waiting:
    _, duty_id, kind, subject_id, name, event_id, record_id, rule, domain, region, since, due = row
    return Waiting(
        duty_id=duty_id,
        kind=DutyKind(kind),
        subject_id=subject_id,
        subject_name=name,
        event_id=event_id,
        document_no=numbers.get(record_id) or None,
        rule=rule,
        domain=domain,
        region=region,
        opened_on=since,
        due_on=due,
        working_days_left=None if due is None else working_days_between(on, due),
        overdue=due is not None and due < on,
        due_provisional=due is not None and is_provisional(due),
    )


class Addressed(msgspec.Struct, frozen=True):
    """What is taken note of: the warning's id, its rule, of whom and where, and who did already."""

    warning_id: str
    subject_id: str
    rule: str
    region: str
    acknowledged_by: list[str]


def warning_of(
    connection: Connection[Any], platform: Platform, warning_id: str
) -> Addressed | None:
    """Give the warning that was told under an id; None where there was none, or it is no id."""
    try:
        UUID(warning_id)
    except ValueError:
        return None
    statement = live(connection, platform).statement(_SQL["told_under"])
    row = connection.execute(statement, (warning_id,)).fetchone()
    return None if row is None else Addressed(*row)
