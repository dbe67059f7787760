"""What is asked across subjects: archives, lists and their entries, warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from anyio.to_thread import run_sync

from events.envelope import Platform
from events.rules.access import View
from projections.access.asker import RefusalCode
from projections.day.shapes import ListStatus
from projections.http.asking import parameters as p
from projections.http.asking.asked import json_answer
from projections.http.asking.opening import opened_persons
from projections.http.door.refusal import NotGivenError
from projections.http.errors import BadRequestError
from projections.http.stream import is_wanted
from projections.http.words import Words
from projections.notices.subscription import subscription
from projections.queries import finding, overview, warning_log
from projections.queries.disclosed.lists import disclosed_members
from projections.queries.disclosed.persons import published_persons

if TYPE_CHECKING:
    from starlette.responses import Response

    from projections.http.asking.asked import Asked
    from projections.queries.disclosed.persons import PersonsSealed, PublishedPersons

NEVER_KEPT: Final[str] = "no-store"
"""How an answer that names persons goes to the public: no cache outlives the term."""


async def archives(asked: Asked) -> Response:
    """Answer the archives that there are, in the order of their file."""
    return json_answer(list(asked.service.calendar.rulebook.archives.values()))


async def lists(asked: Asked) -> Response:
    """Answer the lists and how many entries of each status they hold."""
    return json_answer(await asked.ask(overview.list_counts, asked[p.PLATFORM]))


async def list_members(asked: Asked) -> Response:
    """Answer the entries of a list, in the order of subjects."""
    if asked.permit.view is View.PUBLIC and asked[p.PLATFORM] is Platform.PERSON:
        page = await persons_listed(asked, min(asked[p.LIMIT], finding.PAGE_SUBJECTS_MAX))
        return json_answer(page, NEVER_KEPT, headers=asked.next_link(page.next_after))
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


async def persons_listed(asked: Asked, limit: int) -> PublishedPersons:
    """Give the persons on a list that a law publishes, named.

    Raises `NotGivenError` of every other list, whoever is on it.
    """
    _only_in_effect(asked)
    service, after = asked.service, asked[p.AFTER_MEMBER]
    found: PersonsSealed | None = await asked.ask(
        published_persons,
        asked[p.LIST],
        service.today(),
        service.calendar,
        region=asked[p.WITHIN],
        limit=limit,
        after=None if after is None else after[1],
    )
    if found is None or not asked.permit.names:
        raise NotGivenError(RefusalCode.NOTHING_PUBLIC, asked.permit.rule)
    return await run_sync(opened_persons, asked[p.LIST], found, service.opener)


def _only_in_effect(asked: Asked) -> None:
    """Refuse to tell of other entries than those in effect. Raises `BadRequestError`."""
    if asked.said("status") not in (None, ListStatus.IN_EFFECT):
        rule = Words("in_effect: no other is shown", "仅可查询 in_effect")
        raise BadRequestError("status", str(asked.said("status")), rule)


async def _disclosed_members(asked: Asked) -> Response:
    """Answer the entries that are in effect and that the reader may see today."""
    _only_in_effect(asked)
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
