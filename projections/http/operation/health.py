"""Health, readiness, and how latency stands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from events.envelope import Platform
from events.topics import ledger_topic
from projections.queries import overview
from projections.store.admission import admission_of, submissions_behind
from projections.store.progress import latency_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.http.asking.asked import Asked, Service
    from projections.store.admission import AdmissionNow
    from projections.store.progress import Latency

    Place = tuple[str, int]


async def healthz(_: Asked) -> Response:
    """Answer that the process runs."""
    return JSONResponse({"status": "ok"})


async def readyz(asked: Asked) -> Response:
    """Answer whether the database answers and the read models are there; 503 where not."""
    service = asked.service
    found = {p: (await service.ask(overview.coverage, p)).events for p in Platform}
    admission = await admission_now(service, await ends_now(service))
    # Who asks is answered also while nothing new is admitted: that is for `latencyz` to alarm of.
    body = {"status": "ready", "events": found, "admission": msgspec.to_builtins(admission)}
    return JSONResponse(body)


async def latencyz(asked: Asked) -> Response:
    """Answer how latency stands against its objective; 503 while it is missed.

    By platform from the ledger to the read models, and of submissions for each department that
    waits: one that waits too long is enough.
    """
    service = asked.service
    ends = await ends_now(service)
    found, admission = await latencies_now(service, ends), await admission_now(service, ends)
    status = 503 if admission.missed or any(each.missed for each in found) else 200
    body = {"read_models": msgspec.to_builtins(found), "admission": msgspec.to_builtins(admission)}
    return JSONResponse(body, status)


async def admission_now(service: Service, ends: Mapping[Place, int]) -> AdmissionNow:
    """Ask where admission stands, and the broker for the first submission that waits."""
    ages_s = await _ages(service, await service.ask(submissions_behind, ends))
    found: AdmissionNow = await service.ask(admission_of, service.latency_objective_s, ends, ages_s)
    return found


async def _ages(service: Service, behind: Mapping[Place, int]) -> dict[Any, float]:
    try:
        return dict(await run_in_threadpool(service.waiting_s, behind))
    except Exception:  # noqa: BLE001 - without Kafka what was measured is still worth telling
        return {}


async def latencies_now(service: Service, ends: Mapping[Place, int]) -> list[Latency]:
    """Ask what was measured, and the broker for the first event that waits, where one does."""
    behind: dict[Place, int] = {}
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


async def ends_now(service: Service) -> dict[Place, int]:
    """Ask for the ends of what is read; none where the broker does not answer in time."""
    try:
        return dict(await run_in_threadpool(service.end_offsets))
    except Exception:  # noqa: BLE001 - whatever it is, it is told by what is missing
        return {}
