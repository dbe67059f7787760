"""Signing in by a key, signing out, and saying for what one asks."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

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
    from ops.pages.shared import SharedByPages
    from projections.http.asking.gate import SignedIn

_ADDRESS: Final = re.compile(r"/(?:zh|en)/[^/\\\s][^\\\s]*")
"""A page of ours: no other host, however it is written."""
PROVIDER: Final = "provider"
"""The link to the identity provider, and what stands in addresses for it."""
FAULTS: Final[Mapping[str, int]] = {
    "provider_away": HTTPStatus.SERVICE_UNAVAILABLE,
    "provider_busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "provider_refused": HTTPStatus.FORBIDDEN,
    "provider_foreign": HTTPStatus.BAD_REQUEST,
    "provider_unfit": HTTPStatus.BAD_REQUEST,
    "provider_no_role": HTTPStatus.FORBIDDEN,
}
"""Why nobody was signed in at the provider, each with the status that tells it."""


async def login_page(asked: PageAsked) -> Response:
    """Answer where to sign in; who is signed in sees as whom, and may say for what.

    Why signing in at the provider failed is told here, so that no code stands in the address.
    """
    frame, said = asked.frame, asked.request.query_params
    shared: SharedByPages = asked.request.state.shared
    may_begin = frame.signed_in is None and shared.provider is not None
    fault = FAULTS.get(said.get("problem", "")) if may_begin else None
    wrong = None
    if fault is not None:
        code = said["problem"]
        label = frame.page("provider_field")
        wrong = FieldProblem(PROVIDER, label, "", frame.page(code), frame.page(f"{code}_do"))
    has_left = said.get("left") == "provider"
    where = next_of(said.get("next"))
    return _login(frame, where, wrong, status=fault or HTTPStatus.OK, has_left=has_left)


async def log_in(asked: PageAsked) -> Response:
    """Begin a session by a key, always a new one."""
    service, frame, key = asked.service, asked.frame, asked.form.get("key", "")
    secret: str | None = await service.ask(service.gate.sign_in, key)
    if secret is None:
        rule, do = frame.page("key_wrong"), frame.page("key_do")
        wrong = FieldProblem("key", frame.page("key_field"), "", rule, do)
        where = next_of(asked.form.get("next"))
        return _login(frame, where, wrong, status=HTTPStatus.BAD_REQUEST)
    return await led_in(asked, secret, asked.form.get("next"))


async def led_in(asked: PageAsked, secret: str, where: str | None) -> Response:
    """End the session that there was, and lead who begins one to a page of ours."""
    service = asked.service
    await _finish(asked)
    signed_in: SignedIn | None = await service.ask(service.gate.signed_in, secret)
    answer = led_to(next_of(where) or _first_page(asked.frame, signed_in))
    _keep(asked.request, answer, secret)
    return answer


async def log_out(asked: PageAsked) -> Response:
    """End the session; who was signed in by the provider is told that there is one there, too."""
    frame = asked.frame
    await _finish(asked)
    by_provider = frame.signed_in is not None and frame.signed_in.by_provider
    answer = led_to(frame.path("login") + ("?left=provider" if by_provider else ""))
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
            where = next_of(said.get("next"))
            return _login(frame, where, wrong, status=HTTPStatus.BAD_REQUEST)
        await service.ask(service.gate.say_purpose, secret, purpose, kept)
    return led_to(next_of(said.get("next")) or asked.frame.path("login"))


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


def address_here(request: Request, path: str) -> str:
    """Give a page's whole address, as whoever asks names this host; hosts of others are refused."""
    return f"{request.url.scheme}://{request.headers['host']}{path}"


def _login(
    frame: Frame,
    where: str | None,
    wrong: FieldProblem | None = None,
    *,
    status: int,
    has_left: bool = False,
) -> Response:
    shared: SharedByPages = frame.request.state.shared
    provider = shared.provider
    leave = None
    if provider is not None and has_left and frame.signed_in is None:
        leave = provider.leave(address_here(frame.request, frame.path("login")))
    begin = frame.path("login", PROVIDER)
    return frame.render(
        "login.html",
        status=status,
        headers={"Cache-Control": PRIVATE},
        current="login",
        session=session_form(frame),
        problems=[] if wrong is None else [wrong],
        next=where or "",
        provider=None if provider is None else provider.name,
        begin=f"{begin}?{urlencode({'next': where})}" if where else begin,
        leave=leave,
    )


def _first_page(frame: Frame, signed_in: SignedIn | None) -> str:
    """Give the page that a role begins with; of whose key ended meanwhile, where to sign in."""
    roles = set() if signed_in is None else {each.role for each in signed_in.askers}
    return frame.path(next((name for name, whose in NAV if whose & roles), "login"))


async def _finish(asked: PageAsked) -> None:
    secret = session_secret(asked.request)
    if secret is not None:
        await asked.service.ask(asked.service.gate.sign_out, secret)


def led_to(where: str) -> RedirectResponse:
    """Lead a browser on; nobody keeps where to."""
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
