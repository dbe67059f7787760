"""A subject as the public sees it, and one of its records: what is published today, no bit more.

The view is the one that the API gives (`projections.queries.disclosed`). Neither the place in the
log nor what waits of the subject stands here: both tell of records that are not published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.envelope import Platform
from events.identifiers import credit_code_problem, normalise_code
from events.rules.access import View
from ops.pages.frame import Frame
from ops.pages.problems import told_page
from ops.terms.terms import all_terms
from projections.queries.bulletin.searching import is_over
from projections.queries.disclosed.subject import disclosed
from projections.queries.subject.history import PAGE_ITEMS_MAX
from projections.queries.subject.history import history as history_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from starlette.requests import Request
    from starlette.responses import Response

    from events.envelope import Envelope
    from ops.terms.terms import Language
    from projections.access.shapes import DisclosedProfile, DisclosedRecord
    from projections.http.asking.asked import Service

_ORGANISATION: Final = Platform.ORGANISATION
RecordDay = tuple[str, "date | None"]


async def subject_page(request: Request, language: Language) -> Response:
    """Answer what is published of a subject."""
    code = _code(request)
    found = None if code is None else await _published(request, code)
    if found is None:
        return told_page(Frame(request, language), 404)
    frame = Frame(request, language, found.records)
    groups = [
        (frame.terms.of("event_type", kind), records)
        for kind in all_terms()["event_type"]
        if (records := [each for each in found.records if each.type == kind])
    ]
    told = await _told(request, found)
    return frame.render("subject.html", current=None, groups=groups, **told)


async def notice_page(request: Request, language: Language) -> Response:
    """Answer one record while it is published; 410 once its term is over, with no content."""
    code, wanted = _code(request), request.path_params["record"]
    service: Service = request.app.state.service
    found = None if code is None else await _published(request, code)
    records = [] if found is None else [e for e in found.records if e.event_id == wanted]
    if found is None or not records:
        over = code is not None and await service.ask(is_over, code, wanted, service.today())
        return told_page(Frame(request, language), 410 if over else 404)
    frame = Frame(request, language, found.records)
    told = await _told(request, found)
    return frame.render("notice.html", current=None, record=records[0], **told)


def _code(request: Request) -> str | None:
    code = normalise_code(request.path_params["subject"][:100])
    return code if credit_code_problem(code) is None else None


async def _published(request: Request, code: str) -> DisclosedProfile | None:
    service: Service = request.app.state.service
    asked = (_ORGANISATION, code, service.today(), service.calendar, View.PUBLIC)
    found: DisclosedProfile | None = await service.ask(disclosed, *asked)
    return found


async def _told(request: Request, found: DisclosedProfile) -> Mapping[str, Any]:
    """Give what the templates of both pages take."""
    service: Service = request.app.state.service
    page = await service.ask(history_page, _ORGANISATION, found.subject_id, limit=PAGE_ITEMS_MAX)
    said: dict[str, tuple[Envelope, date]] = {}
    for item in () if page is None else page.items:
        if item.event is not None and item.event_id is not None:
            said.setdefault(item.event_id, (item.event.envelope, item.recorded_at.date()))
    return {
        "subject": found.subject_id,
        "name": found.name,
        "registered_as": found.status,
        "records": found.records,
        "days": {each.event_id: _days(each, said) for each in found.records},
        "today": service.today(),
    }


def _days(
    record: DisclosedRecord, said: Mapping[str, tuple[Envelope, date]]
) -> Sequence[RecordDay]:
    envelope, recorded = said.get(record.event_id, (None, None))
    valid = record.details.get("effective_from") or record.details.get("valid_from")
    return (
        ("decided_on", record.day if record.day_basis == "occurred_on" else None),
        ("valid_on", valid or record.day),
        ("shown_on", None if envelope is None else envelope.published_on),
        ("recorded_on", recorded),
    )
