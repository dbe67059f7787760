"""Metrics of Prometheus: asked for anew at each scrape, and told as far as they can be known."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from prometheus_client import generate_latest
from prometheus_client.registry import CollectorRegistry
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from events.envelope import Platform
from events.errors import LedgerError
from events.topics import ledger_topic
from projections.http.operation import gauges as g
from projections.http.operation.health import admission_now, ends_now, latencies_now
from projections.http.operation.requests import REGISTRY
from projections.queries.operation import control_now, read_models_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.http.asking.asked import Asked, Service
    from projections.queries.operation import ReadModelsNow

    _Ends = Mapping[tuple[str, int], int]


async def metrics(asked: Asked) -> Response:
    """Answer metrics; lag counts to the end of the ledger as Kafka tells it, where it answers."""
    service, scrape = asked.service, g.Scrape()
    ends = await ends_now(service)
    scrape.set(g.BROKER_ANSWERS, bool(ends))
    await _set_read_models(service, scrape, ends)
    await _set_admission(service, scrape, ends)
    await _set_cuts(service, scrape, ends)
    for folder, free_mb in service.disks():
        scrape.set(g.DISK_FREE, free_mb, folder)
    scrape.set(g.DISK_FLOOR, service.disk_floor_mb)
    registry = CollectorRegistry()
    registry.register(REGISTRY)
    registry.register(scrape)
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")


async def _set_read_models(service: Service, scrape: g.Scrape, ends: _Ends) -> None:
    for platform in Platform:
        try:
            found = await service.ask(read_models_now, platform)
        except LedgerError:
            scrape.set(g.READ_MODELS_ANSWER, 0, platform)
            continue
        scrape.set(g.READ_MODELS_ANSWER, 1, platform)
        _set_platform(service, scrape, ends, platform, found)
    with suppress(LedgerError):  # The platform that has none is told above.
        control = await service.ask(control_now, service.today())
        scrape.set(g.BREACHES, control.breaches)
        scrape.set(g.BULLETIN_BEHIND, control.bulletin_behind)
        scrape.set(g.PLAINTEXT, control.plaintext)
        scrape.set(g.WEBHOOKS_FAILING, control.webhooks_failing)
        for role, count in control.keys_running_out.items():
            scrape.set(g.KEYS_RUNNING_OUT, count, role)
    with suppress(LedgerError):  # A broken ledger has no latency; its breach is told.
        for latency in await latencies_now(service, ends):
            scrape.set_latency(latency)
            scrape.set(g.WAITING, latency.waiting_s or 0, latency.platform)
            scrape.set(g.MISSED, latency.missed, latency.platform)


def _set_platform(
    service: Service, scrape: g.Scrape, ends: _Ends, platform: Platform, found: ReadModelsNow
) -> None:
    scrape.set(g.PARKED, found.parked, platform)
    scrape.set(g.OUTBOX, found.outbox, platform)
    scrape.set(g.SET_ASIDE, found.set_aside, platform)
    if found.recorded_ms:
        scrape.set(g.NEWEST_AGE, time.time() - found.recorded_ms / 1000, platform)
    for position in found.positions:
        labels = (platform, str(position.partition))
        scrape.set(g.POSITION, position.next_offset, *labels)
        if position.swept_on is not None:
            scrape.set(g.SWEPT, (service.today() - position.swept_on).days, *labels)
        end = ends.get((ledger_topic(platform), position.partition))
        if end is not None:
            scrape.set(g.END, end, *labels)
            scrape.set(g.LAG, end - position.next_offset, *labels)


async def _set_admission(service: Service, scrape: g.Scrape, ends: _Ends) -> None:
    found = await admission_now(service, ends)
    for waits in found.departments:
        labels = (waits.platform, waits.department)
        scrape.set(g.SUBMISSIONS_LAG, waits.behind, *labels)
        scrape.set(g.SUBMISSIONS_WAITING, waits.waiting_s or 0, *labels)
    for role in found.roles:
        scrape.set(g.WORKERS, role.workers, role.role)
        scrape.set(g.STARTS, role.starts, role.role)
    scrape.set(g.REFUSED, found.refused)
    scrape.set(g.ADMISSION_MISSED, found.missed)
    scrape.set(g.OBJECTIVE, service.latency_objective_s)


async def _set_cuts(service: Service, scrape: g.Scrape, ends: _Ends) -> None:
    """Tell of each log that can be read how old its newest cut is, and what is in none yet."""
    if service.evidence is None:
        return
    found: list[Any] = await run_in_threadpool(service.evidence.cuts_now)
    for cut in found:
        if cut.age_s is not None:
            topic = ledger_topic(Platform(cut.platform))
            held = sum(end for (name, _), end in ends.items() if name == topic)
            scrape.set(g.CUT_AGE, cut.age_s, cut.platform)
            scrape.set(g.SILENT_WITNESSES, len(cut.silent), cut.platform)
            scrape.set(g.UNSIGNED, max(0, held - cut.events), cut.platform)
