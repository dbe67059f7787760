"""The plan's targets beside what the ledger knows of them, and the years that are frozen.

Cities stand in the order of their codes; nothing here ranks them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.rules.access import Role, load_access_policy
from events.rules.dated import version_on
from events.rules.divisions import ZHEJIANG, ZHEJIANG_CITIES
from events.rules.rulebook import load_rulebook
from projections.http.asking import parameters as p
from projections.http.asking.parameter import optional
from projections.http.asking.time_forms import YearForm
from projections.http.reports import inquiries_kept, use_asked
from projections.quality.plan_targets import must_report, of_province, supervising
from projections.queries.evaluation_report import (
    NotInYearError,
    YearNotFrozenError,
    region_year,
    years,
)
from projections.queries.quality_report import PlanReport, targets
from projections.store.evaluation import REGIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from psycopg import Connection
    from starlette.responses import Response

    from ops.pages.frame import Frame
    from ops.pages.opened import PageAsked
    from projections.evaluation.region_figures import RegionEvaluation
    from projections.evaluation.region_index import RegionIndex
    from projections.store.evaluation import Frozen

YEAR: Final = optional("year", YearForm(), "A year that is frozen; default the last.")


async def plan_page(asked: PageAsked) -> Response:
    """Answer the targets, each with its definition, its source and what the ledger knows of it."""
    service, frame = asked.service, asked.frame
    await inquiries_kept(asked)
    found: PlanReport = await service.ask(targets, service.calendar.rulebook, on=service.today())
    return frame.render(
        "plan.html",
        current="plan",
        targets=[(each, frame.terms.name(each, each.code)) for each in found.targets],
        figures=found.figures,
        month=f"{found.figures.month:%Y-%m}",
        rests=_rests_on(frame, f"{found.figures.month:%Y-%m}"),
        supervising=_supervising(frame, found.on),
    )


def _rests_on(frame: Frame, month: str) -> Mapping[str, str]:
    """Give where what a target is measured by is listed, or said how it is counted; by its code."""
    of_departments = frame.path("quality")
    return {
        "enterprises_recorded": "#kinds",
        "departments_reporting": of_departments,
        "categories_recorded": of_departments,
        "enterprise_queries_a_day": f"{frame.path('queries')}?month={month}",
        "local_governments_using": f"{frame.path('use')}?month={month}",
        "departments_supervising": "#supervising",
    }


def _supervising(frame: Frame, on: date) -> list[str]:
    """Name the departments of the province that classify those whom they supervise."""
    rulebook = load_rulebook()
    who = {code for code in supervising(rulebook, on) if must_report(rulebook.departments[code])}
    return [frame.naming.department(code) for code in sorted(of_province(rulebook, who))]


async def use_page(asked: PageAsked) -> Response:
    """Answer how departments, cities and counties used information in a month."""
    frame = asked.frame
    found = await use_asked(asked)
    purposes = {str(each.code): each for each in load_access_policy().purposes}
    return frame.render(
        "use.html",
        current="use",
        use=found,
        month=f"{found.month:%Y-%m}",
        is_whole=asked[p.USED_IN] is None,
        opens_places=_sees_places(asked),
        purpose_of=lambda code: frame.terms.name(purposes.get(code), code),
    )


def _sees_places(asked: PageAsked) -> bool:
    """Say whether a place may be opened by itself: a department sees its own figures alone."""
    who = () if asked.signed_in is None else asked.signed_in.askers
    return any(each.role is not Role.DEPARTMENT for each in who)


async def years_page(asked: PageAsked) -> Response:
    """Answer which years are frozen, and of one of them the index of each city."""
    service, frame = asked.service, asked.frame
    frozen: Sequence[Frozen] = await service.ask(years)
    last = max((each.year for each in frozen if each.part == REGIONS), default=None)
    year = asked[YEAR] or last
    regions = [] if year is None else await service.ask(regions_of_year, year)
    return frame.render(
        "years.html",
        current="years",
        frozen=frozen,
        year=year,
        is_frozen=any(each.year == year for each in frozen),
        regions=[
            (frame.place(code, service.today()), found, _symbol(frame, found))
            for code, found in regions
        ],
    )


def regions_of_year(
    connection: Connection[Any], year: int
) -> list[tuple[str, RegionEvaluation | None]]:
    """Give the province and its cities in the order of codes; None of what the year lacks."""
    found: list[tuple[str, RegionEvaluation | None]] = []
    for code in (ZHEJIANG, *ZHEJIANG_CITIES):
        try:
            found.append((code, region_year(connection, code, year).evaluation))
        except (YearNotFrozenError, NotInYearError):
            found.append((code, None))
    return found


def _symbol(frame: Frame, found: RegionEvaluation | None) -> str:
    index: RegionIndex | None = None if found is None else found.index
    if index is None or index.symbol is None:
        return ""
    model = next((m for m in load_rulebook().regions if m.id == index.model), None)
    version = None if model is None else version_on(model.in_force, index.model_from)
    symbols = () if version is None else version.symbols
    row = next((each for each in symbols if each.code == index.symbol), None)
    return frame.terms.name(row, index.symbol)
