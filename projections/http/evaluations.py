"""Routes of yearly evaluations and of regions: each subject and each region by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from projections.http import parameters as read
from projections.queries import evaluation_report
from projections.queries.region_now import region_now

if TYPE_CHECKING:
    from starlette.requests import Request

FINAL = "public, max-age=31536000, immutable"
FRESH = "no-cache"


def evaluation_routes() -> list[Route]:
    """Give the routes."""
    return [
        Route("/v1/{platform}/subjects/{subject}/evaluations/{year}", subject_year),
        Route("/v1/evaluations", years),
        Route("/v1/evaluations/{year}/regions/{region}", region_year),
        Route("/v1/regions/{region}", region),
    ]


async def years(request: Request) -> Response:
    """Answer which years are frozen, with the digests over their rows."""
    return _json(await request.app.state.service.ask(evaluation_report.years))


async def subject_year(request: Request) -> Response:
    """Answer a subject's evaluation of a year, with the reasons of its points."""
    service, platform = request.app.state.service, read.platform_of(request)
    subject, year = read.subject_of(request, platform), read.year_of(request)
    found = await service.ask(
        evaluation_report.subject_year, platform, subject, year, service.calendar
    )
    return _json(found.answer, FRESH if found.answer.differs else FINAL)


async def region_year(request: Request) -> Response:
    """Answer a region's evaluation of a year, with all that it was read from."""
    code, year = read.region_of(request), read.year_of(request)
    found = await request.app.state.service.ask(evaluation_report.region_year, code, year)
    return _json(found, FINAL)


async def region(request: Request) -> Response:
    """Answer a region's index now, from the live read models."""
    service, code = request.app.state.service, read.region_of(request)
    on = read.day_of(request, "on", service.today())
    return _json(await service.ask(region_now, service.calendar, code, on))


def _json(value: Any, cache: str = FRESH) -> Response:
    body = msgspec.json.encode(value, order="sorted")
    return Response(body, media_type="application/json", headers={"Cache-Control": cache})
