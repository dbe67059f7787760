"""Views over a real database: archives as events come, hints, subscriptions, counts, analysis."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
from psycopg_pool import ConnectionPool
from starlette.testclient import TestClient
from typer.testing import CliRunner

from events.envelope import Platform
from events.event import Event
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.rulebook import load_rulebook
from events.rules.versions import Level
from events.wire.decoding import decode_event
from ops.cli import app
from ops.generator import GeneratorPlan, generate_encoded
from projections.calendar.rules import RuleCalendar
from projections.http import counting, stream
from projections.http.application import create_service
from projections.ledger.message import Raw
from projections.notices.subscription import subscription
from projections.projector import Projector
from projections.queries.event_place import place_of_event
from projections.queries.warning_analysis import By, industry_on, sample_days, warnings_standing
from projections.queries.warning_log import first_cursor, resume, warnings
from projections.store import query_count
from projections.store.database import create_control
from projections.store.query_count import CountedQuery, add_queries, read_queries
from projections.store.store import Store
from tests.support import builders as a
from tests.support.answers import answer_of
from tests.support.asking import at_the_terminal, client_of, gate, noon
from tests.support.given import given, recorded_ms, value_of
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack

TODAY = date(2025, 6, 15)
ORGANISATION = Platform.ORGANISATION
CALENDAR = RuleCalendar(load_rulebook())
PLAN = GeneratorPlan(
    events=1_500, subjects=120, seed=11, first_day=date(2023, 1, 1), last_day=date(2025, 5, 31)
)


class Ledger:
    """A projector on a database of its own, fed event by event."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.projector = Projector(ORGANISATION, Store("organisation_v1"), CALENDAR)
        self.next: Counter[int] = Counter()

    def say(self, key: bytes, value: bytes, on: date) -> None:
        partition = partition_of(key.decode())
        raw = Raw(self.next[partition], recorded_ms(on), key, value)
        self.projector.apply(self.connection, partition, [raw])
        self.next[partition] += 1

    def record(self, event: Event, on: date = TODAY) -> None:
        self.say(event.envelope.subject_id.encode(), value_of(event), on)


@pytest.fixture(scope="module")
def database(stack: Stack) -> Iterator[str]:
    with fresh_database(stack.postgres) as url:
        yield url


