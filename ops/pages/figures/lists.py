"""The lists that a law publishes, and who is on each by today: of natural persons on two alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.envelope import Platform
from events.rules.access import View
from events.rules.divisions import ZHEJIANG, ZHEJIANG_CITIES
from events.rules.rulebook import load_rulebook
from projections.http.across import NEVER_KEPT, persons_listed
from projections.http.asking import parameters as p
from projections.queries.disclosed.lists import DisclosedList, disclosed_members

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from starlette.responses import Response

    from ops.pages.frame import Frame
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
        names_persons=service.calendar.rulebook.names_persons(code),
        places=_places(frame, today),
        next=None if found.next_after is None else frame.here(after=found.next_after),
    )


async def persons_page(asked: PageAsked) -> Response:
    """Answer the persons on a list whom a law publishes, by name and masked number.

    It is kept by no cache and sought by no search engine: what is taken back is to be gone.
    """
    frame, code, today = asked.frame, asked[p.LIST], asked.service.today()
    found = await persons_listed(asked, ENTRIES_OF_PAGE)
    return frame.render(
        "persons.html",
        headers={"Cache-Control": NEVER_KEPT, "X-Robots-Tag": "noindex, noarchive"},
        current="lists",
        code=code,
        name=frame.naming.list_name(code),
        members=[
            (
                each,
                frame.terms.of("ground", each.ground),
                frame.place(each.region, today),
                frame.naming.department(each.department),
            )
            for each in found.members
        ],
        region=asked[p.WITHIN] or "",
        places=_places(frame, today),
        next=None if found.next_after is None else frame.here(after=found.next_after),
    )


def _places(frame: Frame, on: date) -> Sequence[tuple[str, str]]:
    """Give the places by which a list is narrowed."""
    return [(each, frame.place(each, on)) for each in (ZHEJIANG, *ZHEJIANG_CITIES)]
