"""What is asked across subjects: archives, lists and their entries, warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.http.asking import parameters as p
from projections.http.asking.asked import json_answer
from projections.queries import overview, warning_log

if TYPE_CHECKING:
    from starlette.responses import Response

    from projections.http.asking.asked import Asked


async def archives(asked: Asked) -> Response:
    """Answer the archives that there are, in the order of their file."""
    return json_answer(list(asked.service.calendar.rulebook.archives.values()))


async def lists(asked: Asked) -> Response:
    """Answer the lists and how many entries of each status they hold."""
    return json_answer(await asked.ask(overview.list_counts, asked[p.PLATFORM]))


async def list_members(asked: Asked) -> Response:
    """Answer the entries of a list, in the order of subjects."""
    page = await asked.ask(
        overview.list_members,
        asked[p.PLATFORM],
        asked[p.LIST],
        status=asked[p.STATUS],
        region=asked[p.WITHIN],
        limit=asked[p.LIMIT],
        after=asked[p.AFTER_MEMBER],
    )
    return json_answer(page, headers=asked.next_link(page.next_after))


async def warnings(asked: Asked) -> Response:
    """Answer warnings in the order of telling."""
    page = await asked.ask(
        warning_log.warnings,
        asked[p.PLATFORM],
        region=asked[p.WARNED_REGION],
        level=asked[p.LEVEL],
        domains=asked[p.DOMAINS],
        kind=asked[p.KIND],
        subject_id=asked[p.OF_SUBJECT],
        active=asked[p.ACTIVE],
        limit=asked[p.LIMIT],
        after=asked[p.AFTER_WARNING],
    )
    return json_answer(page, headers=asked.next_link(page.next_after))
