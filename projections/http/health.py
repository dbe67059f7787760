"""Health, readiness and Prometheus metrics."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from events.envelope import Platform
from events.topics import ledger_topic
from projections import queries

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

REGISTRY = CollectorRegistry()
_requests = Counter(
    "credit_ledger_requests",
    "Requests by route and status.",
    ["route", "status"],
    registry=REGISTRY,
)
_seconds = Histogram(
    "credit_ledger_request_seconds", "Duration of requests.", ["route"], registry=REGISTRY
)
_labels = ["platform", "partition"]
_position = Gauge("credit_ledger_position", "Next offset to apply.", _labels, registry=REGISTRY)
_end = Gauge("credit_ledger_end", "End of the ledger.", _labels, registry=REGISTRY)
_lag = Gauge("credit_ledger_lag_events", "Events not applied yet.", _labels, registry=REGISTRY)
_age = Gauge(
    "credit_ledger_newest_event_age_seconds",
    "Age of the newest event applied.",
    ["platform"],
    registry=REGISTRY,
)
_parked = Gauge("credit_ledger_parked_subjects", "Parked.", ["platform"], registry=REGISTRY)
_outbox = Gauge("credit_ledger_outbox_rows", "Unpublished.", ["platform"], registry=REGISTRY)


class Metrics:
    """Counts and times requests by route, never by subject."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request and note its route, status and duration."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = route_of(scope)
            _requests.labels(route, str(status)).inc()
            _seconds.labels(route).observe(time.perf_counter() - began)


def route_of(scope: Scope) -> str:
    """Give the route of a request as it is declared, its parameters in braces."""
    for route in scope["app"].routes:
        if route.matches(scope)[0] is Match.FULL:
            return str(route.path)
    return "unknown"


def health_routes() -> list[Route]:
    """Give the routes that operators and their tools call."""
    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


async def healthz(_request: Request) -> Response:
    """Answer that the process runs."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Answer whether the database answers and the read models are there; 503 where not."""
    service = request.app.state.service
    found = {p: (await service.ask(queries.coverage, p)).events for p in Platform}
    return JSONResponse({"status": "ready", "events": found})


async def metrics(request: Request) -> Response:
    """Answer metrics; lag counts to the end of the ledger as Kafka tells it, where it answers."""
    service = request.app.state.service
    ends: dict[Any, int] = {}
    try:
        ends = await service_ends(service)
    except Exception:  # noqa: BLE001 - without Kafka the rest is still worth telling
        ends = {}
    for platform in Platform:
        coverage = await service.ask(queries.coverage, platform)
        _parked.labels(platform).set(coverage.parked)
        _outbox.labels(platform).set(coverage.outbox)
        if coverage.recorded_until is not None:
            _age.labels(platform).set(time.time() - coverage.recorded_until.timestamp())
        for position in await service.ask(queries.positions, platform):
            labels = (platform, str(position.partition))
            _position.labels(*labels).set(position.next_offset)
            end = ends.get((ledger_topic(platform), position.partition))
            if end is not None:
                _end.labels(*labels).set(end)
                _lag.labels(*labels).set(end - position.next_offset)
    return Response(generate_latest(REGISTRY), media_type="text/plain; version=0.0.4")


async def service_ends(service: Any) -> dict[Any, int]:
    """Ask for the ends of the ledger in a thread."""
    return dict(await run_in_threadpool(service.end_offsets))
