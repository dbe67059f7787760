"""The lists that a law publishes, and who is on each by today; of natural persons nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.envelope import Platform
from events.rules.access import View
from events.rules.divisions import ZHEJIANG, ZHEJIANG_CITIES
from events.rules.rulebook import load_rulebook
from projections.http.asking import parameters as p
from projections.queries.disclosed.lists import DisclosedList, disclosed_members

if TYPE_CHECKING:
    from starlette.responses import Response

    from ops.pages.opened import PageAsked

ENTRIES_OF_PAGE: Final = 50


async def lists_page(asked: PageAsked) -> Response:
    """Answer which lists there are."""
    frame = asked.frame
    return frame.render(
        "lists.html",
        current="lists",
        lists=[(code, frame.naming.list_name(code)) for code in load_rulebook().lists],
    )


async def list_page(asked: PageAsked) -> Response:
    """Answer the entries of a list that are in effect and published, in the order of codes."""
    service, frame, code = asked.service, asked.frame, asked[p.LIST]
    found: DisclosedList = await service.ask(
        disclosed_members,
        *(Platform.ORGANISATION, code, service.today(), service.calendar, View.PUBLIC),
        region=asked[p.WITHIN],
        limit=ENTRIES_OF_PAGE,
        after=asked[p.AFTER_MEMBER],
    )
    today = service.today()
    return frame.render(
        "list.html",
        current="lists",
        code=code,
        name=frame.naming.list_name(code),
        members=[
            (each, frame.terms.of("ground", each.ground), frame.place(each.region, today))
            for each in found.members
        ],
        region=asked[p.WITHIN] or "",
        places=[(each, frame.place(each, today)) for each in (ZHEJIANG, *ZHEJIANG_CITIES)],
        next=None if found.next_after is None else frame.here(after=found.next_after),
    )
