"""The auditor's page: one box, and what waits for an operator."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse

from events.envelope import Platform
from events.persons import has_identity_number
from ops.pages.asking import FieldProblem
from ops.pages.audit.found import FOUND_MAX, Found, found
from ops.pages.frame import HEADERS
from projections.http.asking.code_forms import ChoiceForm
from projections.http.asking.forms import TextForm
from projections.http.asking.parameter import Parameter, optional
from projections.http.door.door import PRIVATE
from projections.queries.overview import ParkedSubject, count_parked, parked

if TYPE_CHECKING:
    from starlette.responses import Response

    from ops.pages.opened import PageAsked

SOUGHT: Final = optional("q", TextForm(), "A code, an event, a place, a hash, a name, a number.")
ON_PLATFORM: Final = Parameter(
    "on", ChoiceForm(tuple(Platform)), "On which platform.", Platform.ORGANISATION
)
PARKED_SHOWN: Final = 50


async def audit_page(asked: PageAsked) -> Response:
    """Answer what a text leads to; of a code, its subject's page at once."""
    text, frame, service = (asked[SOUGHT] or "").strip(), asked.frame, asked.service
    platform = asked[ON_PLATFORM]
    problems = []
    led = Found()
    if has_identity_number(text, is_number=True):
        field = frame.page("audit_box")
        rule, do = frame.page("no_identity_number"), frame.page("use_token")
        problems.append(FieldProblem("q", field, "", rule, do))
    elif text:
        led = await found(asked, platform, text)
    asked.subjects = list(led.named)
    if led.subject is not None:
        where = frame.path("audit", led.subject)
        return RedirectResponse(where, HTTPStatus.SEE_OTHER, {**HEADERS, "Cache-Control": PRIVATE})
    waiting: list[tuple[Platform, ParkedSubject]] = []
    waits = 0
    if not text:
        for each in Platform:
            rows = await service.ask(parked, each, limit=PARKED_SHOWN)
            waiting += [(each, row) for row in rows]
            waits += await service.ask(count_parked, each)
        waiting = waiting[:PARKED_SHOWN]
        asked.subjects = [row.subject_id for _, row in waiting]
    return frame.render(
        "audit.html",
        status=HTTPStatus.BAD_REQUEST if problems else HTTPStatus.OK,
        current="audit",
        problems=problems,
        text="" if problems else text,
        platform=platform,
        platforms=[*Platform],
        found=led,
        found_max=FOUND_MAX,
        waiting=waiting,
        waits=waits,
    )
