"""A subject as the public sees it, and one of its records: what is published today, no bit more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.envelope import Disclosure, Envelope, Platform
from events.identifiers import credit_code_problem, normalise_code
from events.types.subject import SubjectRegistered
from ops.pages.frame import Frame
from ops.pages.problems import told_page
from ops.terms.terms import all_terms
from ops.told.places import place_told
from ops.told.record import records_by_type
from projections.queries.subject.history import PAGE_ITEMS_MAX, HistoryPage
from projections.queries.subject.history import history as history_page
from projections.queries.subject.profile import ProfileAnswer, answer_profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from starlette.requests import Request
    from starlette.responses import Response

    from ops.terms.terms import Language
    from projections.http.asking.asked import Service
    from projections.profile.shapes import ShownRecord

_ORGANISATION: Final = Platform.ORGANISATION
RecordDay = tuple[str, "date | None"]


async def subject_page(request: Request, language: Language) -> Response:
    """Answer what is published of a subject."""
    found = await _Published.of(request)
    if found is None:
        return told_page(Frame(request, language), 404)
    frame = Frame(request, language, found.profile)
    order = list(all_terms()["event_type"])
    groups = [
        (frame.terms.of("event_type", records[0].type), records)
        for _, records in records_by_type(found.profile.records, frame.naming, order)
    ]
    return frame.render("subject.html", current=None, groups=groups, **found.told())


async def notice_page(request: Request, language: Language) -> Response:
    """Answer one record while it is published; 410 once its term is over, with no content."""
    found = await _Published.of(request)
    frame = Frame(request, language)
    wanted = request.path_params["record"]
    if found is None or wanted not in found.ever:
        return told_page(frame, 404)
    record = next((each for each in found.profile.records if each.event_id == wanted), None)
    if record is None:
        return told_page(frame, 410)
    frame = Frame(request, language, found.profile)
    return frame.render("notice.html", current=None, record=record, **found.told())


class _Published:
    """What is published of a subject today, with the days of each record."""

    def __init__(self, answer: ProfileAnswer, page: HistoryPage, today: date) -> None:
        records = [each for each in answer.profile.records if each.shown.public]
        self.profile = msgspec.structs.replace(answer.profile, records=records)
        self._answer, self._today = answer, today
        self._said: dict[str, tuple[Envelope, date]] = {}
        for item in page.items:
            if item.event is not None and item.event_id is not None:
                said = item.event.envelope
                self._said.setdefault(item.event_id, (said, item.recorded_at.date()))
        self.ever = {each.event_id for each in answer.profile.records if _was_public(each, self)}
        self.is_registered = any(
            isinstance(item.event, SubjectRegistered)
            and item.event.envelope.disclosure is Disclosure.PUBLIC
            for item in page.items
        )

    @classmethod
    async def of(cls, request: Request) -> _Published | None:
        """Ask for it; None where nothing is published of such a subject."""
        code = normalise_code(request.path_params["subject"][:100])
        if credit_code_problem(code) is not None:
            return None
        service: Service = request.app.state.service
        today = service.today()
        answer = await service.ask(answer_profile, _ORGANISATION, code, today, service.calendar)
        if answer is None:
            return None
        page = await service.ask(history_page, _ORGANISATION, code, limit=PAGE_ITEMS_MAX)
        found = None if page is None else cls(answer, page, today)
        return found if found is not None and (found.ever or found.is_registered) else None

    def envelope(self, event_id: str) -> Envelope | None:
        """Give what was said first of a record."""
        said = self._said.get(event_id)
        return None if said is None else said[0]

    def told(self) -> Mapping[str, Any]:
        """Give what the templates of both pages take."""
        answer, records = self._answer, self.profile.records
        named = next((each.name for each in reversed(records) if each.name), None)
        return {
            "subject": answer.subject_id,
            "name": answer.profile.name if self.is_registered else named,
            "registered_as": answer.profile.status if self.is_registered else None,
            "merged_into": answer.profile.merged_into,
            "parked": answer.parked,
            "records": records,
            "days": {each.event_id: self._days(each) for each in records},
            "today": self._today,
            "place": place_told(answer.place.partition, answer.place.next_offset),
        }

    def _days(self, record: ShownRecord) -> Sequence[RecordDay]:
        said, recorded = self._said.get(record.event_id, (None, None))
        decided = record.day if record.day_basis == "occurred_on" else None
        valid = record.details.get("effective_from") or record.details.get("valid_from")
        return (
            ("decided_on", decided),
            ("valid_on", valid or record.day),
            ("shown_on", None if said is None else said.published_on),
            ("recorded_on", recorded),
        )


def _was_public(record: ShownRecord, found: _Published) -> bool:
    """Say whether a record is published, or was until its term was over."""
    said = found.envelope(record.event_id)
    return record.shown.public or (said is not None and said.disclosure is Disclosure.PUBLIC)
