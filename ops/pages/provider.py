"""Signing in at the identity provider: the browser is led there, and comes back with a code.

What this attempt is known by again stands in a cookie of the browser that began it, and nowhere
else. Whatever fails is told on the page to sign in, whose address holds neither code nor state.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from ops.doors.provider import AnswerUnfitError, Attempt, ProviderAwayError
from ops.pages.signing_in import address_here, led_in, led_to, next_of
from projections.http.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from ops.doors.provider import SignInProvider
    from ops.pages.opened import PageAsked
    from ops.pages.shared import SharedByPages

ATTEMPT_S: Final = 600
"""So long somebody may take at the provider."""
_COOKIE: Final = "credit_attempt"
_NEXT_CHARACTERS_MAX: Final = 2_000
OUTSIDE_MAX: Final = 8
"""So many wait for the provider at once, and as many again for them."""


async def begin_elsewhere(asked: PageAsked) -> Response:
    """Lead to the provider, and keep in the browser what this attempt is known by again."""
    request, frame = asked.request, asked.frame
    provider, where = _provider(request), next_of(request.query_params.get("next"))
    if provider is None:
        return led_to(frame.path("login"))
    attempt = Attempt()
    try:
        address = await _outside(request, provider.begin, attempt, _back(asked))
    except (ProviderAwayError, BusyError) as error:
        return _told(asked, error, where)
    answer = led_to(address)
    kept = "" if where is None or len(where) > _NEXT_CHARACTERS_MAX else where
    value = f"{attempt.secret}.{base64.urlsafe_b64encode(kept.encode()).decode().rstrip('=')}"
    name, secure = _cookie_name(request)
    answer.set_cookie(name, value, max_age=ATTEMPT_S, secure=secure, httponly=True, samesite="lax")
    return answer


async def come_back(asked: PageAsked) -> Response:
    """Sign in who comes back from the provider with a code of an attempt that this browser began.

    An attempt counts once. What was begun in another browser, or too long ago, is none.
    """
    request, service = asked.request, asked.service
    provider, said = _provider(request), request.query_params
    name, secure = _cookie_name(request)
    attempt, where = _begun(request.cookies.get(name, ""))
    if provider is None or attempt is None or not attempt.is_of(said.get("state", "")):
        return _led_back(asked, "provider_foreign", where)
    code, secret = said.get("code"), None
    if "error" in said or not code:
        answer = _led_back(asked, "provider_refused", where)
    else:
        try:
            claims = await _outside(
                request, provider.claims, attempt, _back(asked), code, said.get("iss")
            )
            secret = await service.ask(service.gate.sign_in_by_claims, claims)
        except (ProviderAwayError, AnswerUnfitError, BusyError) as error:
            answer = _told(asked, error, where)
        else:
            if secret is None:
                answer = _led_back(asked, "provider_no_role", where)
            else:
                answer = await led_in(asked, secret, where)
    answer.delete_cookie(name, secure=secure, httponly=True, samesite="lax")
    return answer


def _told(asked: PageAsked, error: Exception, where: str | None) -> Response:
    match error:
        case BusyError():
            return _led_back(asked, "provider_busy", where)
        case AnswerUnfitError():
            return _led_back(asked, "provider_unfit", where)
    return _led_back(asked, "provider_away", where)


def _led_back(asked: PageAsked, problem: str, where: str | None) -> Response:
    query = {"problem": problem} | ({"next": where} if where else {})
    return led_to(f"{asked.frame.path('login')}?{urlencode(query)}")


def _provider(request: Request) -> SignInProvider | None:
    shared: SharedByPages = request.state.shared
    return shared.provider


def _back(asked: PageAsked) -> str:
    """Give the address that the provider leads back to, and knows beforehand: one a language."""
    return address_here(asked.request, asked.frame.path("login", "back"))


def _begun(cookie: str) -> tuple[Attempt | None, str | None]:
    """Give the attempt that a browser began, and where it is to be led then."""
    secret, _, kept = cookie.partition(".")
    if not secret:
        return None, None
    try:
        where = base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4)).decode()
    except (binascii.Error, ValueError):
        where = ""
    return Attempt(secret), next_of(where)


def _cookie_name(request: Request) -> tuple[str, bool]:
    """Name the cookie of an attempt, and say whether it is for TLS alone; then for this host."""
    secure = request.url.scheme == "https"
    return (f"__Host-{_COOKIE}" if secure else _COOKIE), secure


async def _outside(request: Request, ask: Callable[..., Any], *given: Any) -> Any:
    """Ask the provider in a thread. Raises `BusyError` where too many wait for it."""
    shared: SharedByPages = request.state.shared
    return await shared.outside.run(ask, *given)
