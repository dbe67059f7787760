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
from projections.http.asking.forms import NumberForm, TextForm
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
PARKED_PAGE: Final = Parameter("parked", NumberForm(1, 10_000), "Which page of what waits.", 1)
PARKED_SHOWN: Final = 50


async def audit_page(asked: PageAsked) -> Response:
    """Answer what a text leads to; of a code, its subject's page at once."""
    text, frame = (asked[SOUGHT] or "").strip(), asked.frame
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
    waits, number = 0, asked[PARKED_PAGE] or 1
    if not text:
        waiting, waits = await _parked(asked, (number - 1) * PARKED_SHOWN)
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
        waiting_next=frame.here(parked=number + 1) if number * PARKED_SHOWN < waits else None,
    )


async def _parked(asked: PageAsked, first: int) -> tuple[list[tuple[Platform, ParkedSubject]], int]:
    """Give a page of who waits on either platform, one behind the other; and how many there are."""
    found: list[tuple[Platform, ParkedSubject]] = []
    before = 0
    for each in Platform:
        room, skipped = PARKED_SHOWN - len(found), max(0, first - before)
        rows = await asked.service.ask(parked, each, limit=room, first=skipped)
        found += [(each, row) for row in rows]
        before += await asked.service.ask(count_parked, each)
    return found, before
