"""A file of all firms, page by page: one is held at a time, and recorded before it leaves.

A file that cannot be finished is cut off without its last chunk, so that no client takes it for
whole: the right ended, the database is away, or an inquiry could not be kept.
"""

from __future__ import annotations

import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from starlette.responses import StreamingResponse

from projections.exports.exporting import MEDIA_TYPES, head_of, lines_of
from projections.http.asking import parameters as p
from projections.http.errors import FramingUnknownError
from projections.queries.disclosed.exporting import ExportPlace, export_page

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.types import Receive, Scope, Send

    from projections.exports.exported import ExportFormat
    from projections.http.asking.asked import Asked
    from projections.queries.disclosed.exporting import ExportPage

_log: Final = logging.getLogger(__name__)


class CutOffError(Exception):
    """A file ends before its end, as it is no longer given."""


class _File(StreamingResponse):
    """An answer that stops without its end where that is never reached, and says so in the log."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - whatever it is, the file is cut off, and it is logged
            causes = getattr(error, "exceptions", (error,))
            _log.warning("an export was cut off: %s", ", ".join(type(c).__name__ for c in causes))


async def export_file(asked: Asked) -> StreamingResponse:
    """Answer a file. What its first page refuses is refused as with any question.

    Raises `FramingUnknownError`.
    """
    if asked.request.scope["http_version"] == "1.0":
        raise FramingUnknownError
    first = await _page(asked, ExportPlace())
    wanted: ExportFormat = asked.said("format")
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="credit-ledger.{wanted}"',
    }
    return _File(_parts(asked, wanted, first), media_type=MEDIA_TYPES[wanted], headers=headers)


async def _page(asked: Asked, after: ExportPlace) -> ExportPage:
    service = asked.service
    found: ExportPage = await service.ask_costly(
        export_page,
        asked[p.PLATFORM],
        service.today(),
        service.calendar,
        asked.permit.view,
        after,
        region=asked[p.SEATED_IN],
        department=asked.permit.department,
    )
    return found


async def _parts(asked: Asked, wanted: ExportFormat, first: ExportPage) -> AsyncGenerator[bytes]:
    yield head_of(wanted)
    async with aclosing(_pages(asked, first)) as pages:
        async for page in pages:
            lines = [
                line
                for subject in page.subjects
                for line in lines_of(wanted, subject, asked.service.calendar.rulebook)
            ]
            part = b"".join(lines)
            if not part:
                continue
            await asked.lasting.record([each.profile.subject_id for each in page.subjects], part)
            yield part


async def _pages(asked: Asked, first: ExportPage) -> AsyncGenerator[ExportPage]:
    page = first
    yield page
    while page.next_after is not None:
        if not await asked.lasting.holds():
            raise CutOffError
        page = await _page(asked, page.next_after)
        yield page
