"""Warnings as server-sent events: from any cursor on, without limit, then live.

Each event's id is the cursor behind it, so a reader that reconnects misses nothing and gets
nothing twice. A cursor of other read models is answered by `event: resync`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import StreamingResponse

from events.rules.versions import Level, WarningKind
from projections.http import parameters as read
from projections.notices.subscription import Subscription, subscription
from projections.queries import queries
from projections.queries.warning_log import CursorForeignError, CursorUnreadableError, beginning

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from projections.queries.warning_log import WarningTold

POLL_S: Final = 0.1
PING_S: Final = 15.0
RETRY_MS: Final = 3_000


async def stream_warnings(request: Request) -> StreamingResponse:
    """Stream warnings; without a cursor from now on, with `after=start` from the first."""
    platform = read.platform_of(request)
    level = read.choice_of(request, "level", tuple(Level))
    kind = read.choice_of(request, "kind", tuple(WarningKind))
    domains = request.query_params.get("domain")
    wanted = subscription(
        request.app.state.service.calendar.rulebook,
        region=request.query_params.get("region"),
        domains=domains.split(",") if domains else (),
        level=None if level is None else Level(level),
        kind=None if kind is None else WarningKind(kind),
        department=request.query_params.get("department"),
    )
    return StreamingResponse(
        _events(request, platform, wanted),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(request: Request, platform: Any, wanted: Subscription) -> AsyncIterator[bytes]:
    service = request.app.state.service
    yield f"retry: {RETRY_MS}\n\n".encode()
    text = request.headers.get("last-event-id") or request.query_params.get("after")
    try:
        if text == "start":
            cursor = await service.ask(beginning, platform)
        elif text:
            cursor = queries.parse_cursor(text)
        else:
            cursor = await service.ask(queries.head, platform)
    except CursorUnreadableError:
        yield frame("the id is not one of this service", event="resync")
        return
    quiet_s = 0.0
    while not await request.is_disconnected():
        try:
            found = await service.ask(queries.resume, platform, cursor)
        except CursorForeignError:
            yield frame("the read models were rebuilt: read the whole again", event="resync")
            return
        for place, told in found.told:
            if _matches(told, wanted):
                quiet_s = 0.0
                body = msgspec.json.encode(told).decode()
                yield frame(body, cursor=queries.format_cursor(place))
        cursor = found.cursor
        if found.is_head:
            await asyncio.sleep(POLL_S)
            quiet_s += POLL_S
        if quiet_s >= PING_S:
            quiet_s = 0.0
            yield b": still here\n\n"


def _matches(told: WarningTold, wanted: Subscription) -> bool:
    return wanted.takes(
        region=told.region,
        domain=told.domain,
        level=told.level or told.previous_level,
        kind=told.kind,
        recipients=told.recipients,
    )


def frame(data: str, *, cursor: str | None = None, event: str | None = None) -> bytes:
    """Frame one event; a line break of any kind in a value can not begin a field of its own."""
    lines = [f"id: {_line(cursor)}"] if cursor else []
    lines += [f"event: {_line(event)}"] if event else []
    lines += [f"data: {_line(part)}" for part in data.replace("\r", "\n").split("\n")]
    return ("\n".join(lines) + "\n\n").encode()


def _line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ").replace("\0", " ")
