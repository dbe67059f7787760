"""Health, readiness and Prometheus metrics."""

from __future__ import annotations

import time
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from events.envelope import Platform
from events.topics import ledger_topic
from projections.queries import overview
from projections.store.admission import admission_of, submissions_behind
from projections.store.progress import latency_of
from projections.writing.latency import BOUNDS_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from projections.http.asking.asked import Asked, Service
    from projections.http.asking.evidence import CutStanding
    from projections.store.admission import AdmissionNow
    from projections.store.progress import Latency

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
_waiting = Gauge(
    "credit_ledger_waiting_seconds",
    "Age of the oldest event not applied yet; 0 where none waits.",
    ["platform"],
    registry=REGISTRY,
)
_objective = Gauge(
    "credit_ledger_latency_objective_seconds",
    "How soon after its recording an event is to be in the read models.",
    registry=REGISTRY,
)
_missed = Gauge(
    "credit_ledger_latency_missed",
    "1 while the latency objective is missed.",
    ["platform"],
    registry=REGISTRY,
)
_department = ["platform", "department"]
_submissions = Gauge(
    "credit_ledger_submissions_lag_events",
    "Submissions of a department that are not admitted yet; 0, and not named, where none waits.",
    _department,
    registry=REGISTRY,
)
_submissions_wait = Gauge(
    "credit_ledger_submissions_waiting_seconds",
    "Age of the oldest of them.",
    _department,
    registry=REGISTRY,
)
_refused = Gauge("credit_ledger_submissions_refused", "Submissions refused.", registry=REGISTRY)
_admission_missed = Gauge(
    "credit_ledger_admission_missed",
    "1 while any department waits for admission longer than the latency objective.",
    registry=REGISTRY,
)
_workers = Gauge("credit_ledger_workers", "Workers at work.", ["role"], registry=REGISTRY)
_starts = Gauge(
    "credit_ledger_worker_starts", "How often workers were started.", ["role"], registry=REGISTRY
)
_swept = Gauge(
    "credit_ledger_swept_days_behind",
    "Days by which the daily sweep of a partition is behind today.",
    _labels,
    registry=REGISTRY,
)

_cut_age = Gauge(
    "credit_ledger_cut_age_seconds",
    "Age of the newest signed cut of the log.",
    ["platform"],
    registry=REGISTRY,
)
_unsigned = Gauge(
    "credit_ledger_signer_behind_events",
    "Events of the ledger that are in no signed cut yet.",
    ["platform"],
    registry=REGISTRY,
)


