"""Across the benchmarks: percentiles, what is sent, what is printed. Nothing here is timed."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import deque
from contextlib import nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import unquote

import pytest
from typer.testing import CliRunner

from events.admission.admission import admit
from events.envelope import CHINA, Platform
from events.identifiers import identity_number_problem
from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from events.topics import submission_origin
from events.types.arrears import TaxArrearsAnnounced
from events.wire.decoding import decode_event
from ops.bench import latency, machine, peers, stack
from ops.bench.asof import default_plan
from ops.bench.cost import share_of_core
from ops.bench.doors import access, intake
from ops.bench.doors.serving import TimedAnswer, WebQuestion
from ops.bench.load import WARNED_EVERY, split, submissions, warned
from ops.bench.long.record import OneMore, SubjectCost, figures
from ops.bench.plan import province
from ops.bench.watching import LedgerPlace, PositionWatch
from ops.bench.windows.asking import Filling, Opened, PageKind, page_figures
from ops.bench.windows.boards import Received, board_figures
from ops.bench.windows.measuring import halves
from ops.bench.windows.visitors import Visitor
from ops.cli.bench.group import bench_app
from ops.evidence.keys import known_keys
from ops.evidence.settings import read_evidence_settings
from ops.generator import subject_id_at
from ops.local.stack import KAFKA_SETTING, POSTGRES_SETTING, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUNNER = CliRunner()
STACK = Stack(kafka="127.0.0.1:1", postgres="postgresql://nobody@127.0.0.1:1/none")
FIGURES = {
    "profile_ms": {"p50": 1.5, "p99": 2.5, "max": 3.0, "samples": 9},
    "warning_ms": {"p50": 1.5, "p99": 2.5, "max": 3.0, "samples": 1},
    "missing": 0,
    "missing_warnings": 0,
    "refused": 0,
}


@pytest.fixture
def no_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the verbs measure without servers."""

    @stack.contextmanager
    def pretended(_say: object, *, keep: bool = False) -> Iterator[Stack]:
        del keep
        yield STACK

    monkeypatch.setattr(stack, "bench_stack", pretended)
    monkeypatch.setattr(machine, "machine", lambda _: {"cores": 2})


