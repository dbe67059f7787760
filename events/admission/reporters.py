"""Who reports: whether it is its own topic, its own division, and what it is entitled to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.admission.rejection import Reason, RejectionReason, reason
from events.dates import known_date
from events.event import event_type, is_amendment
from events.rules.divisions import load_divisions
from events.rules.offices import lies_in, office_division, reports_through

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from events.envelope import Platform
    from events.event import Event
    from events.rules.rulebook import Rulebook


def check_department(
    event: Event, platform: Platform, topic_of: str, rulebook: Rulebook
) -> Iterator[Reason]:
    """Check that the department reports on its own topic, and what it is entitled to."""
    envelope, field = event.envelope, "envelope.department"
    department = rulebook.department(envelope.department)
    if reports_through(envelope.department) != topic_of:
        rule = f"this topic belongs to {topic_of}; a department reports for itself"
        yield reason(RejectionReason.DEPARTMENT_NOT_OF_TOPIC, field, envelope.department, rule)
    if department is None:
        rule = "the department must stand in the registry of departments"
        yield reason(RejectionReason.DEPARTMENT_UNKNOWN, field, envelope.department, rule)
        return
    if not department.may_report(envelope.category, event_type(event)):
        said = f", and there: {', '.join(department.event_types)}" if department.event_types else ""
        rule = f"{department.code} may report: {', '.join(department.categories)}{said}"
        yield reason(
            RejectionReason.DEPARTMENT_NOT_ENTITLED, "envelope.category", envelope.category, rule
        )
    if platform not in department.platforms:
        rule = f"{department.code} reports on: {', '.join(department.platforms)}"
        yield reason(RejectionReason.DEPARTMENT_NOT_ENTITLED, field, department.code, rule)
    if envelope.source not in department.sources:
        rule = f"{department.code} reports as: {', '.join(department.sources)}"
        yield reason(
            RejectionReason.SOURCE_NOT_OF_DEPARTMENT, "envelope.source", envelope.source, rule
        )


def check_place(event: Event, today: date) -> Iterator[Reason]:
    """Check that an office of a city or county speaks of its own division, while that lasts."""
    envelope = event.envelope
    seat = office_division(envelope.department)
    if seat is None:
        return
    on = known_date(envelope, today).day
    # What an office recorded is put right in its name, also when its division is no more.
    if load_divisions().at(seat, on) is None and not is_amendment(event):
        rule = f"there was no division {seat} on {on}: the office of the one that followed decides"
        field, code = "envelope.department", envelope.department
        yield reason(RejectionReason.DEPARTMENT_UNKNOWN, field, code, rule)
    if not lies_in(envelope.region, seat, on):
        rule = f"{envelope.department} reports what was decided in {seat} and the divisions in it"
        why, field = RejectionReason.REGION_NOT_OF_DEPARTMENT, "envelope.region"
        yield reason(why, field, envelope.region, rule)
