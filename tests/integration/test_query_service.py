"""The query service over a real database: answers, refusals by field, cuts, a stream that resumes."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
from psycopg_pool import ConnectionPool
from starlette.testclient import TestClient

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.rulebook import load_rulebook
from ops.demo.scenes import lives
from ops.generator import GeneratorPlan
from projections.as_of.state import StateDocument
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.http.tail import frame
from projections.ledger.message import Raw
from projections.queries.warning_log import WarningCursor, format_cursor, parse_cursor, resume
from tests.support.asking import client_of, filled, gate, noon
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack

TODAY = date(2026, 11, 23)
PLAN = GeneratorPlan(
    events=600, subjects=60, seed=5, first_day=date(2020, 1, 1), last_day=date(2026, 10, 31)
)
ENTERPRISE = lives()[0]


@pytest.fixture(scope="module")
def database(stack: Stack) -> Iterator[str]:
    with fresh_database(stack.postgres) as url:
        yield url


@pytest.fixture(scope="module")
def ledger(database: str) -> dict[int, list[Raw]]:
    return filled(database, PLAN, ENTERPRISE)


@pytest.fixture(scope="module")
def client(database: str, ledger: dict[int, list[Raw]]) -> Iterator[TestClient]:
    del ledger
    pool = ConnectionPool(database, min_size=1, max_size=4, kwargs={"autocommit": True}, open=False)
    with pool:
        app = create_service(pool, RuleCalendar(load_rulebook()), noon(TODAY), dict, gate=gate())
        yield client_of(app)


def busiest(ledger: dict[int, list[Raw]]) -> tuple[str, int, list[Raw]]:
    """Give the subject with most events, its partition and its messages."""
    by_key: dict[bytes, list[Raw]] = {}
    for batch in ledger.values():
        for raw in batch:
            by_key.setdefault(raw.key or b"", []).append(raw)
    key, own = max(by_key.items(), key=lambda item: len(item[1]))
    return key.decode(), partition_of(key.decode()), own


def ask(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(f"/v1/organisation/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_profile_history_and_state_agree_on_a_subject(
    client: TestClient, ledger: dict[int, list[Raw]]
) -> None:
    subject, partition, own = busiest(ledger)
    profile = ask(client, f"subjects/{subject}/profile")
    history = ask(client, f"subjects/{subject}/history", limit=1000)
    state = ask(client, f"subjects/{subject}/state", valid_on=TODAY.isoformat())["state"]
    assert profile["events"] == len(own) == len(history["items"]) == len(state["events"])
    assert state["profile"]["names"] == profile["profile"]["names"]
    assert state["partition"] == partition


def test_a_code_in_lower_case_and_full_width_finds_the_same_subject(
    client: TestClient, ledger: dict[int, list[Raw]]
) -> None:
    subject, _, _ = busiest(ledger)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in subject)
    assert ask(client, f"subjects/{subject.lower()}/profile")["subject_id"] == subject
    assert ask(client, f"subjects/{wide}/profile")["subject_id"] == subject


def test_an_earlier_cut_and_an_earlier_moment_know_less(
    client: TestClient, ledger: dict[int, list[Raw]]
) -> None:
    subject, partition, own = busiest(ledger)
    middle = own[len(own) // 2]
    path = f"subjects/{subject}/state"
    by_cut = ask(client, path, cut=f"{partition}:{middle.offset}")["state"]
    moment = datetime.fromtimestamp((middle.timestamp_ms - 1) / 1000, UTC).isoformat()
    by_moment = ask(client, path, known_at=moment)["state"]
    assert len(by_cut["events"]) == len(own) // 2
    assert by_moment["events"] == by_cut["events"]


def test_only_what_nothing_can_change_is_final(
    client: TestClient, ledger: dict[int, list[Raw]]
) -> None:
    """Today is not over, a day to come has not been, and of a day unnamed the answer moves on."""
    subject, partition, own = busiest(ledger)
    cut = f"{partition}:{own[-1].offset}"
    passed = datetime.fromtimestamp(own[0].timestamp_ms / 1000, UTC).isoformat()
    kept = {
        str(asked): client.get(f"/v1/organisation/subjects/{subject}/state", params=asked).headers[
            "credit-ledger-final"
        ]
        == "true"
        for asked in (
            {"cut": cut, "valid_on": "2026-11-22"},
            {"known_at": passed, "valid_on": "2026-11-22"},
            {"cut": cut},
            {"cut": cut, "valid_on": "2026-11-23"},
            {"cut": cut, "valid_on": "2030-01-01"},
            {"cut": cut, "valid_on": "2026-11-22", "rules": "today"},
            {"known_at": "2026-11-23T11:59", "valid_on": "2026-11-22"},
            {"valid_on": "2026-11-22"},
        )
    }
    assert list(kept.values()) == [True, True, *[False] * 6], kept


def test_a_moment_to_come_is_refused_and_one_that_has_passed_stands_in_the_answer(
    client: TestClient, ledger: dict[int, list[Raw]]
) -> None:
    subject, _, own = busiest(ledger)
    path = f"subjects/{subject}/state"
    refused = client.get(f"/v1/organisation/{path}", params={"known_at": "2026-11-23T12:00:00.001"})
    assert (refused.status_code, refused.json()["field"]) == (400, "known_at")
    last = ask(client, f"subjects/{subject}/history", limit=1000)["items"][-1]["recorded_at"]
    answer = ask(client, path, known_at=last)
    assert answer["known_at"] == datetime.fromisoformat(last).isoformat(timespec="milliseconds")
    assert len(answer["state"]["events"]) == len(own)
    assert ask(client, path)["known_at"] is None
    both = client.get(f"/v1/organisation/{path}", params={"known_at": last, "cut": "0:1"})
    assert both.status_code == 400


def test_of_a_past_day_profile_and_hint_do_not_answer_of_a_later_one(
    client: TestClient, ledger: dict[int, list[Raw]]
) -> None:
    subject, _, _ = busiest(ledger)
    for what in ("profile", "hint"):
        path = f"/v1/organisation/subjects/{subject}/{what}"
        answer = client.get(path, params={"on": "2021-01-01"})
        assert (answer.status_code, answer.json()["field"]) == (409, "on")
        assert "state?valid_on=" in answer.json()["do"]
        assert client.get(path, params={"on": "2026-11-23"}).json() == client.get(path).json()


def test_a_page_says_of_how_many_it_is_and_where_the_next_one_is(
    client: TestClient, ledger: dict[int, list[Raw]]
) -> None:
    subject, _, own = busiest(ledger)
    url: str | None = f"/v1/organisation/subjects/{subject}/history?limit=3"
    found: list[int] = []
    while url is not None:
        answer = client.get(url)
        assert answer.json()["of"] == len(own)
        found += [item["offset"] for item in answer.json()["items"]]
        url = answer.links["next"]["url"] if "next" in answer.links else None
    assert found == [raw.offset for raw in own]


def test_a_history_at_a_cut_that_is_silent_or_lies_ahead_is_not_answered_as_empty(
    client: TestClient, ledger: dict[int, list[Raw]]
) -> None:
    subject, partition, own = busiest(ledger)
    path = f"/v1/organisation/subjects/{subject}/history"
    silent = client.get(path, params={"cut": f"{(partition + 1) % LEDGER_PARTITIONS}:5"})
    assert (silent.status_code, silent.json()["field"]) == (400, "cut")
    assert client.get(path, params={"cut": f"{partition}:999999"}).status_code == 409
    known = client.get(path, params={"cut": f"{partition}:{own[-1].offset}"}).json()
    assert known["of"] == len(own) - 1


def test_pages_of_warnings_go_through_all_and_belong_to_their_read_models(
    client: TestClient,
) -> None:
    whole = ask(client, "warnings", limit=1000)["warnings"]
    url: str | None = "/v1/organisation/warnings?limit=7"
    found: list[Any] = []
    while url is not None:
        answer = client.get(url)
        found += answer.json()["warnings"]
        url = answer.links["next"]["url"] if "next" in answer.links else None
    assert found == whole
    foreign = client.get("/v1/organisation/warnings?after=v999,0:1.0")
    assert foreign.status_code == 409


def test_a_region_is_asked_about_only_as_far_ahead_as_can_be_answered(client: TestClient) -> None:
    ahead = client.get("/v1/regions/330100?on=9999-12-01")
    assert (ahead.status_code, ahead.json()["field"]) == (400, "on")
    assert client.get("/v1/regions/330100?on=2026-12-24").status_code == 200
    assert client.get("/v1/regions/330100?on=2026-12-25").status_code == 400


def test_who_is_due_beyond_what_one_question_may_assess_is_not_assessed(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.queries.region_now.DUE_MAX", 0)
    answer = client.get("/v1/regions/330000?on=2026-12-24")
    assert (answer.status_code, answer.json()["title"]) == (503, "RegionUnsweptError")
    assert answer.headers["retry-after"]


def test_the_documents_of_the_service_say_what_its_answers_are(client: TestClient) -> None:
    """What OpenAPI says of an answer is what `msgspec` reads of it, without a field left over."""
    subject = ENTERPRISE.subject_id
    state = client.get(f"/v1/organisation/subjects/{subject}/state").content
    msgspec.json.decode(state, type=StateDocument)
    assert set(json.loads(state)) == set(StateDocument.__struct_fields__)
    described = client.get("/openapi.json").json()
    limit = next(
        each
        for each in described["paths"]["/v1/{platform}/warnings"]["get"]["parameters"]
        if each["name"] == "limit"
    )
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
    names = re.findall(r'"#/components/schemas/([\w.]+)"', json.dumps(described))
    assert set(names) == set(described["components"]["schemas"])


def test_an_answer_at_a_cut_is_final_and_no_cache_hands_it_on(
    client: TestClient, ledger: dict[int, list[Raw]]
) -> None:
    subject, partition, _ = busiest(ledger)
    path = f"/v1/organisation/subjects/{subject}/state"
    answer = client.get(path, params={"cut": f"{partition}:1", "valid_on": "2024-01-01"})
    assert answer.headers["credit-ledger-final"] == "true"
    assert client.get(path).headers["credit-ledger-final"] == "false"
    # There is a right behind both: no cache may hand them on.
    assert answer.headers["cache-control"] == "private, no-store"
    assert client.get(path).headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("organisation/subjects/91330100PDY000028A/profile", 400, "subject"),
        ("organisation/subjects/91330100PDY000028X/profile", 404, None),
        ("nobody/subjects/91330100PDY000028X/profile", 400, "platform"),
        ("person/subjects/330106190001010017/profile", 400, "subject"),
        ("organisation/subjects/91330100PDY000028X/cases", 404, None),
        ("organisation/subjects/91330100PDY000028X/cases?on=x", 400, "on"),
        ("organisation/subjects/91330100PDY000028X/state?valid_on=x", 400, "valid_on"),
        ("organisation/subjects/91330100PDY000028X/state?known_at=x", 400, "known_at"),
        ("organisation/subjects/91330100PDY000028X/state?cut=x", 400, "cut"),
        ("organisation/subjects/91330100PDY000028X/history?limit=x", 400, "limit"),
        ("organisation/warnings?level=pink", 400, "level"),
    ],
)
def test_a_bad_question_is_refused_by_field_and_rule(
    client: TestClient, path: str, status: int, field: str | None
) -> None:
    answer = client.get(f"/v1/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().get("field") == field
    assert "330106190001010017" not in answer.text


def test_a_profile_is_answered_whole(client: TestClient) -> None:
    profile = ask(client, f"subjects/{ENTERPRISE.subject_id}/profile")["profile"]
    documents = {record["document_no"]: record for record in profile["records"]}
    penalty = documents["市监罚〔2022〕33号"]
    assert (penalty["type"], penalty["details"]["fine_fen"]) == ("PenaltyImposed", 60_000_000)
    assert (penalty["shown"]["public"], penalty["status"]) == (False, "settled")
    assert [(m["status"], m["until"]) for m in profile["lists"]] == [("ended", "2023-07-24")]
    assert [measure["status"] for measure in profile["measures"]] == ["lifted"]
    assert profile["score"]["points"] <= 1000
    assert {s["domain"] for s in profile["supervision"]} >= {"market"}
    assert documents["市监罚〔2017〕61号"]["statements"][0]["day"] == "2018-05-20"


@pytest.mark.requirement(66, at="http")
def test_the_stages_of_a_case_are_chained_on_any_day(client: TestClient) -> None:
    path = f"subjects/{ENTERPRISE.subject_id}/cases"
    (case,) = ask(client, path)["cases"]
    assert case["number"] == "(2025)浙0106民初512号"
    assert [stage["stage"] for stage in case["stages"]] == ["filed", "judged", "enforced"]
    assert case["stages"][-1]["owed_fen"] == 9_000_000
    (earlier,) = ask(client, path, on="2025-03-01")["cases"]
    assert [stage["stage"] for stage in earlier["stages"]] == ["filed"]
    assert ask(client, path, on="2024-01-01")["cases"] == []


@pytest.mark.requirement(16, 90, at="http")
def test_lists_and_warnings_are_answered(client: TestClient) -> None:
    counts = ask(client, "lists")
    members = ask(client, f"lists/{counts[0]['list']}", status=counts[0]["status"], limit=1000)
    assert len(members["members"]) == counts[0]["entries"]
    whole = ask(client, "warnings", limit=1000)["warnings"]
    red = ask(client, "warnings", level="red", limit=1000)["warnings"]
    assert red == [w for w in whole if w["level"] == "red"]
    assert whole


def test_a_stream_resumes_from_any_place_without_loss_or_repeat(
    database: str, ledger: dict[int, list[Raw]]
) -> None:
    del ledger
    with psycopg.connect(database, autocommit=True) as connection:
        start = WarningCursor(1, {})
        whole = resume(connection, Platform.ORGANISATION, start).told
        for cursor, told in whole[:: max(1, len(whole) // 7)]:
            place = parse_cursor(format_cursor(cursor))
            rest = resume(connection, Platform.ORGANISATION, place).told
            at = [w.warning_id for _, w in whole].index(told.warning_id)
            assert [w for _, w in rest] == [w for _, w in whole[at + 1 :]]


def test_a_line_break_in_a_value_begins_no_field() -> None:
    assert frame("a\rid: 9\nb", cursor="v1\r\nevent: x") == (
        b"id: v1  event: x\ndata: a\ndata: id: 9\ndata: b\n\n"
    )


def test_health_metrics_and_description(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["events"]["organisation"] == PLAN.events + len(
        ENTERPRISE.scenes
    )
    assert "credit_ledger_parked_subjects" in client.get("/metrics").text
    described = client.get("/openapi.json").json()
    subjects = "/v1/{platform}/subjects/{subject}"
    asked = {path for path in described["paths"] if path.startswith(subjects)}
    whats = ("profile", "history", "state", "cases", "hint", "evaluations/{year}", "inquiries")
    assert asked == {f"{subjects}/{what}" for what in (*whats, "report")}
    assert "credit" in client.get("/docs").text.lower()
    assert client.get("/schemas/ids/3").status_code == 200
