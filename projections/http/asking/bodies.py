"""Reading bodies within bounds: of each, and of all that are held at once."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from projections.http.errors import NOT_SHOWN, BadRequestError, BusyError
from projections.http.words import Words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

BODIES_BYTES_MAX: Final = 256 * 1024 * 1024


class Bodies:
    """The bodies that are held at once, bounded in sum: many large ones are told to come again."""

    def __init__(self, bytes_max: int = BODIES_BYTES_MAX) -> None:
        """Hold none yet."""
        self._bytes_max = bytes_max
        self._held = 0

    @asynccontextmanager
    async def of(
        self, request: Request, bytes_max: int, do: Words | None = None
    ) -> AsyncIterator[bytes]:
        """Read a body, which is held until it is done with; `do` is what helps one too long.

        Raises `BadRequestError` for one over its bound, `BusyError` where there is no room.
        """
        data = bytearray()
        try:
            async for chunk in request.stream():
                data += chunk
                self._held += len(chunk)
                if len(data) > bytes_max:
                    rule = Words(f"at most {bytes_max} bytes", f"至多 {bytes_max} 字节")
                    raise BadRequestError("body", NOT_SHOWN, rule, do)
                if self._held > self._bytes_max:
                    raise BusyError
            yield bytes(data)
        finally:
            self._held -= len(data)
