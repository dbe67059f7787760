"""Whom a subject lets ask of it: given here, taken back here, each for one purpose, with an end."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse

from events.characters import plain
from events.identifiers import credit_code_problem, normalise_code
from events.rules.access import load_access_policy
from ops.pages.asking import FieldProblem
from ops.pages.frame import HEADERS
from ops.pages.subject.inquiries import purpose_named
from projections.access.asker import ConsentState
from projections.access.consents import Consent, consent_state
from projections.http.consents import answers
from projections.http.consents import parameters as own
from projections.http.door.door import PRIVATE
from projections.http.errors import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from ops.pages.opened import PageAsked

_LABELS: Final[Mapping[str, str]] = {
    "organisation": "consent_to",
    "purpose": "purpose",
    "until": "consent_until",
}
_FIELDS: Final = (own.PLATFORM, own.SUBJECT, own.TO, own.PURPOSE, own.UNTIL)


async def consents_page(asked: PageAsked) -> Response:
    """Answer the consents of the subject that is signed in."""
    return await _told(asked)


async def give_consent(asked: PageAsked) -> Response:
    """Keep a consent, and go back to all of them; what is wrong is told at its field."""
    asked.own_subject()
    try:
        asked.take(_FIELDS, organisation=_code_meant(asked.form.get("organisation", "")))
        if not await _stands(asked):
            await answers.give(asked)
    except BadRequestError as error:
        frame = asked.frame
        label = frame.page(_LABELS.get(error.field, "consents"))
        rule = frame.words(error.rule)
        return await _told(asked, [FieldProblem(error.field, label, error.value, rule, "")])
    return _led(asked, "given")


async def take_back_consent(asked: PageAsked) -> Response:
    """End a consent at once, and go back to all of them."""
    asked.own_subject()
    await answers.withdraw(asked)
    return _led(asked, "withdrawn")


async def _stands(asked: PageAsked) -> bool:
    """Say whether the same was given and holds: a form that is sent twice gives one consent."""
    subject, service = asked.own_subject(), asked.service
    known: Sequence[Consent] = await service.ask(service.gate.consents, subject, None)
    wanted = (asked.said("organisation"), asked.said("purpose"), asked.said("until"))
    return any(
        (each.organisation, each.purpose, each.until) == wanted
        and consent_state([each], each.purpose, service.today()) is ConsentState.GIVEN
        for each in known
    )


def _code_meant(text: str) -> str:
    """Give a code as it is kept: of a firm in capitals, of an agency in small letters."""
    code = normalise_code(text)
    return code if credit_code_problem(code) is None else plain(text).strip().lower()


def _led(asked: PageAsked, done: str) -> Response:
    where = f"{asked.frame.path('me', 'consents')}?done={done}"
    return RedirectResponse(where, HTTPStatus.SEE_OTHER, {**HEADERS, "Cache-Control": PRIVATE})


async def _told(asked: PageAsked, problems: Sequence[FieldProblem] = ()) -> Response:
    subject, service, frame = asked.own_subject(), asked.service, asked.frame
    known: Sequence[Consent] = await service.ask(service.gate.consents, subject, None)
    today = service.today()
    done = asked.request.query_params.get("done")
    agencies = answers.purposes_by_consent()
    offered = [
        (row.code, frame.terms.name(row, row.code))
        for row in load_access_policy().purposes
        if row.code in agencies
    ]
    return frame.render(
        "consents.html",
        status=HTTPStatus.BAD_REQUEST if problems else HTTPStatus.OK,
        current="me",
        subject=subject,
        consents=[
            (each, purpose_named(frame, each.purpose), consent_state([each], each.purpose, today))
            for each in known
        ],
        purposes=offered,
        problems=problems,
        wrong={each.field for each in problems},
        given=asked.form,
        done=frame.page(f"consent_{done}") if done in ("given", "withdrawn") else None,
    )
