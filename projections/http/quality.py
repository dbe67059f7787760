"""Routes that tell how well departments report, to both platforms together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from projections.http import parameters as read
from projections.queries import quality_report

if TYPE_CHECKING:
    from starlette.requests import Request


def quality_routes() -> list[Route]:
    """Give the routes."""
    return [
        Route("/v1/quality/departments", departments),
        Route("/v1/quality/missing", missing),
        Route("/v1/quality/targets", targets),
        Route("/v1/quality/queries", queries),
    ]


async def departments(request: Request) -> Response:
    """Answer how each department reported, in the order of codes."""
    service = request.app.state.service
    found = await service.ask(
        quality_report.departments,
        service.calendar.rulebook,
        month=read.month_of(request, "month"),
        department=request.query_params.get("department"),
    )
    return _json(found)


async def missing(request: Request) -> Response:
    """Answer the periods in which nothing was recorded of what must be reported regularly."""
    service = request.app.state.service
    today = service.today()
    found = await service.ask(
        quality_report.missing,
        service.calendar.rulebook,
        until=today,
        since=read.day_of(request, "since", today) if "since" in request.query_params else None,
        department=request.query_params.get("department"),
    )
    return _json(found)


async def targets(request: Request) -> Response:
    """Answer the plan's targets, and what the ledger knows of them."""
    service = request.app.state.service
    found = await service.ask(quality_report.targets, service.calendar.rulebook, on=service.today())
    return _json(found)


async def queries(request: Request) -> Response:
    """Answer how often was asked on each day of a month, by kind of question."""
    service = request.app.state.service
    month = read.month_of(request, "month") or service.today().replace(day=1)
    return _json(await service.ask(quality_report.queries, month=month))


def _json(value: Any) -> Response:
    body = msgspec.json.encode(value, order="sorted")
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})
