"""How the service and the ledger do; no content of any record stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anyio.to_thread import run_sync

from events.envelope import Platform
from events.errors import LedgerError
from events.topics import ledger_topic
from ops.pages.operation.settings import is_production, settings_told
from projections.http.operation.health import admission_now, ends_now, latencies_now
from projections.queries.operation import ControlNow, ReadModelsNow, control_now, read_models_now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from starlette.requests import Request
    from starlette.responses import Response

    from ops.pages.opened import PageAsked
    from projections.http.asking.asked import Service

LINES_SHOWN: Final = 50


class PlatformNow(NamedTuple):
    """How the read models of a platform stand; None where there are none or the broker is away."""

    platform: Platform
    events: int
    behind: int | None
    swept_on: date | None
    parked: int
    unpublished: int
    set_aside: int


async def ops_page(asked: PageAsked) -> Response:
    """Answer how everything stands now; what cannot be told now is said to be so."""
    service = asked.service
    ends = await ends_now(service)
    latencies: Sequence[Any] = await latencies_now(service, ends)
    control: ControlNow = await service.ask(control_now, service.today())
    # A broker that did not answer just now is not asked again: who looks here waits already.
    grants = await _grants(asked.request) if ends else None
    return asked.frame.render(
        "ops.html",
        current="ops",
        production=is_production(),
        broker=bool(ends),
        platforms=[await _platform(service, each, ends) for each in Platform],
        latencies=latencies,
        admission=await admission_now(service, ends),
        control=control,
        cuts=[] if service.evidence is None else await run_sync(service.evidence.cuts_now),
        grants=None if grants is None else grants[:LINES_SHOWN],
        grants_differ=None if grants is None else len(grants),
        disks=list(service.disks()),
        disk_floor_mb=service.disk_floor_mb,
        settings=settings_told(),
        told_at=f"{service.now():%Y-%m-%d %H:%M:%S}",
    )


async def _platform(
    service: Service, platform: Platform, ends: Mapping[tuple[str, int], int]
) -> PlatformNow:
    found: ReadModelsNow = await service.ask(read_models_now, platform)
    topic = ledger_topic(platform)
    known = [ends.get((topic, each.partition)) for each in found.positions]
    behind = [
        end - each.next_offset
        for each, end in zip(found.positions, known, strict=True)
        if end is not None
    ]
    swept = [each.swept_on for each in found.positions]
    return PlatformNow(
        platform,
        sum(each.next_offset for each in found.positions),
        sum(behind) if ends else None,
        None if None in swept else min((each for each in swept if each), default=None),
        found.parked,
        found.outbox,
        found.set_aside,
    )


async def _grants(request: Request) -> Sequence[str] | None:
    """Ask how the broker's rules differ; None where nobody can be asked, or it does not answer."""
    ask = request.state.shared.grants
    if ask is None:
        return None
    try:
        found: Sequence[str] = await run_sync(ask)
    except LedgerError:
        return None
    return found
