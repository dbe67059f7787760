"""The board of warnings: those that stand, where, and taking note of them.

What comes while it is read waits to be asked for, so that nothing moves under the eye.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.responses import RedirectResponse

from events.rules.access import Role
from events.rules.catalogue import load_catalogue
from events.rules.divisions import ZHEJIANG_CITIES
from events.rules.offices import lies_in
from events.rules.rulebook import load_rulebook
from events.rules.versions import Level, WarningKind
from ops.pages.board.tiles import tiles
from ops.pages.frame import HEADERS, moment_told
from projections.http.asking import parameters as p
from projections.http.asking.desk import TakenNote
from projections.http.asking.forms import WrittenForm
from projections.http.asking.parameter import optional
from projections.http.door.door import PRIVATE
from projections.http.duties import answers
from projections.http.words import Words
from projections.notices.subscription import functions_of, subscription
from projections.queries.board.board import board, parse_board_place
from projections.queries.outcomes import LineFate
from projections.queries.warning_log import format_cursor

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from starlette.responses import Response

    from ops.pages.frame import Frame
    from ops.pages.opened import PageAsked
    from projections.notices.subscription import Subscription
    from projections.queries.board.board import BoardRead, WarningOnBoard

ROWS_OF_BOARD: Final = 30
_taken: Final = msgspec.json.Decoder(TakenNote)
SHAPES: Final[Mapping[str, str]] = {"blue": "○", "yellow": "◇", "orange": "▲", "red": "■"}
"""What a level is told by beside its word and its colour."""

AFTER: Final = optional(
    "after",
    WrittenForm(
        parse_board_place,
        Words("the link to the next page", "“下一页”的链接"),
        "1781492400000/01920000-0000-7000-8000-000000000000",
    ),
    "The next page.",
)


async def board_page(asked: PageAsked) -> Response:
    """Answer the warnings that stand, of those that one may see, the newest first."""
    wanted = wanted_of(asked)
    found: BoardRead = await asked.ask(
        board,
        asked[p.PLATFORM],
        asked.service.calendar,
        wanted,
        limit=ROWS_OF_BOARD,
        after=asked[AFTER],
    )
    asked.subjects = [each.subject_id for each, _ in found.warnings]
    counted = await asked.request.state.shared.counts.of(asked, asked[p.PLATFORM], wanted)
    frame = asked.frame
    after, cities = found.next_after, _cities(asked)
    return frame.render(
        "board.html",
        current="board",
        found=found,
        shapes=SHAPES,
        when=_when,
        levels=[*reversed(Level)],
        kinds=[*WarningKind],
        domains=[(code, frame.naming.domain(code)) for code in load_catalogue().domains],
        places=[(code, frame.place(code, asked.service.today())) for code in cities],
        given={
            "region": asked[p.WARNED_REGION] or "",
            **{name: asked.given.get(name, "") for name in ("level", "domain", "kind")},
        },
        map=asked.request.state.shared.map,
        tiles=tiles(frame, counted.counts, cities, asked.service.today()),
        table=_table(frame, counted.counts, cities, asked),
        total=max(sum(counted.counts.values()), len(found.warnings)),
        counted_at=moment_told(counted.at)[11:],
        mine={each.warning_id for each, _ in found.warnings if _is_for(asked, each)},
        noted=_noted(frame, asked),
        stream=_stream(frame, found),
        here=frame.here(noted=None),
        next=None if after is None else frame.here(after=f"{after.recorded_ms}/{after.warning_id}"),
        told_at=f"{asked.service.now():%H:%M:%S}",
    )


def _cities(asked: PageAsked) -> list[str]:
    """Give the cities of which one may be told: of others no count is known, not even none."""
    region, today = asked.own(Role.REGION), asked.service.today()
    return [each for each in ZHEJIANG_CITIES if region is None or lies_in(region, each, today)]


def wanted_of(asked: PageAsked) -> Subscription:
    """Give which warnings are shown: what is asked for, of what is for who asks."""
    domains = asked[p.DOMAINS]
    return subscription(
        asked.service.calendar.rulebook,
        region=asked[p.WARNED_REGION],
        domains=() if domains is None else domains,
        level=asked[p.LEVEL_AT_LEAST],
        kind=asked[p.KIND],
        department=asked.permit.only_for,
    )


async def take_note(asked: PageAsked) -> Response:
    """Take note of a warning, and go back to where it stood."""
    answer = await answers.acknowledge(asked)
    taken = _taken.decode(answer.body)
    fate = "waits" if taken.outcome is LineFate.WAITING else "kept"
    where = f"{asked.frame.path('board')}?noted={fate}"
    headers = {**HEADERS, "Cache-Control": PRIVATE}
    return RedirectResponse(where, HTTPStatus.SEE_OTHER, headers)


def _is_for(asked: PageAsked, told: WarningOnBoard) -> bool:
    """Say whether who is signed in is to take note of a warning, and has not yet."""
    own = asked.own(Role.DEPARTMENT)
    if own is None or own in told.acknowledged_by:
        return False
    return own in told.recipients or told.domain in functions_of(load_rulebook(), own)


def _when(told: WarningOnBoard) -> str:
    """Say when a warning came about: a day's own at its beginning, so of that the day alone."""
    if told.by_time:
        return str(told.on)
    return moment_told(datetime.fromtimestamp(told.recorded_ms / 1000, UTC))[:16]


def _noted(frame: Frame, asked: PageAsked) -> str | None:
    said = asked.request.query_params.get("noted")
    return frame.page(f"noted_{said}") if said in ("waits", "kept") else None


def _stream(frame: Frame, found: BoardRead) -> str:
    query = frame.here(after=format_cursor(found.cursor), noted=None).partition("?")[2]
    return f"{frame.path('board')}/stream?{query}"


def _table(
    frame: Frame,
    counts: Mapping[tuple[str, str], int],
    cities: Collection[str],
    asked: PageAsked,
) -> list[tuple[str, str, list[int]]]:
    """Give the counts by region, in the order of codes: address, name, one a level."""
    today = asked.service.today()
    rows: list[tuple[str, str, list[int]]] = []
    for region in sorted({*cities, *(region for region, _ in counts)}):
        by_level = [counts.get((region, level), 0) for level in reversed(Level)]
        if region in cities or any(by_level):
            where = frame.here(region=region, after=None, noted=None)
            rows.append((where, frame.place(region, today), by_level))
    return rows
