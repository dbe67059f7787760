"""Counts what is asked over HTTP, by day, platform and kind; written behind the answers."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import Counter

from events.envelope import Platform
from projections.http.operation.requests import REGISTRY
from projections.store.query_count import CountedQuery, QueryTally, add_queries

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from projections.http.asking.asked import Row

WRITE_EVERY_S: Final = 5.0
_ANSWERED: Final = 200
_queries = Counter(
    "credit_ledger_queries",
    "Questions answered, by platform and kind.",
    ["platform", "kind"],
    registry=REGISTRY,
)


class Counting:
    """Notes each question that was answered, never of whom; writes what was noted now and then."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self._app = app
        self._tally = QueryTally()
        self._written_s = time.monotonic()
        self._writing = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; count it once it has been answered."""
        if scope["type"] == "lifespan":
            await self._app(scope, self._writing_before_end(scope, receive), send)
            return
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await self._app(scope, receive, noted)
        row: Row | None = scope.get("row")
        if status != _ANSWERED or row is None or row.counts_as is None:
            return
        service, kind = scope["app"].state.service, row.counts_as
        platform = Platform(scope["path_params"]["platform"].strip().lower())
        _queries.labels(platform, kind).inc()
        self._tally.note(CountedQuery(service.today(), platform, kind))
        if time.monotonic() - self._written_s >= WRITE_EVERY_S and not self._writing.locked():
            await self._write(service)

    def _writing_before_end(self, scope: Scope, receive: Receive) -> Receive:
        async def received() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._write(scope["app"].state.service)
            return message

        return received

    async def _write(self, service: Any) -> None:
        async with self._writing:
            self._written_s = time.monotonic()
            taken = self._tally.take()
            try:
                await service.ask(add_queries, taken)
            except Exception:  # noqa: BLE001 - an answer does not fail because its count cannot be kept
                for asked, count in taken.items():
                    self._tally.note(asked, count)
