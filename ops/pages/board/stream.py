"""The stream behind the board: the one of the API, as long as the session and its right last."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from ops.pages.opened import session_secret, who_opens
from projections.http.stream import stream_warnings

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    from starlette.requests import Request
    from starlette.responses import StreamingResponse

    from ops.pages.opened import PageAsked
    from projections.access.asker import Asker

LOOKED_EVERY_S: Final = 1.0
_SESSIONS_MAX: Final = 1_000


class SessionLooks:
    """What the last look at a session saw: one look counts for all boards that it has open."""

    def __init__(self) -> None:
        """Begin without a look."""
        self._seen: dict[str, tuple[float, tuple[Asker, ...]]] = {}

    async def askers(self, request: Request) -> tuple[Asker, ...]:
        """Say as whom a session asks, none where it is over.

        A look is no sign of going on: a board that is left alone signs out as any page does.
        """
        secret, now_s = session_secret(request) or "", time.monotonic()
        seen = self._seen.get(secret)
        if seen is not None and now_s - seen[0] < LOOKED_EVERY_S / 2:
            return seen[1]
        if seen is not None:
            self._seen[secret] = now_s, seen[1]  # Its other boards need not look meanwhile.
        found = await who_opens(request, goes_on=False)
        if len(self._seen) >= _SESSIONS_MAX:
            self._seen.clear()
        self._seen[secret] = now_s, () if found is None else found.askers
        return self._seen[secret][1]


async def board_stream(asked: PageAsked) -> StreamingResponse:
    """Stream what changes of the warnings that the board shows."""
    answer = await stream_warnings(asked)
    answer.body_iterator = _while_signed_in(asked, answer.body_iterator)
    return answer


async def _while_signed_in(asked: PageAsked, parts: AsyncIterable[Any]) -> AsyncIterator[Any]:
    """Pass parts on until the session, or the right of its key, is no more what it was."""
    before, looks = asked.signed_in, asked.request.state.shared.looks
    looked_s = time.monotonic()
    async for part in parts:
        if before is not None and time.monotonic() - looked_s >= LOOKED_EVERY_S:
            looked_s = time.monotonic()
            if await looks.askers(asked.request) != before.askers:
                return
        yield part
