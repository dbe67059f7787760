"""A person, or the credit centre, asks for erasure; a second person of the centre approves it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.identifiers import is_person_token
from events.rules.access import Role
from projections.http.asking.asked import json_answer
from projections.http.erasures import parameters as own
from projections.http.errors import NOT_SHOWN, BadRequestError, problem
from projections.http.intake.receipts import desk_of
from projections.http.words import Words
from projections.queries.erasures import ErasureRefusedError, ErasureTold, erasures, hand_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from projections.http.asking.asked import Asked

_MUST: Final = Words("must be given", "必填")
_LISTED_MAX: Final = 1_000


async def ask_for(asked: Asked) -> Response:
    """Ask that what is kept of a person be erased."""
    subject, ground = asked[own.SUBJECT], asked[own.GROUND]
    if subject is None or not is_person_token(subject):
        rule = Words(
            "a person's token, as receipts and records name it", "须为自然人标识，见回执或记录"
        )
        raise BadRequestError("subject", NOT_SHOWN, rule)
    if ground is None:
        raise BadRequestError("ground", "", _MUST)
    said = (subject, ground, asked[own.DOCUMENT_NO])
    return await _said(asked, desk_of(asked).erasing.request, *said, status=HTTPStatus.CREATED)


async def approve(asked: Asked) -> Response:
    """Approve a request, as another person than who took it."""
    return await _said(asked, desk_of(asked).erasing.approve, asked[own.ERASURE])


async def cancel(asked: Asked) -> Response:
    """Cancel a request that is not done; said again it changes nothing."""
    is_own = asked.who.role is Role.SUBJECT
    of = asked[own.BY_SUBJECT] if is_own else None
    return await _said(asked, desk_of(asked).erasing.cancel, asked[own.ERASURE], of)


async def known(asked: Asked) -> Response:
    """Answer where erasures stand: of a person, or of all."""
    found: list[ErasureTold] = await asked.ask(
        erasures, asked[own.BY_SUBJECT], asked[own.AT_STAGE], _LISTED_MAX
    )
    asked.subjects = [each.subject_id for each in found]
    return json_answer(found)


async def _said(
    asked: Asked, say: Callable[..., ErasureTold], *said: Any, status: int = HTTPStatus.OK
) -> Response:
    """Say it in a thread, by the hand of who asks; 409 where it would have no effect."""
    try:
        told = await asked.service.ask(say, *said, hand=hand_of(asked.who))
    except ErasureRefusedError as error:
        body = {
            "title": type(error).__name__,
            "status": HTTPStatus.CONFLICT.value,
            "code": error.code,
            "detail": error.rule,
            "kept": msgspec.to_builtins(error.kept),
            "do": "GET /v1/erasures?subject=… tells where it stands",
        }
        return problem(body, HTTPStatus.CONFLICT, {})
    return json_answer(told, status=status)
