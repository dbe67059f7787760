"""Signing in by a key, signing out, and saying for what one asks."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import RedirectResponse

from events.envelope import CHINA
from events.rules.access import Purpose, Role, load_access_policy
from events.rules.divisions import load_divisions
from ops.pages.asking import FieldProblem
from ops.pages.frame import HEADERS, NAV
from ops.pages.opened import cookie_name, session_secret
from projections.access.asker import RefusalCode
from projections.http.door.door import PRIVATE, read_basis
from projections.http.errors import BadRequestError
from projections.store.control.sessions import LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from ops.pages.frame import Frame
    from ops.pages.opened import PageAsked
    from projections.http.asking.gate import SignedIn

_ADDRESS: Final = re.compile(r"/(?:zh|en)/[^/\\\s][^\\\s]*")
"""A page of ours: no other host, however it is written."""


async def login_page(asked: PageAsked) -> Response:
    """Answer the form to sign in by; who is signed in sees as whom, and may say for what."""
    return _login(asked.frame, next_of(asked.request.query_params.get("next")))


async def log_in(asked: PageAsked) -> Response:
    """Begin a session by a key, always a new one."""
    service, frame, key = asked.service, asked.frame, asked.form.get("key", "")
    secret: str | None = await service.ask(service.gate.sign_in, key)
    if secret is None:
        rule, do = frame.page("key_wrong"), frame.page("key_do")
        wrong = FieldProblem("key", frame.page("key_field"), "", rule, do)
        return _login(frame, next_of(asked.form.get("next")), wrong)
    await _finish(asked)
    signed_in: SignedIn = await service.ask(service.gate.signed_in, secret)
    where = next_of(asked.form.get("next")) or _first_page(frame, signed_in)
    answer = _led_to(where)
    _keep(asked.request, answer, secret)
    return answer


async def log_out(asked: PageAsked) -> Response:
    """End the session."""
    await _finish(asked)
    answer = _led_to(asked.frame.path("login"))
    name, secure = cookie_name(asked.request), asked.request.url.scheme == "https"
    answer.delete_cookie(name, secure=secure, httponly=True, samesite="lax")
    return answer


async def say_purpose(asked: PageAsked) -> Response:
    """Keep for what is asked from now on. Raises `BadRequestError` for a basis that is none."""
    service, said = asked.service, asked.form
    code, basis = said.get("purpose", ""), said.get("basis", "")
    purpose = Purpose(code) if code in set(Purpose) else None
    secret = session_secret(asked.request)
    if secret is not None:
        try:
            kept = read_basis(basis) if basis else None
        except BadRequestError as error:
            frame = asked.frame
            wrong = FieldProblem("basis", frame.page("basis"), "", frame.words(error.rule), "")
            return _login(frame, next_of(said.get("next")), wrong)
        await service.ask(service.gate.say_purpose, secret, purpose, kept)
    return _led_to(next_of(said.get("next")) or asked.frame.path("login"))


def lacks_purpose(code: RefusalCode) -> bool:
    """Say whether a purpose that is said may help."""
    return code in {RefusalCode.PURPOSE_MISSING, RefusalCode.PURPOSE_NOT_OF_ROLE}


def session_form(frame: Frame) -> Mapping[str, Any] | None:
    """Give what a template needs to ask for what somebody asks; None of who is not signed in."""
    signed_in = frame.signed_in
    if signed_in is None:
        return None
    roles = {each.role for each in signed_in.askers}
    offered = [
        (row.code, frame.terms.name(row, row.code))
        for row in load_access_policy().purposes
        if not row.implied and roles & set(row.roles)
    ]
    return {
        "roles": [frame.terms.of("asker_role", each) for each in sorted(roles)],
        "organisation": who_of(frame, signed_in),
        "until": f"{signed_in.until.astimezone(CHINA):%Y-%m-%d %H:%M}",
        "purposes": offered,
        "purpose": signed_in.purpose,
        "basis": signed_in.basis or "",
        "next": next_of(frame.here()),
    }


def who_of(frame: Frame, signed_in: SignedIn) -> str:
    """Name who is signed in: a department, a region, a subject by its code."""
    who = signed_in.askers[0]
    if who.role is Role.DEPARTMENT and who.organisation is not None:
        return frame.naming.department(who.organisation)
    if who.role is Role.REGION and who.region is not None:
        found = load_divisions().current(who.region)
        return who.region if found is None else found.name
    return who.organisation or who.person or ""


def next_of(text: str | None) -> str | None:
    """Give the page of ours that an address names; None of any other."""
    if text is None or _ADDRESS.fullmatch(text) is None or text.split("/")[2][:5] == "login":
        return None
    return text


def _login(frame: Frame, where: str | None, wrong: FieldProblem | None = None) -> Response:
    return frame.render(
        "login.html",
        status=HTTPStatus.OK if wrong is None else HTTPStatus.BAD_REQUEST,
        headers={"Cache-Control": PRIVATE},
        current="login",
        session=session_form(frame),
        problems=[] if wrong is None else [wrong],
        next=where or "",
    )


def _first_page(frame: Frame, signed_in: SignedIn) -> str:
    """Give the page that a role begins with."""
    roles = {each.role for each in signed_in.askers}
    return frame.path(next((name for name, whose in NAV if whose & roles), "login"))


async def _finish(asked: PageAsked) -> None:
    secret = session_secret(asked.request)
    if secret is not None:
        await asked.service.ask(asked.service.gate.sign_out, secret)


def _led_to(where: str) -> RedirectResponse:
    headers = {**HEADERS, "Cache-Control": PRIVATE}
    return RedirectResponse(where, HTTPStatus.SEE_OTHER, headers)


def _keep(request: Request, answer: Response, secret: str) -> None:
    answer.set_cookie(
        cookie_name(request),
        secret,
        max_age=int(LONGEST.total_seconds()),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
