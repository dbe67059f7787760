"""Serve the query service with uvicorn, on the loopback address until access rights exist."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import uvicorn
from psycopg_pool import ConnectionPool

from events.envelope import CHINA
from events.errors import LedgerError
from events.rules.rulebook import load_rulebook
from ops.status import end_offsets, waiting_s
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_app
from streams.collector import calm_collector
from streams.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.applications import Starlette

    from projections.http.standards import Artefact

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class NotLoopbackError(LedgerError):
    """The service knows no access rights yet, so it answers on the loopback address only."""


def application(
    postgres: str, kafka: str, pool_max: int = 8, latency_objective_s: float = 5.0
) -> tuple[Starlette, ConnectionPool]:
    """Compose the service and the pool that the caller opens and closes."""
    pool = ConnectionPool(
        postgres, min_size=1, max_size=pool_max, kwargs={"autocommit": True}, open=False, timeout=5
    )
    app = create_app(
        pool,
        RuleCalendar(load_rulebook()),
        _today,
        lambda: end_offsets(kafka),
        _artefacts,
        waiting_s=lambda behind: waiting_s(kafka, behind),
        latency_objective_s=latency_objective_s,
    )
    return app, pool


def serve(postgres: str, kafka: str, *, host: str = "127.0.0.1", port: int = 8440) -> None:
    """Serve until SIGTERM or SIGINT. Raises `NotLoopbackError` for any other address."""
    if host not in LOOPBACK:
        raise NotLoopbackError(f"{host}: {NotLoopbackError.__doc__}")
    objective_s = read_settings(kafka, postgres).latency_objective_s
    app, pool = application(postgres, kafka, latency_objective_s=objective_s)
    calm_collector()
    with pool:
        uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=3)


def _artefacts() -> Mapping[str, Artefact]:
    from ops.dictionary.artefacts import artefacts  # noqa: PLC0415 - it needs the command line's terms

    return artefacts()


def _today() -> date:
    return datetime.now(CHINA).date()
