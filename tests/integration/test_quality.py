"""Reporting quality over a real database: counted with the position, the same in any batches."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool
from starlette.testclient import TestClient
from typer.testing import CliRunner

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS
from events.rules.rulebook import load_rulebook
from ops.cli.quality import quality_app
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.projector import Projector
from projections.quality.quality import COUNTED, Counts
from projections.store.database import create_control, create_version
from projections.store.quality import RefusedInMonth, read_refusals, read_reporting
from projections.store.store import Store
from projections.store.tables.positions import PositionConflictError
from streams.admitting.admission import Admission
from streams.connections import worker_connections
from tests.support.answers import answer_of
from tests.support.asking import at_the_terminal, client_of, gate, noon
from tests.support.partition_log import NothingLost
from tests.support.refusing import (
    BAD,
    BAD_REASONS,
    EVENTS,
    GOOD,
    Ledger,
    ledger,
    refused,
    submissions,
)
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack


TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def database(stack: Stack) -> Iterator[str]:
    """Hand out a database whose two versions were filled in small and in large batches."""
    with fresh_database(stack.postgres) as url:
        calendar = RuleCalendar(load_rulebook())
        with psycopg.connect(url, autocommit=True) as connection:
            create_control(connection, LEDGER_PARTITIONS)
            with connection.transaction():
                create_version(connection, Platform.ORGANISATION, 2)
            for version, size in ((1, 7), (2, 1_000)):
                store = Store(f"organisation_v{version}")
                projector = Projector(Platform.ORGANISATION, store, calendar)
                for partition, log in ledger().items():
                    for begin in range(0, len(log), size):
                        projector.apply(connection, partition, log[begin : begin + size])
        yield url


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database, autocommit=True) as found:
        yield found


@pytest.fixture(scope="module")
def client(database: str) -> Iterator[TestClient]:
    pool = ConnectionPool(database, min_size=1, max_size=2, kwargs={"autocommit": True}, open=False)
    with pool:
        app = create_service(pool, RuleCalendar(load_rulebook()), noon(TODAY), dict, gate=gate())
        yield client_of(app)


def test_versions_filled_in_other_batches_hold_the_same_counts(
    connection: psycopg.Connection[Any],
) -> None:
    one, other = (
        connection.execute(f"SELECT * FROM organisation_v{version}.reporting ORDER BY 1, 2, 3, 4")
        for version in (1, 2)
    )
    assert one.fetchall() == other.fetchall() != []


def test_every_event_of_the_ledger_is_counted_once(connection: psycopg.Connection[Any]) -> None:
    total = Counts()
    for counts in read_reporting(connection, Platform.ORGANISATION).values():
        total.add(counts)
    assert total.events == sum(map(len, ledger().values()))
    assert total.repeats >= EVENTS // 4
    assert 0 < total.late <= total.due


def test_a_batch_that_meets_a_conflict_counts_nothing(
    connection: psycopg.Connection[Any],
) -> None:
    before = read_reporting(connection, Platform.ORGANISATION)
    partition, log = next(iter(ledger().items()))
    projector = Projector(
        Platform.ORGANISATION, Store("organisation_v1"), RuleCalendar(load_rulebook())
    )
    with pytest.raises(PositionConflictError):
        projector.apply(connection, partition, log)
    assert read_reporting(connection, Platform.ORGANISATION) == before


def ask(client: TestClient, path: str, **parameters: str) -> Any:
    answer = client.get(f"/v1/quality/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.requirement(11, 99, at="http")
def test_departments_are_listed_by_code_and_those_who_reported_nothing_too(
    client: TestClient,
) -> None:
    found = ask(client, "departments")
    codes = [each["department"] for each in found]
    assert codes == sorted(codes)
    assert {"market-zj", "tax-zj", "cpa-zj"} <= set(codes)
    assert "operator" not in codes
    silent = next(each for each in found if each["department"] == "cpa-zj")
    assert silent["assessment"] == {
        "counts": dict.fromkeys(COUNTED, 0),
        "in_time_per_mille": None,
    }


def test_a_months_counts_are_those_of_its_categories(client: TestClient) -> None:
    (found,) = ask(client, "departments", department="market-zj", month="2026-10")
    assert {each["month"] for each in found["categories"]} == {"2026-10-01"}
    events = [each["assessment"]["counts"]["events"] for each in found["categories"]]
    assert found["assessment"]["counts"]["events"] == sum(events) > 0


def test_missing_periods_end_before_today(client: TestClient) -> None:
    found = ask(client, "missing", since="2026-01-01")
    assert found
    assert all("2026-01-01" <= each["since"] < each["until"] <= "2026-11-23" for each in found)
    assert len(ask(client, "missing")) < len(found), "before its first record no ledger was there"


@pytest.mark.requirement(98, at="http")
def test_a_target_that_cannot_be_measured_has_no_value(client: TestClient) -> None:
    found = ask(client, "targets")
    by_code = {each["code"]: each for each in found["targets"]}
    assert list(by_code) == [target.code for target in load_rulebook().targets]
    assert any(each["actual"] is None and each["met"] is None for each in by_code.values())
    assert found["figures"]["month"] == "2026-10-01"
    assert found["figures"]["subjects"]["enterprise"] > 0
    assert found["figures"]["events"] == sum(map(len, ledger().values()))


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("departments?month=2026-13", 400, "month"),
        ("departments?department=nobody", 404, "department"),
        ("missing?since=x", 400, "since"),
        ("missing?department=nobody", 404, "department"),
    ],
)
def test_a_bad_question_is_refused(
    client: TestClient, path: str, status: int, field: str | None
) -> None:
    answer = client.get(f"/v1/quality/{path}")
    assert (answer.status_code, answer.json().get("field")) == (status, field)


def test_the_description_names_the_routes(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {f"/v1/quality/{name}" for name in ("departments", "missing", "targets")} <= set(paths)


@pytest.mark.parametrize(
    ("arguments", "path", "parameters"),
    [
        (["departments", "--month", "2026-10"], "departments", {"month": "2026-10"}),
        (["departments", "--department", "tax-zj"], "departments", {"department": "tax-zj"}),
        (["missing", "--since", "2026-01-01"], "missing", {"since": "2026-01-01"}),
        (["targets"], "targets", {}),
        (["queries", "--month", "2026-10"], "queries", {"month": "2026-10"}),
    ],
)
def test_the_command_line_says_the_same(
    database: str,
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    path: str,
    parameters: dict[str, str],
) -> None:
    at_the_terminal(monkeypatch, database)
    monkeypatch.setattr("ops.cli.quality.today", lambda: TODAY)
    told = CliRunner().invoke(quality_app, [*arguments, "--json"])
    shown = CliRunner().invoke(quality_app, arguments)

    assert answer_of(told.stdout) == ask(client, path, **parameters)
    assert (shown.exit_code, shown.exception) == (0, None)


@pytest.fixture
def admission(stack: Stack) -> Iterator[tuple[Admission, Ledger, str]]:
    """Hand out an admission over an empty database of its own."""
    with fresh_database(stack.postgres) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            create_control(connection, LEDGER_PARTITIONS)
        connections, broker = worker_connections(url, "admission"), Ledger()
        agent = Admission(load_rulebook(), connections, broker, NothingLost())  # type: ignore[arg-type]
        yield agent, broker, url
        connections.close()


def test_a_refusal_is_counted_once_however_often_its_round_is_repeated(
    admission: tuple[Admission, Ledger, str],
) -> None:
    agent, broker, url = admission
    broker.failing = True
    with pytest.raises(ConnectionError):
        asyncio.run(agent.apply(submissions(GOOD, BAD)))
    assert refused(url) == {}
    broker.failing = False
    asyncio.run(agent.apply(submissions(GOOD, BAD)))
    with pytest.raises(PositionConflictError):
        asyncio.run(agent.apply(submissions(GOOD, BAD)))
    assert refused(url) == BAD_REASONS


def test_refusals_of_later_rounds_add_up(admission: tuple[Admission, Ledger, str]) -> None:
    agent, _, url = admission
    asyncio.run(agent.apply(submissions(BAD, BAD)))
    asyncio.run(agent.apply(submissions(BAD, GOOD, first=2)))
    assert refused(url) == dict.fromkeys(BAD_REASONS, 3)


def test_the_position_stays_where_a_refusal_cannot_be_counted(
    admission: tuple[Admission, Ledger, str],
) -> None:
    agent, _, url = admission
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE control.refusal ADD CHECK (count < 1)")
        with pytest.raises(psycopg.errors.CheckViolation):
            asyncio.run(agent.apply(submissions(BAD)))
        assert connection.execute("SELECT * FROM control.submission_position").fetchall() == []
        connection.execute("ALTER TABLE control.refusal DROP CONSTRAINT refusal_count_check")
    asyncio.run(agent.apply(submissions(BAD)))
    assert refused(url) == BAD_REASONS


@pytest.mark.requirement(7, 11, at="http")
def test_refusals_stand_beside_what_the_department_reported(
    connection: psycopg.Connection[Any], client: TestClient
) -> None:
    month = date(2026, 10, 1)
    rows = [("any", 3), ("date_in_future", 2), ("value_missing", 2)]
    for reason, count in rows:
        connection.execute(
            "INSERT INTO control.refusal VALUES ('organisation', 'tax-zj', %s, %s, %s)",
            (month, reason, count),
        )
    assert RefusedInMonth("organisation", "tax-zj", month, "any", 3) in read_refusals(connection)
    (found,) = ask(client, "departments", department="tax-zj")
    assert (found["refused"], found["refusals"]) == (3, dict(rows[1:]))
    (earlier,) = ask(client, "departments", department="tax-zj", month="2026-09")
    assert (earlier["refused"], earlier["refusals"]) == (0, {})


@pytest.mark.requirement(7, at="http")
def test_freshness_and_safety_stand_beside_completeness_for_each_source(
    connection: psycopg.Connection[Any], client: TestClient
) -> None:
    month = date(2026, 9, 1)
    for reason, count in (("any", 4), ("person_data_in_clear", 3), ("date_in_future", 1)):
        connection.execute(
            "INSERT INTO control.refusal VALUES ('organisation', 'labour-zj', %s, %s, %s)",
            (month, reason, count),
        )
    (labour,) = ask(client, "departments", department="labour-zj")
    months = {each["month"] for each in labour["categories"]}
    (silent,) = ask(client, "departments", department="cpa-zj")

    assert (labour["refused"], labour["unsafe"]) == (4, 3)
    assert labour["newest_month"] == max(months) > "2026"
    assert (silent["newest_month"], silent["unsafe"]) == (None, 0)
    assert ask(client, "missing", department="labour-zj", since="2020-01-01")
