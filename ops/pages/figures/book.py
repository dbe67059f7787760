"""The book of a year (信用蓝皮书): all that is frozen of it, region by region, to be printed.

Figures of regions and of all, no subject by name; cities stand in the order of their codes.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from events.envelope import CHINA
from ops.evidence.pages.parts import parts_of
from ops.pages.figures.plan import regions_of_year
from ops.pages.frame import moment_told
from ops.pages.parts import ToldSection
from ops.pages.problems import told_page
from ops.told.region import RegionTold
from projections.http.asking import parameters as p
from projections.queries.evaluation_report import years

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from ops.pages.opened import PageAsked
    from projections.store.evaluation import Frozen


class PartOfYear(NamedTuple):
    """A part of a frozen year, and before which moment was known what it rests on."""

    frozen: Frozen
    known_before: str


async def book_page(asked: PageAsked) -> Response:
    """Answer the book of a year; of one that is not frozen, that it is not."""
    service, frame, year = asked.service, asked.frame, asked[p.YEAR]
    frozen: Sequence[Frozen] = [each for each in await asked.ask(years) if each.year == year]
    if not frozen:
        said = frame.page("year_not_frozen", year=year)
        return told_page(frame, HTTPStatus.NOT_FOUND, said, frame.page("book_do"))
    found = await asked.ask(regions_of_year, year)
    chapters = [
        ToldSection(
            frame.place(code, service.today()),
            list(parts_of(RegionTold(evaluation, frame.language).laid_out(()))),
        )
        for code, evaluation in found
        if evaluation is not None
    ]
    return frame.render(
        "book.html",
        current="years",
        year=year,
        parts=[PartOfYear(each, _known_before(each)) for each in frozen],
        rules=sorted({rule for each in frozen for rule in each.rules}),
        chapters=chapters,
        without=[
            frame.place(code, service.today()) for code, evaluation in found if evaluation is None
        ],
    )


def _known_before(frozen: Frozen) -> str:
    return moment_told(datetime.fromtimestamp((frozen.known_ms + 1) / 1000, CHINA))
