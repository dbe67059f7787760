"""What every request passes first and every answer last: host, framing, slashes, headers, edition.

A web page of a stranger may resolve its own name to the loopback address and read what answers
there; so only requests that name a host of ours are answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request

from events.rules.edition import HEADER, edition
from projections.http.errors import ForeignHostError, FramingError, answer_error, repeated_part

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers of every answer that does not set its own: nothing here is to be run or framed."""


class Edge:
    """Refuses foreign hosts and doubled lengths, takes a path with a last slash as without it."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        """Wrap the application; it answers under these names and those of the loopback."""
        self._app = app
        self._hosts = LOOPBACK_NAMES | {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers[HEADER] = edition()
            await send(message)

        try:
            self._check(Headers(scope=scope))
        except (ForeignHostError, FramingError) as error:
            answer = answer_error(Request(scope), error)
            answer.headers["Connection"] = "close"
            await answer(scope, receive, secured)
            return
        scope["path"] = scope["path"].rstrip("/") or "/"
        await self._app(scope, receive, secured)

    def _check(self, headers: Headers) -> None:
        if "content-length" in headers and "transfer-encoding" in headers:
            raise FramingError(
                "Content-Length and Transfer-Encoding together: which holds is unsure"
            )
        named = headers.getlist("host")
        if len(named) != 1 or host_of(named[0]) not in self._hosts:
            told = ", ".join(map(repeated_part, named)) or "none"
            raise ForeignHostError(f"Host = {told!r}: not a name that this service answers under")


def host_of(header: str) -> str:
    """Give the name in a Host header, without its port, in lower case."""
    name, colon, port = header.lower().rpartition(":")
    return name if colon and (port.isascii() and port.isdecimal()) else header.lower()
