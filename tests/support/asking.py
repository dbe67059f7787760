"""Asking the query service in a test: its clock stands still, and it is called by a name it knows."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

import psycopg
from starlette.testclient import TestClient

from events.envelope import CHINA, Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.rulebook import load_rulebook
from ops.generator import GeneratorPlan, generate_encoded
from projections.calendar.rules import RuleCalendar
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.store.database import create_control
from projections.store.store import Store
from tests.support.given import value_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette

    from ops.demo.scenes import Life

START_MS = 1_795_000_000_000
"""When the first of the records is recorded; each further one a second later."""


def noon(day: date) -> Callable[[], datetime]:
    """Give a clock that stands at noon in China."""
    return lambda: datetime.combine(day, time(12), CHINA)


def client_of(app: Starlette) -> TestClient:
    """Give a client of a service, to which a failure is an answer as it would be outside."""
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


def filled(url: str, plan: GeneratorPlan, life: Life) -> dict[int, list[Raw]]:
    """Fill an empty database with generated records and the life of one enterprise, as projected.

    Gives what the ledger would hold, by partition.
    """
    partitions: dict[int, list[Raw]] = {}
    said = [(key, value) for key, value, _ in generate_encoded(plan)]
    said += [(life.subject_id.encode(), value_of(scene.event)) for scene in life.scenes]
    for number, (key, value) in enumerate(said):
        own = partitions.setdefault(partition_of(key.decode()), [])
        own.append(Raw(len(own), START_MS + number * 1000, key, value))
    with psycopg.connect(url, autocommit=True) as connection:
        create_control(connection, LEDGER_PARTITIONS)
        calendar = RuleCalendar(load_rulebook())
        projector = Projector(Platform.ORGANISATION, Store("organisation_v1"), calendar)
        for partition, batch in partitions.items():
            projector.apply(connection, partition, batch)
    return partitions