@pytest.fixture
def no_servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Let `bench_stack` start and erase nothing, and remember what it would have."""
    done: list[str] = []

    def up(*_: object, **__: object) -> Stack:
        done.append("up")
        return STACK

    monkeypatch.setenv("CREDIT_LEDGER_HOME", str(tmp_path))
    monkeypatch.setattr(stack, "up", up)
    monkeypatch.setattr(stack, "prepare", lambda *_: done.append("prepare"))
    monkeypatch.setattr(stack, "erase", lambda _: done.append("erase"))
    monkeypatch.setattr(stack, "down", lambda _: done.append("down"))
    return done


def test_percentiles_are_values_that_were_measured() -> None:
    found = machine.percentiles([float(n) for n in range(1000, 0, -1)])

    assert found == {"p50": 501.0, "p99": 991.0, "max": 1000.0, "samples": 1000}


def test_nothing_measured_has_no_percentile() -> None:
    assert machine.percentiles([]) == {"p50": None, "p99": None, "max": None, "samples": 0}


def test_every_submission_is_admitted_and_one_in_twenty_warns() -> None:
    plan = default_plan(400, 40, 1)
    first, following = split(plan, 200)
    loaded = list(first)
    made = submissions(plan, following, 200)

    assert len(loaded) == 200
    assert [n for n, each in enumerate(made) if each.warned] == list(range(0, 200, WARNED_EVERY))
    for each in made:
        platform, department = submission_origin(each.topic)
        event: Any = admit(
            each.value,
            platform=platform,
            department=department,
            submitted_at=datetime(2027, 1, 1, tzinfo=UTC),
            rulebook=load_rulebook(),
        )
        assert event.envelope.event_id == each.event_id
        assert event.envelope.subject_id == each.key.decode()


def test_who_must_be_warned_of_is_a_subject_of_its_own_that_owes_over_50_000_yuan() -> None:
    plan = default_plan(400, 40, 1)
    made = submissions(plan, split(plan, 0)[1], 100)
    others = {each.key for each in made if not each.warned}
    warned = [each for each in made if each.warned]

    assert len({each.key for each in warned}) == len(warned)
    assert others.isdisjoint(each.key for each in warned)
    for each in warned:
        event = decode_event(each.value)
        assert isinstance(event, TaxArrearsAnnounced)
        assert (event.balance_fen or 0) > 5_000_000


def test_a_profile_is_seen_once_the_position_has_passed_its_event() -> None:
    watch = PositionWatch("")
    watch._moments = [[1.0, 2.0, 3.0]]
    watch._offsets = [[10, 15, 20]]

    assert [watch.seen(LedgerPlace(0, offset, 0)) for offset in (9, 10, 14, 15, 19, 20)] == [
        1.0,
        2.0,
        2.0,
        3.0,
        3.0,
        None,
    ]
    assert watch.total() == 20


@pytest.mark.requirement(13)
def test_what_was_not_seen_is_counted_and_in_no_percentile() -> None:
    plan = default_plan(400, 40, 1)
    made = submissions(plan, split(plan, 0)[1], 2 * latency.WARM_UP_S)
    skipped = latency.WARM_UP_S
    sent = latency._Sent(made, 1, 100.0, 1_000_000.0, [0.0] * len(made), latency.WARM_UP_S)
    watch = PositionWatch("")
    watch._moments, watch._offsets = [[0.0, 116.0]], [[0, 1]]
    places = {made[skipped].event_id: deque([LedgerPlace(0, 0, 1_015_500)])}
    warned: Any = SimpleNamespace(received={})

    found = latency._figures(sent, places, watch, warned)

    assert found["missing"] == latency.WARM_UP_S - 1
    assert found["profile_ms"]["samples"] == 1
    assert found["profile_ms"]["p50"] == 1000.0
    assert found["stages_ms"]["in_ledger"]["p50"] == 500.0


def test_a_peer_that_fails_is_null_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = [sys.executable, "-c", "raise SystemExit('it is not here')"]
    silent = [sys.executable, "-c", "print('no rate')"]
    for command, why in (
        (ended, "it is not here"),
        (silent, "without a result"),
        (["/no/such/program"], "No such file"),
    ):
        with pytest.raises(peers.PeerFailedError, match=why):
            peers._rate(command, STACK)
    monkeypatch.setattr(peers, "_TIMEOUT_S", 0.05)
    with pytest.raises(peers.PeerFailedError, match="no result within"):
        peers._rate([sys.executable, "-c", "import time; time.sleep(60)"], STACK)


def test_a_peer_that_prints_its_rate_last_is_measured() -> None:
    talking = [sys.executable, "-c", "print('starting'); print(1234)"]

    assert peers._rate(talking, STACK) == 1234


def test_the_rest_is_measured_where_a_peer_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class Reader:
        partitions = range(2)

        def __init__(self, *_: object) -> None:
            pass

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def end(self, _: int) -> int:
            return 50

    def failing(*_: object) -> int:
        raise peers.PeerFailedError("no network")

    monkeypatch.setattr(peers, "LedgerReader", Reader)
    monkeypatch.setattr(peers, "_raw", lambda _stack, _what, count: count)
    monkeypatch.setattr(peers, "stock_faust", lambda _stack, count: count)
    monkeypatch.setattr(peers, "quix", failing)

    found = peers.measure_peers(STACK, lambda _: None)

    assert found["raw_consume_per_s"] == found["stock_faust_events_per_s"] == 100
    assert found["quix_events_per_s"] is None
    assert found["notes"] == ["quix_events_per_s: no network"]


@pytest.mark.usefixtures("no_stack")
def test_json_is_one_object_with_the_machine_and_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(latency, "measure_latency", lambda *_: FIGURES)
    monkeypatch.setattr(sys, "argv", ["credit-ledger", "bench", "latency", "--json"])

    done = RUNNER.invoke(bench_app, ["latency", "--json"])

    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["profile_ms"]["p99"] == 2.5
    assert found["warning_ms"]["p50"] == 1.5
    assert found["machine"] == {"cores": 2}
    assert found["command"] == "credit-ledger bench latency --json"


@pytest.mark.requirement(13, 61)
@pytest.mark.usefixtures("no_stack")
@pytest.mark.parametrize("lost", ["missing", "missing_warnings", "refused"])
def test_a_lost_submission_is_exit_code_1(monkeypatch: pytest.MonkeyPatch, lost: str) -> None:
    monkeypatch.setattr(latency, "measure_latency", lambda *_: FIGURES | {lost: 1})

    assert RUNNER.invoke(bench_app, ["latency"]).exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["latency", "--rate", "0"],
        ["latency", "--seconds", "0"],
        ["asof", "--events", "10"],
        ["evidence", "--events", "10"],
        ["replay", "--subjects", "1"],
        ["pipeline", "--events", "many"],
        ["speed"],
    ],
)
def test_what_cannot_be_measured_is_wrong_usage(arguments: list[str]) -> None:
    assert RUNNER.invoke(bench_app, arguments).exit_code == 2


def test_a_server_of_ones_own_is_never_measured(
    monkeypatch: pytest.MonkeyPatch, no_servers: list[str]
) -> None:
    monkeypatch.setenv(KAFKA_SETTING, "ledger.example:9092")
    monkeypatch.delenv(POSTGRES_SETTING, raising=False)

    with stack.bench_stack(lambda _: None) as found:
        assert found == STACK
        assert os.environ[KAFKA_SETTING] == STACK.kafka
        assert os.environ[POSTGRES_SETTING] == STACK.postgres

    assert os.environ[KAFKA_SETTING] == "ledger.example:9092"
    assert POSTGRES_SETTING not in os.environ
    assert no_servers == ["erase", "up", "prepare", "erase"]


def test_a_second_benchmark_on_one_home_finds_neither_log_nor_keys_of_the_first(
    no_servers: list[str], tmp_path: Path
) -> None:
    """A signer that found a log over records that are gone stopped: "the ledger was altered"."""
    logs = []
    for keep in (True, False):  # what was kept is of the last run
        with stack.bench_stack(lambda _: None, keep=keep):
            settings = read_evidence_settings()
            assert settings.folder == tmp_path / "bench" / "evidence"
            assert settings.keys == tmp_path / "bench" / "keys"
            known = {each.vkey for each in known_keys(settings) if each.signs}
            assert len(known) == len(Platform) + 1
            assert not (settings.folder / "written").exists()
            (settings.folder / "written").write_text("a log")
            logs.append(known)
    assert logs[0].isdisjoint(logs[1])
    assert not (tmp_path / "bench" / "evidence").exists()
    assert not (tmp_path / "bench" / "keys").exists()
    assert no_servers[-1] == "erase"


def test_no_log_witness_or_home_of_ones_own_is_measured(
    monkeypatch: pytest.MonkeyPatch, no_servers: list[str], tmp_path: Path
) -> None:
    own = {
        "CREDIT_LEDGER_HOME": str(tmp_path),
        "CREDIT_LEDGER_KEYS": str(tmp_path / "mine"),
        "CREDIT_LEDGER_ORIGIN": "credit.example/real",
        "CREDIT_LEDGER_POLICY": str(tmp_path / "policy"),
    }
    for name, value in own.items():
        monkeypatch.setenv(name, value)

    with stack.bench_stack(lambda _: None):
        assert os.environ["CREDIT_LEDGER_HOME"] == str(tmp_path / "bench")
        assert "CREDIT_LEDGER_ORIGIN" not in os.environ
        assert "CREDIT_LEDGER_POLICY" not in os.environ

    assert {name: os.environ[name] for name in own} == own
    assert not (tmp_path / "mine").exists()
    assert no_servers != []


def test_what_is_to_be_kept_is_stopped_and_not_erased(no_servers: list[str]) -> None:
    with stack.bench_stack(lambda _: None, keep=True):
        pass

    assert no_servers == ["erase", "up", "prepare", "down"]


def test_a_benchmark_told_to_end_stops_its_servers(no_servers: list[str]) -> None:
    with pytest.raises(SystemExit), stack.bench_stack(lambda _: None):
        signal.raise_signal(signal.SIGTERM)

    assert no_servers[-1] == "erase"


def test_what_is_submitted_lies_in_the_past() -> None:
    plan = latency._plan(100)

    assert plan.last_day < datetime.now(CHINA).date()
    assert plan.events == 100


def test_a_days_questions_are_made_by_seed_and_name_subjects_of_the_plan() -> None:
    plan = default_plan(120, 100, 1)
    keys = {"Credit-Purpose": "supervision"}, {"Credit-Purpose": "audit"}
    asked = list(province._questions(plan, 200, keys))

    assert asked == list(province._questions(plan, 200, keys))
    kinds = {
        (path.rsplit("/", 1)[1].partition("?")[0], headers["Credit-Purpose"])
        for path, headers in asked
    }
    assert kinds == {
        ("profile", "supervision"),
        ("hint", "supervision"),
        ("history", "audit"),
        ("state", "audit"),
    }
    subjects = {subject_id_at(Platform.ORGANISATION, index) for index in range(100)}
    assert {path.split("/")[4] for path, _ in asked} <= subjects


@pytest.mark.usefixtures("no_stack")
@pytest.mark.parametrize(
    ("held", "answers", "code", "told"),
    [
        (10, {"200": 10}, 0, ""),
        (10, {"200": 9, province.NOTHING_SHOWN: 1}, 0, ""),
        (9, {"200": 10}, 1, "missed: not every enterprise is held"),
        (10, {"200": 9, "503": 1}, 1, "missed: not every question is answered"),
    ],
)
def test_a_province_that_is_not_held_or_not_answered_whole_fails_and_says_so(
    monkeypatch: pytest.MonkeyPatch, held: int, answers: dict[str, int], code: int, told: str
) -> None:
    asked = [(said, 1.0) for said, count in answers.items() for _ in range(count)]
    held_now = {"profiles": held, "partitions": 12}
    rebuilt = SimpleNamespace(events_per_s=1)
    for name, given in {
        "fill_ledger": None,
        "replay": rebuilt,
        "_held": held_now,
        "_keys": ({}, {}),
        "_answered": asked,
        "service_process": nullcontext(1),
    }.items():
        monkeypatch.setattr(province, name, lambda *_, _given=given, **__: _given)
    sized = ["province", "--subjects", "10", "--questions", "10"]
    found = RUNNER.invoke(bench_app, sized)

    assert found.exit_code == code
    assert told in found.stderr + found.stdout


def test_what_one_more_event_costs_is_told_by_the_length_of_the_record() -> None:
    found = figures(
        {
            size: SubjectCost(
                [OneMore(ms, ms / 2, 100 * size) for ms in (size / 100, 9e9, size / 100)],
                size,
                [1.0],
                [2.0],
            )
            for size in (100, 1_000)
        }
    )
    assert found["apply_growth"] == 10.0
    assert found["apply_ms"]["1000"]["p50"] == 10.0
    assert found["published_bytes"] == {"100": 10_000, "1000": 100_000}
    assert found["state_bytes"] == {"100": 100, "1000": 1_000}
    assert (found["decode_ms"]["100"]["p50"], found["state_ms"]["100"]["p50"]) == (1.0, 2.0)


def test_what_parts_take_is_a_share_of_one_core_and_measuring_is_none_of_it() -> None:
    found = share_of_core({"broker": 1.0, "projector": 0.5, "measuring": 9.0}, 20)
    assert found == {"broker": 0.05, "projector": 0.025, "measuring": 0.45, "all": 0.075}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, True),
        ({"profile_ms": {"p99": 500.0}}, False),
        ({"warning_ms": {"p99": 500.0}}, False),
        ({"warning_ms": {"p99": None}}, False),
        ({"missing": 1}, False),
        ({"missing_warnings": 1}, False),
    ],
)
def test_a_rate_holds_where_all_came_in_time(changed: dict[str, Any], expected: object) -> None:
    found = {
        "profile_ms": {"p99": 499.9},
        "warning_ms": {"p99": 499.9},
        "missing": 0,
        "missing_warnings": 0,
    }
    assert latency.came_in_time(found | changed) is expected


def test_the_highest_rate_is_the_last_that_held(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def send(_stack: object, made: list[int], rate: int, *_: object) -> int:
        asked.append((rate, len(made)))
        return rate

    monkeypatch.setattr(latency, "_send", send)
    monkeypatch.setattr(latency, "_figures", lambda rate, *_: rate)
    monkeypatch.setattr(latency, "came_in_time", lambda rate: rate < latency.RATES[2])
    monkeypatch.setattr(latency, "ledger_ends", lambda _: {})
    monkeypatch.setattr(latency, "ledger_places", lambda *_: {})

    nothing: Any = None
    best = latency._rate_max(STACK, [nothing] * 20_000, nothing, nothing, lambda _: None)

    assert best == latency.RATES[1]
    assert asked == [(rate, rate * 8) for rate in latency.RATES[:3]]


PUBLIC = Visitor(Role.PUBLIC, {})
OWN = Visitor(Role.SUBJECT, {})


def test_a_subject_opens_its_own_pages_and_languages_take_turns() -> None:
    any_of = [{"subject": "A", "record": "1", "name": "甲乙丙丁有限公司"}]
    filling = Filling({"": any_of, "subject": [{"subject": "B", "record": "2", "name": ""}]}, 1)
    path = "/notices/{subject}/{record}"
    assert filling.address(PageKind(path, PUBLIC)) == "/zh/notices/A/1"
    assert filling.address(PageKind(path, OWN)) == "/en/notices/B/2"
    sought = unquote(filling.sought().removeprefix("/zh/notices?q="))
    assert 2 <= len(sought) <= 6
    assert sought in any_of[0]["name"]


def test_pages_are_told_by_their_codes_and_the_slowest_kinds_by_name() -> None:
    fast, slow = PageKind("/notices", PUBLIC), PageKind("/me", OWN)
    opened = [
        Opened(fast, "/zh/notices", 200, 2.0, 10),
        Opened(fast, "/en/notices", 503, 4.0, 10),
        Opened(slow, "/zh/me", 200, 9.0, 10),
    ]
    found = page_figures(opened)
    assert found["page_ms"]["max"] == 9.0
    assert found["slowest_ms"] == {"/me (subject)": 9.0, "/notices (public)": 4.0}
    assert found["answers"] == {"200": 2, "503": 1}
    assert found["not_answered"] == ["503 /en/notices (public)"]
    assert found["kinds"] == 2


def test_a_warning_that_a_board_had_not_is_missing() -> None:
    class Seen:
        def seen(self, place: LedgerPlace) -> float | None:
            return 10.0 if place.offset == 7 else None

    received = [
        *(Received(LedgerPlace(0, 7, 0), 10.25, 0), Received(LedgerPlace(0, 7, 0), 10.2, 0)),
        Received(LedgerPlace(0, 8, 0), 10.5, 1),
    ]
    found = board_figures(received, cast("PositionWatch", Seen()), 3, 1)
    assert found["board_ms"]["max"] == 250.0
    assert found["board_missing"] == 2


def test_each_move_comes_in_once_beside_the_pages_or_beside_the_boards() -> None:
    moves = warned(default_plan(1_000, 10, 1), 8)
    beside_pages, beside_boards = halves(moves)
    assert len(beside_pages) == len(beside_boards) == 4
    assert [*beside_pages, *beside_boards] == moves


@pytest.mark.usefixtures("no_stack")
@pytest.mark.parametrize(
    ("lost", "unanswered", "code"), [(0, 0, 0), (1, 0, 1), (0, 1, 1)], ids=["whole", "lost", "none"]
)
def test_an_answer_that_was_not_recorded_or_not_given_is_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, lost: int, unanswered: int, code: int
) -> None:
    found = {"inquiries_lost": lost, "unanswered": unanswered}
    monkeypatch.setattr(access, "measure_access", lambda *_: found)

    assert RUNNER.invoke(bench_app, ["access"]).exit_code == code


@pytest.mark.usefixtures("no_stack")
@pytest.mark.parametrize("unanswered", [0, 1])
def test_a_record_that_was_not_taken_is_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, unanswered: int
) -> None:
    monkeypatch.setattr(intake, "measure_intake", lambda *_: {"unanswered": unanswered})

    assert RUNNER.invoke(bench_app, ["intake"]).exit_code == unanswered


def test_an_inquiry_is_lost_where_the_digest_of_an_answer_by_a_key_is_on_no_topic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {"Authorization": "Bearer k"}
    answers = [
        TimedAnswer(WebQuestion("/a", known), 200, 1.0, "recorded"),
        TimedAnswer(
            WebQuestion("/b", known), 200, 1.0, "recorded"
        ),  # The same bytes, once recorded.
        TimedAnswer(WebQuestion("/c", known), 404, 1.0, "of a refusal"),
        TimedAnswer(WebQuestion("/d", known), 503, 1.0, "not given"),
        TimedAnswer(WebQuestion("/e", {}), 200, 1.0, "public"),
    ]
    told = [{"digest": "recorded", "outcome": "answered"}, {"digest": None, "outcome": "x"}]
    monkeypatch.setattr(access, "read_messages", lambda *_: [(0, 0, each) for each in told])
    monkeypatch.setattr(access, "decode_record", lambda value: ("credit.Inquiry", value))

    assert access._lost(STACK, answers) == 2


def test_made_up_persons_have_right_numbers_and_are_no_minors() -> None:
    made = [intake._of_person(number, number) for number in range(1, 40_000, 997)]
    numbers = [each["subject_number"] for each in made]

    assert [identity_number_problem(each) for each in numbers] == [None] * len(numbers)
    assert len(set(numbers)) == len(numbers)
    assert all(each[6:10] < "1991" for each in numbers)
