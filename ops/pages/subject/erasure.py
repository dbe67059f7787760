"""A person asks to be erased (删除申请), sees where that stands, takes it back.

What keeps the records is named one by one, with the day on which that ends.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from starlette.responses import RedirectResponse

from events.envelope import Platform
from ops.pages.asking import FieldProblem
from ops.pages.frame import HEADERS
from ops.pages.problems import told_page
from ops.terms.terms import all_terms
from ops.told.submission import why_told
from projections.http.door.door import PRIVATE
from projections.http.erasures import parameters as own
from projections.http.intake.receipts import desk_of
from projections.queries.erasures import ErasureRefusedError, ErasureTold, erasures, hand_of
from projections.record.erasure import ErasureStage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from starlette.responses import Response

    from ops.pages.frame import Frame
    from ops.pages.opened import PageAsked

_WAITS: Final = "waits"
_DONE: Final = frozenset({"asked", "withdrawn", _WAITS})
_OPEN: Final = frozenset({ErasureStage.REQUESTED, ErasureStage.APPROVED})


class Keeping(NamedTuple):
    """A record that may not be erased yet: its id, its kind, why, and the first day it may."""

    event_id: str
    category: str
    why: str
    until: date | None


class StepNotTaken(NamedTuple):
    """Why a step of an erasure is not taken, and the records that keep it."""

    why: str
    kept: Sequence[Keeping]


async def erasure_page(asked: PageAsked) -> Response:
    """Answer where the erasure of the person that is signed in stands."""
    asked.own_subject()
    return await _told(asked)


async def ask_for_erasure(asked: PageAsked) -> Response:
    """Ask for it, and go back to where it stands."""
    subject = asked.own_subject()
    if not _is_person(asked):
        return told_page(asked.frame, HTTPStatus.NOT_FOUND, asked.frame.page("erasure_firm"))
    ground = asked.form.get("ground", "")
    if ground not in own.GROUNDS:
        frame = asked.frame
        wrong = FieldProblem(
            *("ground", frame.page("erasure_ground"), ground[:60]),
            *(frame.page("from_list"), ""),
        )
        return await _told(asked, [wrong])
    return await _said(asked, desk_of(asked).erasing.request, subject, ground, done="asked")


async def take_back_erasure(asked: PageAsked) -> Response:
    """Take it back while it is not done."""
    subject = asked.own_subject()
    cancel = desk_of(asked).erasing.cancel
    return await _said(asked, cancel, asked[own.ERASURE], subject, done="withdrawn")


async def _said(
    asked: PageAsked, say: Callable[..., ErasureTold], *said: Any, done: str
) -> Response:
    """Say it by the person's own hand; a refusal is told in words, with what keeps the records."""
    try:
        await asked.service.ask(say, *said, hand=hand_of(asked.who))
    except ErasureRefusedError as error:
        if error.code != _WAITS:
            return await _told(asked, refused=_refused(asked.frame, error))
        done = _WAITS
    where = f"{asked.frame.path('me', 'erasure')}?done={done}"
    return RedirectResponse(where, HTTPStatus.SEE_OTHER, {**HEADERS, "Cache-Control": PRIVATE})


def _refused(frame: Frame, error: ErasureRefusedError) -> StepNotTaken:
    known = all_terms()["erasure_refused"]
    code = error.code
    why = frame.terms.of("erasure_refused", code) if code in known else why_told(code, frame.terms)
    kept = [
        Keeping(
            each.event_id,
            frame.naming.category(each.category),
            frame.terms.of("kept_by", each.why),
            each.until,
        )
        for each in error.kept
    ]
    return StepNotTaken(why, kept)


def _is_person(asked: PageAsked) -> bool:
    return asked.said("platform") is Platform.PERSON


async def _told(
    asked: PageAsked, problems: Sequence[FieldProblem] = (), refused: StepNotTaken | None = None
) -> Response:
    subject, frame, status = asked.own_subject(), asked.frame, HTTPStatus.OK
    if problems:
        status = HTTPStatus.BAD_REQUEST
    elif refused is not None:
        status = HTTPStatus.CONFLICT
    found: list[ErasureTold] = (
        await asked.service.ask(erasures, subject, None, 1) if _is_person(asked) else []
    )
    last = found[0] if found else None
    is_open = last is not None and last.stage in _OPEN
    done = asked.request.query_params.get("done")
    return frame.render(
        "erasure.html",
        status=status,
        current="me",
        is_person=_is_person(asked),
        erasure=last,
        is_open=is_open,
        is_hidden=last is not None and last.stage in (ErasureStage.APPROVED, ErasureStage.ERASED),
        may_ask=last is None or last.stage is ErasureStage.CANCELLED,
        grounds=own.GROUNDS,
        given=asked.form,
        problems=problems,
        wrong={each.field for each in problems},
        refused=refused,
        done=frame.page(f"erasure_done_{done}") if done in _DONE else None,
    )