class _Measured(Collector):
    """The latency of events as the workers measured it: it stands in Postgres, not in here."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.found: list[Latency] = []

    def collect(self) -> Iterator[Metric]:
        """Give it as a histogram; a rebuild of the read models begins it anew."""
        family = HistogramMetricFamily(
            "credit_ledger_latency_seconds",
            "From the recording of an event to its commit; each by the oldest of its batch.",
            labels=["platform"],
        )
        bounds = [*(str(bound / 1000) for bound in BOUNDS_MS), "+Inf"]
        for each in self.found:
            buckets = list(zip(bounds, accumulate(each.counts), strict=True))
            family.add_metric([each.platform], buckets, each.sum_ms / 1000)
        yield family


_measured = _Measured()
REGISTRY.register(_measured)


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


async def healthz(_: Asked) -> Response:
    """Answer that the process runs."""
    return JSONResponse({"status": "ok"})


async def readyz(asked: Asked) -> Response:
    """Answer whether the database answers and the read models are there; 503 where not."""
    service = asked.service
    found = {p: (await service.ask(overview.coverage, p)).events for p in Platform}
    admission = await _admission(service, await _ends(service))
    # Who asks is answered also while nothing new is admitted: that is for `latencyz` to alarm of.
    body = {"status": "ready", "events": found, "admission": msgspec.to_builtins(admission)}
    return JSONResponse(body)


async def latencyz(asked: Asked) -> Response:
    """Answer how latency stands against its objective; 503 while it is missed.

    By platform from the ledger to the read models, and of submissions for each department that
    waits: one that waits too long is enough.
    """
    service = asked.service
    ends = await _ends(service)
    found, admission = await _latencies(service, ends), await _admission(service, ends)
    status = 503 if admission.missed or any(each.missed for each in found) else 200
    body = {"read_models": msgspec.to_builtins(found), "admission": msgspec.to_builtins(admission)}
    return JSONResponse(body, status)


async def _admission(service: Service, ends: dict[Any, int]) -> AdmissionNow:
    """Ask where admission stands, and the broker for the first submission that waits."""
    ages_s = await _ages(service, await service.ask(submissions_behind, ends))
    found: AdmissionNow = await service.ask(admission_of, service.latency_objective_s, ends, ages_s)
    return found


async def _ages(service: Service, behind: dict[tuple[str, int], int]) -> dict[Any, float]:
    try:
        return dict(await run_in_threadpool(service.waiting_s, behind))
    except Exception:  # noqa: BLE001 - without Kafka what was measured is still worth telling
        return {}


async def _latencies(service: Service, ends: dict[Any, int]) -> list[Latency]:
    """Ask what was measured, and the broker for the first event that waits, where one does."""
    behind: dict[tuple[str, int], int] = {}
    for platform in Platform:
        for position in await service.ask(overview.positions, platform):
            place = (ledger_topic(platform), position.partition)
            if position.next_offset < ends.get(place, 0):
                behind[place] = position.next_offset
    waiting: dict[str, float] = {}
    for (topic, _), age_s in (await _ages(service, behind)).items():
        waiting[topic] = max(waiting.get(topic, 0.0), age_s)
    now_ms, objective_s = time.time() * 1000, service.latency_objective_s
    return [
        await service.ask(latency_of, p, objective_s, now_ms, waiting.get(ledger_topic(p)))
        for p in Platform
    ]


async def metrics(asked: Asked) -> Response:
    """Answer metrics; lag counts to the end of the ledger as Kafka tells it, where it answers."""
    service = asked.service
    ends = await _ends(service)
    _objective.set(service.latency_objective_s)
    _measured.found = await _latencies(service, ends)
    for latency in _measured.found:
        _waiting.labels(latency.platform).set(latency.waiting_s or 0)
        _missed.labels(latency.platform).set(latency.missed)
    _set_admission(await _admission(service, ends))
    for platform in Platform:
        coverage = await service.ask(overview.coverage, platform)
        _parked.labels(platform).set(coverage.parked)
        _outbox.labels(platform).set(coverage.outbox)
        if coverage.recorded_until is not None:
            _age.labels(platform).set(time.time() - coverage.recorded_until.timestamp())
        for position in await service.ask(overview.positions, platform):
            labels = (platform, str(position.partition))
            _position.labels(*labels).set(position.next_offset)
            if position.swept_on is not None:
                _swept.labels(*labels).set((service.today() - position.swept_on).days)
            end = ends.get((ledger_topic(platform), position.partition))
            if end is not None:
                _end.labels(*labels).set(end)
                _lag.labels(*labels).set(end - position.next_offset)
    if service.evidence is not None:
        _set_cuts(await run_in_threadpool(service.evidence.cuts_now), ends)
    return Response(generate_latest(REGISTRY), media_type="text/plain; version=0.0.4")


def _set_cuts(found: list[CutStanding], ends: dict[Any, int]) -> None:
    _cut_age.clear()
    _unsigned.clear()  # Of a log that cannot be read nothing is known.
    for cut in found:
        if cut.age_s is not None:
            topic = ledger_topic(Platform(cut.platform))
            held = sum(end for (name, _), end in ends.items() if name == topic)
            _cut_age.labels(cut.platform).set(cut.age_s)
            _unsigned.labels(cut.platform).set(max(0, held - cut.events))


def _set_admission(found: AdmissionNow) -> None:
    for gauge in (_submissions, _submissions_wait):
        gauge.clear()  # A department that no longer waits is not named.
    for waits in found.departments:
        labels = (waits.platform, waits.department)
        _submissions.labels(*labels).set(waits.behind)
        _submissions_wait.labels(*labels).set(waits.waiting_s or 0)
    for role in found.roles:
        _workers.labels(role.role).set(role.workers)
        _starts.labels(role.role).set(role.starts)
    _refused.set(found.refused)
    _admission_missed.set(found.missed)


async def _ends(service: Service) -> dict[Any, int]:
    """Ask for the ends of the ledger in a thread; without Kafka the rest is still worth telling."""
    try:
        return dict(await run_in_threadpool(service.end_offsets))
    except Exception:  # noqa: BLE001 - whatever it is, it is told by what is missing
        return {}
