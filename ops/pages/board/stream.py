"""The stream behind the board: the one of the API, as long as the session and its right last."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from ops.pages.opened import who_opens
from projections.http.stream import stream_warnings

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    from starlette.responses import StreamingResponse

    from ops.pages.opened import PageAsked

LOOKED_EVERY_S: Final = 1.0


async def board_stream(asked: PageAsked) -> StreamingResponse:
    """Stream what changes of the warnings that the board shows."""
    answer = await stream_warnings(asked)
    answer.body_iterator = _while_signed_in(asked, answer.body_iterator)
    return answer


async def _while_signed_in(asked: PageAsked, parts: AsyncIterable[Any]) -> AsyncIterator[Any]:
    """Pass parts on until the session, or the right of its key, is no more what it was.

    Looking on does not count as going on: a board that is left alone signs out as any page does.
    """
    before = asked.signed_in
    looked_s = time.monotonic()
    async for part in parts:
        if before is not None and time.monotonic() - looked_s >= LOOKED_EVERY_S:
            looked_s = time.monotonic()
            now = await who_opens(asked.request, goes_on=False)
            if now is None or now.askers != before.askers:
                return
        yield part
