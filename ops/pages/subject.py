"""A subject as the public sees it, and one of its records: what is published today, no bit more.

The view is the one that the API gives (`projections.queries.disclosed`). Neither the place in the
log nor what waits of the subject stands here: both tell of records that are not published.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from events.envelope import Platform
from events.rules.access import Role, View
from ops.pages.problems import told_page
from ops.terms.terms import all_terms
from projections.http.asking import parameters as p
from projections.http.subjects import nothing_to_show
from projections.queries.disclosed.published import days_of_records, term_is_over
from projections.queries.disclosed.subject import disclosed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from starlette.responses import Response

    from ops.pages.frame import Frame
    from ops.pages.opened import PageAsked
    from projections.access.shapes import DisclosedProfile, DisclosedRecord
    from projections.queries.disclosed.published import DaysOfRecord

_ORGANISATION: Final = Platform.ORGANISATION
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RecordDay = tuple[str, "date | None"]


async def subject_page(asked: PageAsked) -> Response:
    """Answer what is published of a subject."""
    found = await _published(asked)
    if found is None:
        raise nothing_to_show(asked)
    frame = asked.framed(found.records)
    groups = [
        (frame.terms.of("event_type", kind), records)
        for kind in all_terms()["event_type"]
        if (records := [each for each in found.records if each.type == kind])
    ]
    told = await _told(asked, found)
    timeline = frame.path("subjects", found.subject_id, "timeline") if _may(frame) else None
    return frame.render("subject.html", current=None, groups=groups, timeline=timeline, **told)


def _may(frame: Frame) -> bool:
    """Say whether who is signed in has a role that histories are given to."""
    roles = {each.role for each in frame.signed_in.askers} if frame.signed_in else set()
    return bool(roles & {Role.AUDITOR, Role.SUBJECT})


async def notice_page(asked: PageAsked) -> Response:
    """Answer one record while it is published; 410 once its term is over, with no content."""
    service, wanted = asked.service, asked.request.path_params["record"]
    found = await _published(asked)
    records = [] if found is None else [e for e in found.records if e.event_id == wanted]
    if found is None or not records:
        question = (_ORGANISATION, asked[p.SUBJECT], wanted, service.today(), service.calendar)
        is_id = _ID.fullmatch(wanted) is not None
        over = is_id and await service.ask(term_is_over, *question, service.histories)
        return told_page(asked.frame, 410 if over else 404)
    frame = asked.framed(found.records)
    told = await _told(asked, found)
    return frame.render("notice.html", current=None, record=records[0], **told)


async def _published(asked: PageAsked) -> DisclosedProfile | None:
    service = asked.service
    question = (_ORGANISATION, asked[p.SUBJECT], service.today(), service.calendar, View.PUBLIC)
    found: DisclosedProfile | None = await service.ask(disclosed, *question)
    return found


async def _told(asked: PageAsked, found: DisclosedProfile) -> Mapping[str, Any]:
    """Give what the templates of both pages take."""
    service = asked.service
    ids = [each.event_id for each in found.records]
    said = await service.ask(days_of_records, _ORGANISATION, found.subject_id, ids)
    return {
        "subject": found.subject_id,
        "name": found.name,
        "registered_as": found.status,
        "records": found.records,
        "days": {each.event_id: _days(each, said) for each in found.records},
        "today": service.today(),
    }


def _days(record: DisclosedRecord, said: Mapping[str, DaysOfRecord]) -> Sequence[RecordDay]:
    days = said.get(record.event_id)
    valid = record.details.get("effective_from") or record.details.get("valid_from")
    return (
        ("decided_on", record.day if record.day_basis == "occurred_on" else None),
        ("valid_on", valid or record.day),
        ("shown_on", None if days is None else days.published_on),
        ("recorded_on", None if days is None else days.recorded_on),
    )