@pytest.fixture(scope="module")
def ledger(database: str) -> Iterator[Ledger]:
    with psycopg.connect(database, autocommit=True) as connection:
        create_control(connection, LEDGER_PARTITIONS)
        found = Ledger(connection)
        days = (TODAY - PLAN.first_day).days
        for number, (key, value, _) in enumerate(generate_encoded(PLAN)):
            on = date.fromordinal(PLAN.first_day.toordinal() + number * days // PLAN.events)
            found.say(key, value, on)
        yield found


@pytest.fixture(scope="module")
def client(database: str, ledger: Ledger) -> Iterator[TestClient]:
    del ledger
    pool = ConnectionPool(database, min_size=1, max_size=4, kwargs={"autocommit": True}, open=False)
    with pool:
        service = create_service(pool, CALENDAR, noon(TODAY), dict, gate=gate())
        yield client_of(service)


def ask(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(f"/v1/organisation/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.requirement(74, at="http")
def test_the_food_and_drug_archive_has_each_event_at_the_very_next_question(
    client: TestClient, ledger: Ledger
) -> None:
    path = f"subjects/{a.SUBJECT}/profile"
    events = (
        a.a_licence(category="licence.food_drug", on="2025-06-01"),
        a.an_inspection(category="inspection.food_drug", result="failed", on="2025-06-02"),
        a.a_recall(category="recall.food", on="2025-06-03"),
        a.a_penalty(category="penalty.food_drug", on="2025-06-04"),
    )
    for count, event in enumerate(events, start=1):
        ledger.record(a.a_penalty(f"M{count}", "2025-06-05"))  # Of another field.
        ledger.record(event)
        found = ask(client, path, archive="food_drug")
        assert len(found["profile"]["records"]) == count
        assert len(ask(client, path)["profile"]["records"]) == 2 * count

    assert found["view"]["name_zh"] == "食品药品企业信用监管档案"
    assert {w["domain"] for w in found["profile"]["warnings"]} == {"food_drug"}
    assert found["facets"]["recall.food"]["publication"] == "prompting"
    for wrong in ({"archive": "weather"}, {"domain": "weather"}, {"profession": "lawyer"}):
        assert client.get(f"/v1/organisation/{path}", params=wrong).status_code == 404
    assert "labour" in {row["code"] for row in client.get("/v1/archives").json()}


@pytest.mark.requirement(75, at="http")
def test_wages_paid_are_cleared_in_the_labour_archive_at_the_very_next_question(
    client: TestClient, ledger: Ledger
) -> None:
    subject = a.OTHER_SUBJECT
    owed = a.a_default(category="default.wage", on="2025-06-01", subject_id=subject)
    ledger.record(owed)
    path = f"subjects/{subject}/profile"
    before = ask(client, path, archive="labour")["owing"]
    ledger.record(a.a_settled(owed, "2025-06-10", subject_id=subject))
    after = ask(client, path, archive="labour")["owing"]

    assert before == {"open": 1, "owed_fen": 3_000_000, "unknown": 0, "cleared": 0}
    assert after == {"open": 0, "owed_fen": 0, "unknown": 0, "cleared": 1}


@pytest.mark.requirement(85, at="http")
def test_a_hint_is_answered_with_its_models(client: TestClient, ledger: Ledger) -> None:
    ledger.record(a.a_court_listing(on="2025-06-06"))
    found = ask(client, f"subjects/{a.SUBJECT}/hint")["hint"]

    assert (found["level"], found["name_zh"]) == ("serious", "严重失信提示")
    assert found["model"] == "hint.composite"
    assert "list" in {each["kind"] for each in found["because"]}
    assert client.get("/v1/organisation/subjects/91330100PDY000036X/hint").status_code in (400, 404)


@pytest.mark.requirement(8)
def test_questions_are_counted_by_day_and_kind_and_kept(
    client: TestClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted() -> dict[str, int]:
        rows = read_queries(ledger.connection, TODAY, date(2025, 6, 16))
        return {row.kind: row.count for row in rows if row.platform is ORGANISATION}

    monkeypatch.setattr(counting, "WRITE_EVERY_S", 0.0)
    ask(client, "lists")
    before = counted()
    for _ in range(3):
        ask(client, f"subjects/{a.SUBJECT}/profile")
    ask(client, f"subjects/{a.SUBJECT}/history")
    client.get("/v1/organisation/subjects/91330100PDY000028A/profile")  # Refused, so not counted.
    after = counted()

    assert after["profile"] - before.get("profile", 0) == 3
    assert after["history"] - before.get("history", 0) == 1
    told = client.get("/v1/quality/queries", params={"month": "2025-06"}).json()
    assert {"profile", "history"} <= {row["kind"] for row in told}
    text = client.get("/metrics").text
    assert 'credit_ledger_queries_total{kind="profile",platform="organisation"}' in text


@pytest.mark.requirement(8)
def test_the_plans_8000_a_day_is_held_against_what_was_counted(ledger: Ledger) -> None:
    may = (date(2025, 5, 1), date(2025, 6, 1))
    assert query_count.a_day(ledger.connection, ORGANISATION, *may) is None
    for day in range(1, 32):
        for kind, count in (("profile", 7_000), ("hint", 999), ("warnings", 50_000)):
            add_queries(
                ledger.connection, {CountedQuery(date(2025, 5, day), ORGANISATION, kind): count}
            )
    add_queries(
        ledger.connection, {CountedQuery(date(2025, 5, 1), Platform.PERSON, "profile"): 99_999}
    )

    assert query_count.a_day(ledger.connection, ORGANISATION, *may) == 7_999
    from projections.queries import quality_report  # noqa: PLC0415 - asked for here alone

    report = quality_report.targets(ledger.connection, load_rulebook(), on=TODAY)
    (target,) = (t for t in report.targets if t.code == "enterprise_queries_a_day")
    assert (target.actual, target.at_least, target.met) == (7_999, 8_000, False)


@pytest.mark.requirement(16, 61)
def test_a_subscriber_gets_each_warning_that_is_wanted_once_whenever_the_line_breaks(
    ledger: Ledger,
) -> None:
    wanted = subscription(
        load_rulebook(), region="330000", domains=("market", "tax"), level=Level.YELLOW
    )
    whole = resume(ledger.connection, ORGANISATION, first_cursor(ledger.connection, ORGANISATION))
    expected = [
        told.warning_id
        for _, told in whole.told
        if told.region.startswith("33")
        and told.domain in ("market", "tax")
        and (told.level or told.previous_level) in ("yellow", "orange", "red")
    ]
    got: list[str] = []
    cursor = first_cursor(ledger.connection, ORGANISATION)
    while True:  # A line that breaks after every seventh notice.
        found = resume(ledger.connection, ORGANISATION, cursor, limit=7)
        got += [told.warning_id for _, told in found.told if stream.is_wanted(told, wanted)]
        cursor = found.cursor
        if found.is_head:
            break

    assert got == expected
    assert len(set(got)) == len(got) > 5
    assert len(whole.told) > 3 * len(got)


@pytest.mark.requirement(90)
@pytest.mark.parametrize("by", list(By))
def test_the_analysis_of_today_counts_every_warning_that_stands_once(
    client: TestClient, ledger: Ledger, by: By
) -> None:
    active, after = [], None
    while True:
        page = warnings(ledger.connection, ORGANISATION, active=True, limit=1_000, after=after)
        active += page.warnings
        after = page.next_after
        if after is None:
            break
    rows = ask(client, "analysis/warnings", by=by.value, since=TODAY.isoformat())

    assert {row["day"] for row in rows} == {TODAY.isoformat()}
    assert sum(row["warnings"] for row in rows) == len(active) > 20
    for level in Level:
        assert sum(row[level.value] for row in rows) == sum(w.level == level for w in active)
    assert [row["of"] for row in rows] == sorted(row["of"] for row in rows)
    if by is not By.INDUSTRY:
        expected = Counter(getattr(warning, by.value) for warning in active)
        assert {row["of"]: row["warnings"] for row in rows} == expected
    else:
        sections = {code for code, row in load_rulebook().industries.items() if row.parent is None}
        assert {row["of"] for row in rows} - {""} <= sections
        assert len({row["of"] for row in rows}) > 3
    assert a.SUBJECT not in json.dumps(rows)


@pytest.mark.requirement(90)
def test_the_analysis_of_a_past_day_is_what_had_been_told_by_then(ledger: Ledger) -> None:
    whole = resume(ledger.connection, ORGANISATION, first_cursor(ledger.connection, ORGANISATION))
    for day in sample_days(date(2024, 1, 1), TODAY, 4):
        last: dict[str, Any] = {}
        for _, told in whole.told:
            if told.on <= day:
                last[told.episode_id] = told
        stood = [told for told in last.values() if told.transition != "lifted"]
        rows = warnings_standing(ledger.connection, ORGANISATION, By.DOMAIN, [day])
        assert {row.of: row.warnings for row in rows} == Counter(told.domain for told in stood)
        assert sum(row.subjects for row in rows) >= len({told.subject_id for told in stood})


def test_days_of_an_analysis_are_ends_of_months_and_the_last_itself() -> None:
    assert sample_days(date(2024, 11, 20), date(2025, 2, 10)) == [
        date(2024, 11, 30),
        date(2024, 12, 31),
        date(2025, 1, 31),
        date(2025, 2, 10),
    ]
    assert industry_on(None, TODAY) == ""


@pytest.mark.parametrize(
    ("industry", "section"), [("C14", "C"), ("14", "C"), ("C", "C"), ("51", "F"), ("", "")]
)
def test_an_industry_is_counted_in_its_section_however_it_is_written(
    industry: str, section: str
) -> None:
    registered = msgspec.structs.replace(a.a_registration(), industry=industry or None)
    story = given(registered)
    record = story.projection.state().record

    assert industry_on(record, TODAY) == section
    assert industry_on(record, date(2019, 12, 31)) == ""


@pytest.mark.requirement(3)
def test_a_subjects_state_lies_in_the_table_of_its_ledger_partition_and_in_no_other(
    ledger: Ledger,
) -> None:
    rows = ledger.connection.execute(
        "SELECT subject_id, partition, tableoid::regclass::text FROM organisation_v1.profile"
    ).fetchall()

    assert len(rows) > 100
    assert len({subject for subject, _, _ in rows}) == len(rows)
    for subject, partition, table in rows:
        assert partition == partition_of(subject)
        assert table.rpartition(".")[2] == f"profile_{partition}"
    assert len({partition for _, partition, _ in rows}) == LEDGER_PARTITIONS
    plan = ledger.connection.execute(
        "EXPLAIN SELECT state FROM organisation_v1.profile WHERE partition = 3 AND subject_id = %s",
        (rows[0][0],),
    ).fetchall()
    read = {line for (line,) in plan if "profile_" in line}
    assert read
    assert all("profile_3" in line for line in read)


@pytest.mark.parametrize(
    ("arguments", "path", "parameters"),
    [
        (["profile", a.SUBJECT, "--archive", "food_drug"], "profile", {"archive": "food_drug"}),
        (["profile", a.SUBJECT, "--domain", "market"], "profile", {"domain": "market"}),
        (["profile", a.SUBJECT, "--publication", "basic"], "profile", {"publication": "basic"}),
        (["hint", a.SUBJECT], "hint", {}),
    ],
)
def test_the_command_line_says_the_same_of_a_subject(
    database: str,
    client: TestClient,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    path: str,
    parameters: dict[str, str],
) -> None:
    del ledger
    at_the_terminal(monkeypatch, database)
    told = CliRunner().invoke(app, [*arguments, "--on", TODAY.isoformat(), "--json"])

    assert answer_of(told.stdout) == ask(client, f"subjects/{a.SUBJECT}/{path}", **parameters)
    for language in ("zh", "en"):
        shown = CliRunner().invoke(
            app, [*arguments, "--on", TODAY.isoformat(), "--language", language]
        )
        assert (shown.exit_code, shown.exception) == (0, None)
        assert shown.stdout


@pytest.mark.requirement(90)
def test_the_command_line_says_the_same_of_warnings(
    database: str, client: TestClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    del ledger
    at_the_terminal(monkeypatch, database)
    monkeypatch.setattr("ops.cli.analysis.console._width", 200)
    arguments = ["analysis", "warnings", "--by", "industry", "--every", "6"]
    days = ["--since", "2024-01-01", "--until", TODAY.isoformat()]
    told = CliRunner().invoke(app, [*arguments, *days, "--json"])
    asked = {"by": "industry", "every": "6", "since": "2024-01-01", "until": TODAY.isoformat()}
    shown = CliRunner().invoke(app, [*arguments, *days])

    assert answer_of(told.stdout) == ask(client, "analysis/warnings", **asked) != []
    assert "C Manufacturing" in " ".join(shown.stdout.split())
    few = CliRunner().invoke(app, [*arguments, *days, "--level", "red", "--json"])
    assert all(row["red"] for row in answer_of(few.stdout))


@pytest.mark.requirement(90)
def test_of_one_firm_every_warning_is_told_from_its_raising_to_its_lifting(
    database: str, client: TestClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = a.a_court_listing("X", "2025-06-07", subject_id=a.OTHER_SUBJECT)
    ledger.record(listing)
    ledger.record(a.a_removal(listing, "2025-06-12", subject_id=a.OTHER_SUBJECT))
    at_the_terminal(monkeypatch, database)
    told = CliRunner().invoke(app, ["analysis", "subject", a.OTHER_SUBJECT, "--json"])
    found = answer_of(told.stdout)
    shown = CliRunner().invoke(app, ["analysis", "subject", a.OTHER_SUBJECT, "--language", "zh"])

    assert found == ask(client, "warnings", subject=a.OTHER_SUBJECT)["warnings"] != []
    assert {each["subject_id"] for each in found} == {a.OTHER_SUBJECT}
    red = [each["transition"] for each in found if each["rule"] == "warning.judgment_defaulter"]
    assert red == ["raised", "lifted"]
    assert (shown.exit_code, shown.exception) == (0, None)
    only = ask(client, "warnings", subject=a.OTHER_SUBJECT, kind="warning")["warnings"]
    assert {each["kind"] for each in only} == {"warning"}


def test_an_event_is_found_by_its_id_also_an_amendment_and_nothing_else(ledger: Ledger) -> None:
    asked = """SELECT partition, "offset", subject_id, value FROM organisation_v1.event
        ORDER BY subject_id, "offset" LIMIT 60"""
    rows = ledger.connection.execute(asked).fetchall()
    ids = [decode_event(row[3]).envelope.event_id for row in rows]
    first = dict(reversed([*zip(ids, rows, strict=True)]))

    assert len({row[2] for row in rows}) > 1
    for event_id, place in first.items():
        assert place_of_event(ledger.connection, ORGANISATION, event_id) == place
        assert place_of_event(ledger.connection, ORGANISATION, event_id.upper(), place[2]) == place
    for odd in ("", "no id", "0" * 32, "' OR 1=1"):
        assert place_of_event(ledger.connection, ORGANISATION, odd) is None


def test_an_id_is_looked_for_in_the_pages_where_it_may_stand_and_no_journal_is_read_whole(
    ledger: Ledger,
) -> None:
    asked = "SELECT value FROM organisation_v1.event LIMIT 1"
    (value,) = ledger.connection.execute(asked).fetchone() or (b"",)
    event_id = decode_event(value).envelope.event_id
    read_whole = """SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_xact_user_tables
        WHERE schemaname = 'organisation_v1' AND relname ~ '^event'"""
    with ledger.connection.transaction():
        before = ledger.connection.execute(read_whole).fetchone()
        for wanted in (event_id, "0" * 32):
            place_of_event(ledger.connection, ORGANISATION, wanted)
        assert ledger.connection.execute(read_whole).fetchone() == before
