"""The query service: thin routes over `projections.queries`; no rules, no SQL, no environment.

It is composed here of the table of routes, the answers to errors, and what every request passes.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect

from events.wire.schemas import load_schemas
from projections.http.asking.asked import Face, Service
from projections.http.asking.gate import NOBODY
from projections.http.counting import Counting
from projections.http.door.refusal import NotGivenError, answer_refused
from projections.http.edge import Edge
from projections.http.errors import (
    ERRORS,
    answer_error,
    answer_gone,
    answer_unforeseen,
    problem,
    repeated_part,
)
from projections.http.openapi import not_found_page
from projections.http.operation.requests import Metrics
from projections.http.registry.face import refusal, registry_answer, registry_routes
from projections.http.routes import ROUTES, starlette_routes
from projections.http.stream import Streams
from projections.queries.subject.long_histories import LongHistories

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from psycopg_pool import ConnectionPool
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from projections.calendar.rules import RuleCalendar
    from projections.http.artefact import Artefact
    from projections.http.asking.asked import Row
    from projections.http.asking.desk import Desk
    from projections.http.asking.evidence import EvidenceSource
    from projections.http.asking.gate import Gate
    from projections.http.asking.opening import NameOpener


class PagesForPeople(Protocol):
    """Pages for people: their routes, which addresses are theirs, how errors are told there."""

    @property
    def routes(self) -> Sequence[Route]:
        """The routes."""

    def has(self, path: str) -> bool:
        """Say whether an address is one of a page."""

    @property
    def error_page(
        self,
    ) -> Callable[[Request, Exception | None, int, Mapping[str, str]], Response]:
        """How an error is told, by its status and headers."""


def create_service(
    pool: ConnectionPool,
    calendar: RuleCalendar,
    now: Callable[[], datetime],
    end_offsets: Callable[[], Mapping[tuple[str, int], int]],
    artefacts: Callable[[], Mapping[str, Artefact]] = dict,
    *,
    gate: Gate = NOBODY,
    waiting_s: Callable[[Mapping[Any, int]], Mapping[Any, float]] = lambda _: {},
    latency_objective_s: float = 5.0,
    hosts: Collection[str] = (),
    desk: Desk | None = None,
    evidence: EvidenceSource | None = None,
    opener: NameOpener | None = None,
    disks: Callable[[], Iterable[tuple[str, int]]] = tuple,
    disk_floor_mb: int = 0,
    pages: PagesForPeople | None = None,
    at_end: Sequence[Callable[[], None]] = (),
) -> Starlette:
    """Compose the service. Who asks has the rights of its key, by the rows of the policy.

    `gate` knows the keys, and keeps who asked; without one everybody is the public.
    `now` is the one clock, in China. `artefacts` gives what is published of the standards, made
    when it is first asked for. `desk` takes what is reported, `evidence` gives
    what proves, `opener` the keys of names. `disks` gives the room on each disk of data. `hosts`
    are names it answers under beside those of the loopback. `pages` are for people; they ask what
    the routes ask. `at_end` is called when the service has answered its last request.
    """
    service = Service(
        pool=pool,
        calendar=calendar,
        now=now,
        end_offsets=end_offsets,
        waiting_s=waiting_s,
        artefacts=artefacts,
        latency_objective_s=latency_objective_s,
        histories=LongHistories(),
        gate=gate,
        desk=desk,
        evidence=evidence,
        opener=opener,
        disks=disks,
        disk_floor_mb=disk_floor_mb,
    )
    app = Starlette(
        routes=[
            *(() if pages is None else pages.routes),
            *starlette_routes(ROUTES),
            *registry_routes(load_schemas()),
        ],
        exception_handlers={
            kind: _on_its_face(answer, pages)
            for kind, answer in {
                **dict.fromkeys(ERRORS, answer_error),
                NotGivenError: answer_refused,
                HTTPException: _answer_unrouted,
                ClientDisconnect: answer_gone,
                Exception: answer_unforeseen,
            }.items()
        },
        middleware=[Middleware(Metrics), Middleware(Counting), Middleware(Edge, hosts=hosts)],
        lifespan=partial(_until_its_end, at_end),
    )
    app.router.redirect_slashes = False
    app.state.service = service
    app.state.rows = ROUTES
    app.state.streams = Streams(service)
    return app


@asynccontextmanager
async def _until_its_end(at_end: Sequence[Callable[[], None]], _: Starlette) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for close in at_end:
            close()


def _on_its_face(
    answer: Callable[[Request, Any], Response], pages: PagesForPeople | None
) -> Callable[[Request, Any], Response]:
    """Answer an error in the form of the face that was asked: on a page's address, as a page."""

    def answered(request: Request, error: Any) -> Response:
        told = answer(request, error)
        if pages is None or not (pages.has(request.url.path) or _is_mistyped(request, error)):
            return told
        again = {name: told.headers[name] for name in ("retry-after",) if name in told.headers}
        return pages.error_page(request, error, told.status_code, again)

    return answered


def _is_mistyped(request: Request, error: Any) -> bool:
    """Say whether somebody typed an address that nothing has: browsers ask for HTML."""
    unrouted = isinstance(error, HTTPException) and error.status_code == HTTPStatus.NOT_FOUND
    return unrouted and "text/html" in request.headers.get("accept", "")


def _answer_unrouted(request: Request, error: Any) -> Response:
    """Answer that there is no such path or method, in the form of the face that is nearest."""
    status, path = error.status_code, request.scope["path"]
    headers = dict(error.headers or {})
    phrase = HTTPStatus(status).phrase
    match face_of(path, request.app.state.rows):
        case Face.REGISTRY:
            answer = registry_answer(refusal(status, f"HTTP {status} {phrase}"), status)
            answer.headers.update(headers)
            return answer
        case Face.PAGE:
            return not_found_page(status, phrase)
        case Face.OURS:
            body = {
                "title": phrase,
                "status": status,
                "detail": f"{request.method} {repeated_part(path)}: nothing is asked so",
                "do": "/docs lists every question",
            }
            return problem(body, status, headers)


def face_of(path: str, rows: Sequence[Row]) -> Face:
    """Give the face of the route that a path has most in common with, from its beginning."""
    parts = path.split("/")[1:]

    def common(row: Row) -> int:
        count = 0
        for ours, theirs in zip(row.path.split("/")[1:], parts, strict=False):
            if ours != theirs and not (ours.startswith("{") and theirs):
                break
            count += 1
        return count

    best = max(rows, key=common)
    return best.face if common(best) else Face.OURS
