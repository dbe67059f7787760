"""What is asked across subjects: archives, lists and their entries, warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from events.rules.access import View
from projections.day.shapes import ListStatus
from projections.http.asking import parameters as p
from projections.http.asking.asked import json_answer
from projections.http.errors import BadRequestError
from projections.http.stream import is_wanted
from projections.http.words import Words
from projections.notices.subscription import subscription
from projections.queries import finding, overview, warning_log
from projections.queries.disclosed.lists import disclosed_members

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
    if asked.permit.view is not View.WHOLE:
        return await _disclosed_members(asked)
    page = await asked.ask(
        overview.list_members,
        asked[p.PLATFORM],
        asked[p.LIST],
        status=asked[p.STATUS],
        region=asked[p.WITHIN],
        limit=asked[p.LIMIT],
        after=asked[p.AFTER_MEMBER],
    )
    asked.subjects = [each.subject_id for each in page.members]
    return json_answer(page, headers=asked.next_link(page.next_after))


async def _disclosed_members(asked: Asked) -> Response:
    """Answer the entries that are in effect and that the reader may see today."""
    if asked[p.STATUS] not in (None, ListStatus.IN_EFFECT):
        rule = Words("in_effect: no other is shown", "仅可查询 in_effect")
        raise BadRequestError("status", str(asked[p.STATUS]), rule)
    page = await asked.ask(
        disclosed_members,
        asked[p.PLATFORM],
        asked[p.LIST],
        asked.service.today(),
        asked.service.calendar,
        asked.permit.view,
        region=asked[p.WITHIN],
        limit=min(asked[p.LIMIT], finding.PAGE_SUBJECTS_MAX),
        after=asked[p.AFTER_MEMBER],
    )
    asked.subjects = [each.subject_id for each in page.members]
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
    if asked.permit.only_for is not None:
        mine = subscription(asked.service.calendar.rulebook, department=asked.permit.only_for)
        told = [each for each in page.warnings if is_wanted(each, mine)]
        page = msgspec.structs.replace(page, warnings=told)
    asked.subjects = [each.subject_id for each in page.warnings]
    return json_answer(page, headers=asked.next_link(page.next_after))
