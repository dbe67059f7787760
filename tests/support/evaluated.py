"""A ledger of a year and of the day after it, in partitions, to be frozen and read."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import psycopg
from starlette.testclient import TestClient

from events.envelope import CHINA, Platform
from events.event import Event
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.types.subject import SubjectKind
from ops.audit.year_freeze import KnownYear, cut_applied
from ops.generator import GeneratorPlan, generate_encoded
from projections.evaluation.yearly import last_moment_ms, midnight_after
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.store.database import create_control
from projections.store.store import Store
from tests.support import builders as a
from tests.support.given import CALENDAR, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator


YEAR = 2025
MIDNIGHT_MS = last_moment_ms(midnight_after(YEAR)) + 1
KNOWN = KnownYear(YEAR, MIDNIGHT_MS - 1, datetime(2026, 1, 2, tzinfo=CHINA))
PLAN = GeneratorPlan(
    events=500, subjects=70, seed=11, first_day=date(2022, 1, 1), last_day=date(2025, 12, 15)
)
BODY = "11330100PDY00002XR"
FIRM = a.OTHER_SUBJECT
ORGANISATION, PERSON = Platform.ORGANISATION, Platform.PERSON
Partitions = dict[int, list[Raw]]


def own_events() -> list[tuple[Event, int]]:
    """Give what a body of Hangzhou and a firm of its Xihu district were reported with, and when."""
    body = {"subject_id": BODY, "subject_name": "杭州市样例局"}
    firm = {"subject_id": FIRM, "region": "330106"}
    before, after = MIDNIGHT_MS - 1, MIDNIGHT_MS
    return [
        (a.a_registration(kind=SubjectKind.GOVERNMENT_BODY, **body), before - 900),
        (a.an_indicator("gdp_per_head", 15_500_000, "2025-02-01", **body), before - 800),
        (a.an_indicator("gdp_per_head", 2_000_000, "2026-01-05", period="2025", **body), after),
        (a.a_registration(**firm), before - 700),
        (a.a_penalty(1, "2025-06-01", **firm), before),
        (a.a_penalty(2, "2025-07-01", **firm), after),
        # The broker's clock steps back: recorded after the midnight all the same.
        (a.a_penalty(3, "2025-08-01", **firm), before - 5_000),
    ]


def ledger() -> Partitions:
    """Give the organisations' ledger, its generated part recorded in December 2025."""
    partitions: Partitions = {partition: [] for partition in range(LEDGER_PARTITIONS)}
    start = MIDNIGHT_MS - 30 * 86_400_000
    for number, (key, value, _) in enumerate(generate_encoded(PLAN)):
        own = partitions[partition_of(key.decode())]
        own.append(Raw(len(own), start + number * 1_000, key, value))
    for event, recorded_ms in own_events():
        key = event.envelope.subject_id.encode()
        own = partitions[partition_of(key.decode())]
        own.append(Raw(len(own), recorded_ms, key, value_of(event)))
    return partitions


def persons() -> Partitions:
    """Give the persons' ledger: one, registered in Hangzhou before the midnight."""
    about = {"subject_id": a.PERSON, "subject_name": None}
    event = a.a_registration(kind=SubjectKind.NATURAL_PERSON, **about)
    raw = Raw(0, MIDNIGHT_MS - 60_000, a.PERSON.encode(), value_of(event))
    return {partition_of(a.PERSON): [raw]}


class Reader:
    """Stands for a reader of one partition."""

    def __init__(self, raws: list[Raw]) -> None:
        self.raws = raws

    def end(self, _partition: int) -> int:
        return len(self.raws)

    def batches(self, _partition: int, start: int, end: int) -> Iterator[list[Raw]]:
        yield self.raws[start:end]


def cuts(connection: psycopg.Connection[Any]) -> dict[Platform, dict[int, int]]:
    ends = {
        ORGANISATION: {p: len(own) for p, own in ledger().items()},
        PERSON: {p: len(persons().get(p, [])) for p in range(LEDGER_PARTITIONS)},
    }
    return {p: cut_applied(connection, p, ends[p], KNOWN.ms) for p in Platform}


def fill(connection: psycopg.Connection[Any]) -> None:
    """Apply both ledgers, in batches of fifty."""
    create_control(connection, LEDGER_PARTITIONS)
    for platform, partitions in ((ORGANISATION, ledger()), (PERSON, persons())):
        projector = Projector(platform, Store(f"{platform}_v1"), CALENDAR)
        for partition, own in partitions.items():
            for begin in range(0, len(own), 50):
                projector.apply(connection, partition, own[begin : begin + 50])


def ask(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(f"/v1/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()
