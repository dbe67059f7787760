"""Routes of analysis: counts of warnings over time; no subject is named in any answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from events.dates import add_months
from projections.http import parameters as read
from projections.queries import warning_analysis
from projections.queries.warning_analysis import By

if TYPE_CHECKING:
    from starlette.requests import Request

MONTHS_BEFORE = 12


def analysis_routes() -> list[Route]:
    """Give the routes."""
    return [Route("/v1/{platform}/analysis/warnings", warnings)]


async def warnings(request: Request) -> Response:
    """Answer how many warnings stood at the end of each month, by industry, field, region, kind."""
    service, platform = request.app.state.service, read.platform_of(request)
    by = By(read.choice_of(request, "by", tuple(By)) or By.DOMAIN)
    until = read.day_of(request, "until", service.today())
    since = read.day_of(request, "since", add_months(until, -MONTHS_BEFORE))
    every = read.number_of(request, "every", 1, 12)
    days = warning_analysis.sample_days(since, until, max(every, 1))
    found = await service.ask(warning_analysis.standing, platform, by, days)
    body = msgspec.json.encode(found, order="sorted")
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})
