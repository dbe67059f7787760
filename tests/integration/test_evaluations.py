"""Yearly evaluations over a real database: a ledger that was recorded across a midnight of 1 January.

The broker stamps what it is given with its own clock, so here the messages come from no broker but
with the times that they need; `tests/acceptance/test_yearly_evaluation.py` has a real one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool
from starlette.testclient import TestClient

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from ops.audit.by_subject import LedgerBySubject
from ops.audit.year_check import row_differences
from ops.audit.year_freeze import FreezeRefusedError, KnownYear, cut_applied, freeze_at
from ops.audit.year_rows import Gathered, evaluated_rows
from projections.calendar.rules import RuleCalendar
from projections.evaluation.yearly import RowsDigest, last_day
from projections.http.application import create_service
from projections.projector import Projector
from projections.queries.evaluation_report import region_year
from projections.queries.region_now import DayPassedError, region_now
from projections.store import evaluation as evaluation_store
from projections.store.store import Store
from tests.support import builders as a
from tests.support.asking import client_of, gate, noon
from tests.support.evaluated import (
    BODY,
    FIRM,
    KNOWN,
    ORGANISATION,
    PLAN,
    YEAR,
    Reader,
    ask,
    cuts,
    fill,
    ledger,
)
from tests.support.given import CALENDAR
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack

TODAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def database(stack: Stack) -> Iterator[str]:
    """Hand out a database with both ledgers applied, and 2025 frozen."""
    with fresh_database(stack.postgres) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            fill(connection)
            freeze_at(url, KNOWN, cuts(connection), processes=2)
        yield url


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database, autocommit=True) as found:
        yield found


@pytest.fixture(scope="module")
def client(database: str) -> Iterator[TestClient]:
    pool = ConnectionPool(database, min_size=1, max_size=2, kwargs={"autocommit": True}, open=False)
    with pool:
        app = create_service(pool, CALENDAR, noon(TODAY), dict, gate=gate())
        yield client_of(app)


def test_the_midnight_parts_what_is_known_also_where_a_stamp_steps_back(
    connection: psycopg.Connection[Any],
) -> None:
    partition = partition_of(FIRM)
    end = len(ledger()[partition])
    assert cuts(connection)[ORGANISATION][partition] == end - 2
    row = evaluation_store.read_subject(connection, ORGANISATION, YEAR, FIRM)
    assert row is not None
    assert (row.events, row.partition) == (2, partition)


def test_what_may_still_be_applied_refuses_the_freeze(connection: psycopg.Connection[Any]) -> None:
    ends = {p: len(own) for p, own in ledger().items()}
    late = partition_of(FIRM)
    other = next(p for p in ends if p not in (late, partition_of(BODY)))
    # Beyond a message recorded after the midnight nothing of the year can follow.
    assert cut_applied(connection, ORGANISATION, ends | {late: ends[late] + 1}, KNOWN.ms)
    with pytest.raises(FreezeRefusedError, match=f"partition {other}: applied up to"):
        cut_applied(connection, ORGANISATION, ends | {other: ends[other] + 1}, KNOWN.ms)


@pytest.mark.requirement(83)
def test_rows_derived_from_the_log_alone_are_those_that_were_frozen(
    connection: psycopg.Connection[Any],
) -> None:
    rows = 0
    for partition, own in ledger().items():
        with LedgerBySubject(Reader(own), partition, KNOWN.ms, run_bytes_max=10_000) as found:  # type: ignore[arg-type]
            into = Gathered(partition, found.cut)
            derived = evaluated_rows(found.subjects(), ORGANISATION, last_day(YEAR), into)
            frozen = evaluation_store.read_subjects(connection, ORGANISATION, YEAR, partition)
            assert list(row_differences(frozen, derived)) == []
            rows += into.rows
    part = next(p for p in evaluation_store.read_frozen(connection, YEAR) if p.part == ORGANISATION)
    assert part.rows == rows > PLAN.subjects // 2
    digest = RowsDigest()
    for row in evaluation_store.read_subjects(connection, ORGANISATION, YEAR):
        digest.add(row)
    assert (digest.rows, digest.hexdigest()) == (part.rows, part.digest)


def test_a_year_is_frozen_once_and_a_refusal_leaves_it_as_it_was(
    database: str, connection: psycopg.Connection[Any]
) -> None:
    before = evaluation_store.read_frozen(connection)
    with pytest.raises(FreezeRefusedError, match="frozen only once"):
        freeze_at(database, KNOWN, cuts(connection))
    assert evaluation_store.read_frozen(connection) == before
    assert [part.part for part in before] == ["organisation", "person", "regions"]


def test_what_an_interrupted_freeze_left_behind_is_nothing_that_can_be_asked_for(
    database: str, connection: psycopg.Connection[Any]
) -> None:
    row = evaluation_store.read_subject(connection, ORGANISATION, YEAR, FIRM)
    assert row is not None
    evaluation_store.write_subjects(connection, ORGANISATION, 2024, [row])
    nothing = {platform: dict.fromkeys(range(LEDGER_PARTITIONS), 0) for platform in Platform}
    parts = freeze_at(database, KnownYear(2024, KNOWN.ms, KNOWN.now), nothing)
    assert [part.rows for part in parts] == [0, 0, 0]
    connection.execute("DELETE FROM evaluation.frozen WHERE year = 2024")


@pytest.mark.requirement(84, 87, at="http")
def test_a_subjects_year_is_explained_by_the_events_known_when_it_ended(client: TestClient) -> None:
    found = ask(client, f"organisation/subjects/{FIRM}/evaluations/{YEAR}")
    subject, state = (
        found["subject"],
        ask(
            client,
            f"organisation/subjects/{FIRM}/state",
            valid_on="2025-12-31",
            cut=found["frozen"]["cut"],
        ),
    )
    assert state["state_hash"] == subject["state_hash"]
    assert found["score"] == state["state"]["profile"]["score"]
    assert found["differs"] == []
    penalty = a.a_penalty(1, "2025-06-01", subject_id=FIRM, region="330106").envelope.event_id
    assert {event for item in found["score"]["items"] for event in item["events"]} == {penalty}
    assert subject["model"] == f"score.enterprise@{found['score']['model_from']}"
    assert subject["classes"]
    today = ask(client, f"organisation/subjects/{FIRM}/state", valid_on="2025-12-31")
    assert today["state"]["profile"]["score"]["points"] < subject["points"]


def test_a_frozen_year_is_final_unless_its_row_was_altered(
    client: TestClient, connection: psycopg.Connection[Any]
) -> None:
    path = f"/v1/organisation/subjects/{FIRM}/evaluations/{YEAR}"
    assert client.get(path).headers["credit-ledger-final"] == "true"
    where = "WHERE year = 2025 AND subject_id = %s"
    connection.execute(f"UPDATE evaluation.organisation SET points = points + 1 {where}", (FIRM,))
    altered = client.get(path)
    connection.execute(f"UPDATE evaluation.organisation SET points = points - 1 {where}", (FIRM,))
    assert altered.headers["credit-ledger-final"] == "false"
    assert altered.headers["cache-control"] == "private, no-store"
    assert altered.json()["differs"] == ["points"]


@pytest.mark.requirement(83, 89, at="http")
def test_a_region_of_a_year_is_read_from_both_platforms_and_its_own_bodies(
    client: TestClient, connection: psycopg.Connection[Any]
) -> None:
    found = ask(client, f"evaluations/{YEAR}/regions/330100")["evaluation"]
    components = {each["component"]: each for each in found["index"]["components"]}

    assert (found["region"], found["name"], found["on"]) == ("330100", "杭州市", "2025-12-31")
    (reading,) = [each for each in found["readings"] if each["indicator"] == "gdp_per_head"]
    assert (reading["value"], reading["subject_id"]) == (15_500_000, BODY)
    assert components["economy"]["index"] == 750
    assert found["tallies"]["natural_person.known"] == 1
    assert components["persons"]["index"] == 1000
    rows = list(evaluation_store.read_subjects(connection, ORGANISATION, YEAR))
    counted = [row for row in rows if row.counted_as and (row.region or "").startswith("3301")]
    for kind in ("enterprise", "government_body"):
        of_kind = [row for row in counted if row.kind == kind]
        assert found["tallies"][f"{kind}.known"] == len(of_kind) > 0
        graded = [row for row in of_kind if row.grade is not None]
        assert found["tallies"][f"{kind}.graded"] == len(graded)
        assert found["tallies"][f"{kind}.good"] == sum(r.grade == "good" for r in graded)


def test_today_the_same_region_knows_what_was_recorded_since(
    client: TestClient, connection: psycopg.Connection[Any]
) -> None:
    now = ask(client, "regions/330100")
    (reading,) = [e for e in now["evaluation"]["readings"] if e["indicator"] == "gdp_per_head"]
    assert reading["value"] == 2_000_000
    assert now["evaluation"]["on"] == TODAY.isoformat()
    assert set(now["known"]) == set(Platform)
    frozen = region_year(connection, "330100", YEAR).evaluation
    assert frozen.tallies["enterprise.known"] == now["evaluation"]["tallies"]["enterprise.known"]


def test_the_region_now_is_that_of_a_sweep_of_the_same_day(stack: Stack) -> None:
    """Who is due is assessed for the answer as the sweep would; then its row says the same."""
    on, calendar = date(2026, 6, 1), RuleCalendar(CALENDAR.rulebook)
    with (
        fresh_database(stack.postgres) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        fill(connection)
        due = "SELECT count(*) FROM organisation_v1.profile WHERE next_change_on <= %s"
        assert connection.execute(due, (on,)).fetchone() > (10,)
        before = {r: region_now(connection, calendar, r, on) for r in ("330000", "330100")}
        assert before["330000"].evaluation.tallies["enterprise.known"] > 10
        for platform in Platform:
            projector = Projector(platform, Store(f"{platform}_v1"), calendar)
            for partition in range(LEDGER_PARTITIONS):
                projector.sweep(connection, partition, on)
        assert connection.execute(due, (on,)).fetchone() == (0,)
        for region, found in before.items():
            assert region_now(connection, calendar, region, on) == found
        with pytest.raises(DayPassedError):
            region_now(connection, calendar, "330100", TODAY)


def test_a_natural_person_answers_by_token_and_on_the_platform_of_persons(
    client: TestClient,
) -> None:
    found = ask(client, f"person/subjects/{a.PERSON}/evaluations/{YEAR}")
    assert (found["subject"]["kind"], found["subject"]["grade"]) == ("natural_person", None)
    assert found["subject"]["points"] == found["score"]["points"]
    refused = client.get(f"/v1/person/subjects/330106190001010017/evaluations/{YEAR}")
    assert refused.status_code == 400
    assert "330106190001010017" not in refused.text
    elsewhere = client.get(f"/v1/organisation/subjects/{a.PERSON}/evaluations/{YEAR}")
    assert elsewhere.status_code == 400


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        (f"organisation/subjects/{FIRM}/evaluations/2019", 404, None),
        (f"organisation/subjects/{FIRM}/evaluations/last", 400, "year"),
        (f"organisation/subjects/{a.SUBJECT}/evaluations/{YEAR}", 404, None),
        (f"evaluations/{YEAR}/regions/hangzhou", 400, "region"),
        (f"evaluations/{YEAR}/regions/999999", 404, None),
        ("evaluations/2019/regions/330100", 404, None),
        ("regions/999999", 404, None),
        ("regions/33", 400, "region"),
        ("regions/330100?on=x", 400, "on"),
        ("regions/330100?on=2020-01-01", 409, "on"),
    ],
)
def test_what_is_not_frozen_not_known_or_past_is_refused(
    client: TestClient, path: str, status: int, field: str | None
) -> None:
    answer = client.get(f"/v1/{path}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().get("field") == field


@pytest.mark.requirement(99, at="http")
def test_the_years_that_are_frozen_are_listed_and_no_region_beside_another(
    client: TestClient,
) -> None:
    parts = ask(client, "evaluations")
    assert [(part["year"], part["part"]) for part in parts] == [
        (YEAR, part) for part in ("organisation", "person", "regions")
    ]
    paths = client.get("/openapi.json").json()["paths"]
    about = [path for path in paths if "regions" in path]
    assert about == ["/v1/evaluations/{year}/regions/{region}", "/v1/regions/{region}"]
    assert client.get(f"/v1/evaluations/{YEAR}/regions").status_code == 404
    assert client.get("/v1/regions").status_code == 404


def test_it_was_frozen_as_known_at_the_midnight_in_china(
    connection: psycopg.Connection[Any],
) -> None:
    for part in evaluation_store.read_frozen(connection, YEAR):
        known = datetime.fromtimestamp((part.known_ms + 1) / 1000, UTC)
        assert known == datetime(2025, 12, 31, 16, tzinfo=UTC)
        assert part.valid_on == date(2025, 12, 31)
