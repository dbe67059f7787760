"""One record of a subject as the public sees it: what is published today, no bit more.

The view is the one that the API gives (`projections.queries.disclosed`). Neither the place in the
log nor what waits of the subject stands here: both tell of records that are not published.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from events.envelope import Platform
from events.rules.access import View
from ops.pages.problems import told_page
from projections.http.asking import parameters as p
from projections.queries.disclosed.published import days_of_records, term_is_over
from projections.queries.disclosed.subject import disclosed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from starlette.responses import Response

    from ops.pages.opened import PageAsked
    from projections.access.shapes import DisclosedProfile, DisclosedRecord
    from projections.queries.disclosed.published import DaysOfRecord

_ORGANISATION: Final = Platform.ORGANISATION
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RecordDay = tuple[str, "date | None"]


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
    """Give what the template takes."""
    ids = [each.event_id for each in found.records]
    said = await asked.service.ask(days_of_records, _ORGANISATION, found.subject_id, ids)
    return {
        "subject": found.subject_id,
        "name": found.name,
        "days": {each.event_id: days_told(each, said) for each in found.records},
        "today": asked.service.today(),
    }


def days_told(record: DisclosedRecord, said: Mapping[str, DaysOfRecord]) -> Sequence[RecordDay]:
    """Give the four days of a record: decided, valid, published, recorded; None is unknown."""
    days = said.get(record.event_id)
    valid = record.details.get("effective_from") or record.details.get("valid_from")
    return (
        ("decided_on", record.day if record.day_basis == "occurred_on" else None),
        ("valid_on", valid or record.day),
        ("shown_on", None if days is None else days.published_on),
        ("recorded_on", None if days is None else days.recorded_on),
    )
