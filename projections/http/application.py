"""The query service: thin routes over `projections.queries`; no rules, no SQL, no environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from events.rules.versions import Level, WarningKind
from events.wire.schemas import load_schemas
from projections.day.shapes import ListStatus
from projections.http import parameters as read
from projections.http.analysis import analysis_routes
from projections.http.counting import Counting
from projections.http.errors import STATUS, NothingRecordedError, answer_error
from projections.http.evaluations import evaluation_routes
from projections.http.health import Metrics, health_routes
from projections.http.openapi import describe
from projections.http.quality import quality_routes
from projections.http.registry import registry_routes
from projections.http.standards import standards_routes
from projections.http.stream import stream_warnings
from projections.queries import queries, views

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from psycopg_pool import ConnectionPool
    from starlette.requests import Request

    from projections.calendar.rules import RuleCalendar
    from projections.http.standards import Artefact

FINAL = "public, max-age=31536000, immutable"
FRESH = "no-cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the routes share. Clock, `end_offsets` and `waiting_s` are all that is outside.

    `waiting_s` gives the age of the first event that waits, of partitions that are behind.
    """

    pool: ConnectionPool
    calendar: RuleCalendar
    today: Callable[[], date]
    end_offsets: Callable[[], Mapping[tuple[str, int], int]]
    waiting_s: Callable[[Mapping[tuple[str, int], int]], Mapping[tuple[str, int], float]]
    latency_objective_s: float

    async def ask(self, question: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a query in a thread, on a connection of the pool."""

        def run() -> Any:
            with self.pool.connection() as connection:
                return question(connection, *args, **kwargs)

        return await run_in_threadpool(run)


def create_app(
    pool: ConnectionPool,
    calendar: RuleCalendar,
    today: Callable[[], date],
    end_offsets: Callable[[], Mapping[tuple[str, int], int]],
    artefacts: Callable[[], Mapping[str, Artefact]] = dict,
    *,
    waiting_s: Callable[[Mapping[Any, int]], Mapping[Any, float]] = lambda _: {},
    latency_objective_s: float = 5.0,
) -> Starlette:
    """Compose the service. It knows no access rights yet: bind it to the loopback address only.

    `artefacts` gives what is published of the standards, made when it is first asked for.
    """
    service = Service(
        pool=pool,
        calendar=calendar,
        today=today,
        end_offsets=end_offsets,
        waiting_s=waiting_s,
        latency_objective_s=latency_objective_s,
    )
    base = "/v1/{platform}"
    routes = [
        Route(f"{base}/subjects/{{subject}}/profile", profile),
        Route(f"{base}/subjects/{{subject}}/history", history),
        Route(f"{base}/subjects/{{subject}}/state", state),
        Route(f"{base}/subjects/{{subject}}/cases", cases),
        Route(f"{base}/subjects/{{subject}}/hint", hint),
        Route("/v1/archives", archives),
        Route(f"{base}/lists", lists),
        Route(f"{base}/lists/{{list}}", list_members),
        Route(f"{base}/warnings", warnings),
        Route(f"{base}/warnings/stream", stream_warnings),
        Route("/openapi.json", openapi),
        Route("/docs", docs),
        *evaluation_routes(),
        *analysis_routes(),
        *quality_routes(),
        *standards_routes(artefacts),
        *health_routes(),
        *registry_routes(load_schemas()),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers=dict.fromkeys(STATUS, answer_error),
        middleware=[Middleware(Metrics), Middleware(Counting)],
    )
    app.state.service = service
    return app


def _json(value: Any, cache: str = FRESH) -> Response:
    body = value if isinstance(value, bytes) else msgspec.json.encode(value, order="sorted")
    return Response(body, media_type="application/json", headers={"Cache-Control": cache})


def _service(request: Request) -> Service:
    found: Service = request.app.state.service
    return found


async def _assessed(request: Request, query: Callable[..., Any]) -> Any:
    """Ask of the subject of a request, on its day or today."""
    service, platform = _service(request), read.platform_of(request)
    subject = read.subject_of(request, platform)
    on = read.day_of(request, "on", service.today())
    answer = await service.ask(query, platform, subject, on, service.calendar)
    if answer is None:
        raise NothingRecordedError
    return answer


async def profile(request: Request) -> Response:
    """Answer the current profile of a subject, whole or narrowed to an archive."""
    service, platform = _service(request), read.platform_of(request)
    subject = read.subject_of(request, platform)
    on = read.day_of(request, "on", service.today())
    view = read.view_of(request, service.calendar.rulebook, platform, on)
    answer = await service.ask(queries.profile, platform, subject, on, service.calendar)
    if answer is None:
        raise NothingRecordedError
    return _json(answer if view is None else views.archive(answer, view, service.calendar))


async def hint(request: Request) -> Response:
    """Answer the composite hint of a subject, with the versions of the models that it rests on."""
    answer = await _assessed(request, queries.profile)
    return _json(views.hint(answer, _service(request).calendar))


async def archives(request: Request) -> Response:
    """Answer the archives that there are, in the order of their file."""
    return _json(list(_service(request).calendar.rulebook.archives.values()))


async def history(request: Request) -> Response:
    """Answer every event of a subject, in ledger order, page by page."""
    service, platform = _service(request), read.platform_of(request)
    subject = read.subject_of(request, platform)
    text = request.query_params.get("cut")
    page = await service.ask(
        queries.history,
        platform,
        subject,
        cut=queries.parse_cut(text) if text else None,
        limit=read.number_of(request, "limit", 100, read.LIMIT_MAX),
        after=read.number_of(request, "after", -1, 2**53),
    )
    if page is None:
        raise NothingRecordedError
    return _json(page)


async def state(request: Request) -> Response:
    """Answer a subject's state valid on a day, as known at a moment or a cut."""
    service, platform = _service(request), read.platform_of(request)
    subject = read.subject_of(request, platform)
    today = service.today()
    text = request.query_params.get("cut")
    rules = read.choice_of(request, "rules", ("of_the_day", "today"))
    answer = await service.ask(
        queries.state,
        platform,
        subject,
        valid_on=read.day_of(request, "valid_on", today),
        calendar=service.calendar,
        cut=queries.parse_cut(text) if text else None,
        known_at_ms=read.moment_ms_of(request, "known_at"),
        rules_on=today if rules == "today" else None,
    )
    return _json(answer.body, FINAL if answer.final and rules != "today" else FRESH)


async def cases(request: Request) -> Response:
    """Answer the court cases of a subject, the stages of each chained by number."""
    return _json(await _assessed(request, queries.cases))


async def lists(request: Request) -> Response:
    """Answer the lists and how many entries of each status they hold."""
    service, platform = _service(request), read.platform_of(request)
    return _json(await service.ask(queries.list_counts, platform))


async def list_members(request: Request) -> Response:
    """Answer the entries of a list, in the order of subjects."""
    service, platform = _service(request), read.platform_of(request)
    page = await service.ask(
        queries.list_members,
        platform,
        request.path_params["list"],
        status=read.choice_of(request, "status", (*ListStatus, "void")),
        region=request.query_params.get("region"),
        limit=read.number_of(request, "limit", 100, read.LIMIT_MAX),
        after=request.query_params.get("after"),
    )
    return _json(page)


async def warnings(request: Request) -> Response:
    """Answer warnings in the order of telling."""
    service, platform = _service(request), read.platform_of(request)
    page = await service.ask(
        queries.warnings,
        platform,
        region=request.query_params.get("region"),
        level=read.choice_of(request, "level", tuple(Level)),
        domain=request.query_params.get("domain"),
        kind=read.choice_of(request, "kind", tuple(WarningKind)),
        subject_id=request.query_params.get("subject"),
        active=request.query_params.get("active") in ("1", "true"),
        limit=read.number_of(request, "limit", 100, read.LIMIT_MAX),
        after=request.query_params.get("after"),
    )
    return _json(page)


async def openapi(_request: Request) -> Response:
    """Answer the description of this service, OpenAPI 3.1."""
    return _json(describe())


async def docs(_request: Request) -> Response:
    """Answer the same for people, without any script."""
    rows = "".join(
        f"<tr><td><code>GET {path}</code><td>{found['get']['summary']}"
        f"<td>{', '.join(p['name'] for p in found['get'].get('parameters', []))}"
        for path, found in describe()["paths"].items()
    )
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Credit ledger</title>"
        "<style>body{font:16px/1.5 system-ui;margin:2rem;max-width:70rem}"
        "td{padding:.3rem 1rem .3rem 0;vertical-align:top}</style>"
        "<h1>Credit ledger: queries</h1><p>A department reports; the ledger records; anyone "
        "entitled may ask, and anyone may check. Machine-readable: <a href=/openapi.json>"
        f"openapi.json</a>.</p><table>{rows}</table></html>"
    )
    return Response(page, media_type="text/html")
