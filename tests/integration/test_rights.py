"""Every route of the running service, asked by everybody: the answers are a table written by hand (`tests/data/rights.toml`)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg
import pytest
from psycopg_pool import ConnectionPool

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.access import AccessPolicy, AccessReach, load_access_policy
from events.rules.rulebook import load_rulebook
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.http.door import door
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.store.database import create_control
from projections.store.store import Store
from tests.support import builders as a
from tests.support.asked_by_right import BY_ROUTE, COLUMNS, TODAY, Asking, DeskOfReceipts, the_gate
from tests.support.asking import noon
from tests.support.given import recorded_ms, value_of
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack

TABLE: Final[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent.parent / "data/rights.toml").read_text("utf-8")
)
CELLS: Final = [
    pytest.param(route, platform, answers[platform].split(), id=f"{route} {platform}")
    for answers in TABLE["answers"]
    for route in answers["routes"]
    for platform in Platform
    if platform in answers and (platform is Platform.ORGANISATION or "{platform}" in route)
]


@pytest.fixture(scope="module")
def asking(stack: Stack) -> Iterator[Asking]:
    with fresh_database(stack.postgres) as url:
        calendar = RuleCalendar(load_rulebook())
        with psycopg.connect(url, autocommit=True) as connection:
            create_control(connection, LEDGER_PARTITIONS)
            for platform, event in (
                (Platform.ORGANISATION, a.a_registration("2018-01-01", region="330106")),
                (Platform.PERSON, a.a_court_listing(1, "2026-01-10", subject_id=a.PERSON)),
            ):
                key = event.envelope.subject_id
                raw = Raw(0, recorded_ms(TODAY), key.encode(), value_of(event))
                projector = Projector(platform, Store(f"{platform}_v1"), calendar)
                projector.apply(connection, partition_of(key), [raw])
        pool = ConnectionPool(url, min_size=1, max_size=4, kwargs={"autocommit": True}, open=False)
        gate = the_gate()
        desk: Any = DeskOfReceipts()
        with pool:
            yield Asking(
                create_service(pool, calendar, noon(TODAY), dict, gate=gate, desk=desk), gate
            )


def test_every_route_has_its_answers_and_there_are_enough_of_them() -> None:
    listed = [route for answers in TABLE["answers"] for route in answers["routes"]]

    assert sorted(listed) == sorted(BY_ROUTE)
    assert TABLE["columns"] == list(COLUMNS)
    assert sum(len(cell.values[2]) for cell in CELLS) >= 1_500


@pytest.mark.requirement(18, 19, 33)
@pytest.mark.parametrize(("route", "platform", "letters"), CELLS)
def test_each_who_asks_is_answered_as_the_law_has_it(
    asking: Asking, route: str, platform: Platform, letters: list[str]
) -> None:
    expected = dict(zip(TABLE["columns"], letters, strict=True))

    assert asking.letters(route, platform, TABLE["columns"]) == expected


PROFILE: Final = "GET /v1/{platform}/subjects/{subject}/profile"
BROKEN: Final = (
    ("public.organisations", {"platforms": ()}, PROFILE, Platform.PERSON, "pub"),
    ("subject.own", {"reach": AccessReach.ANY}, PROFILE, Platform.PERSON, "oth"),
    ("department.persons", {"needs": ()}, PROFILE, Platform.PERSON, "sup"),
    ("region.seated", {"reach": AccessReach.ANY}, PROFILE, Platform.ORGANISATION, "out"),
    ("agency.persons", {"needs": ()}, PROFILE, Platform.PERSON, "wdr"),
    ("auditor.all", {"recorded": False}, PROFILE, Platform.ORGANISATION, "aud"),
)


@pytest.mark.parametrize(("rule", "change", "route", "platform", "column"), BROKEN)
def test_a_broken_row_is_seen(
    asking: Asking,
    monkeypatch: pytest.MonkeyPatch,
    rule: str,
    change: dict[str, Any],
    route: str,
    platform: Platform,
    column: str,
) -> None:
    policy = load_access_policy()
    rows = [
        msgspec.structs.replace(row, **change) if row.id == rule else row for row in policy.rows
    ]
    broken = AccessPolicy(tuple(rows), policy.purposes, policy.centre)
    before = asking.letters(route, platform, [column])
    monkeypatch.setattr(door, "load_access_policy", lambda: broken)

    assert asking.letters(route, platform, [column]) != before
