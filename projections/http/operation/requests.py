"""Counts and times every request by its route; the registry of all metrics."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram

if TYPE_CHECKING:
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
    """Give the path of a request's route as it is declared, its parameters in braces."""
    row = scope.get("row")
    return "unknown" if row is None else str(row.path)
