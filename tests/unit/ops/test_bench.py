"""Across the benchmarks: percentiles, what is sent, what is printed. Nothing here is timed."""

from __future__ import annotations

import ast
import itertools
import subprocess
import sys
from collections import deque
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest

from events.admission.admission import admit
from events.envelope import CHINA
from events.identifiers import identity_number_problem
from events.rules.rulebook import load_rulebook
from events.topics import submission_origin
from events.types.arrears import TaxArrearsAnnounced
from events.wire.decoding import decode_event
from ops.bench import latency, machine, peers
from ops.bench.asof import default_plan
from ops.bench.cost import share_of_core
from ops.bench.doors import access, intake
from ops.bench.doors.serving import TimedAnswer, WebQuestion
from ops.bench.load import WARNED_EVERY, recent_plan, split, submissions
from ops.bench.long.record import OneMore, SubjectCost, figures
from ops.bench.watching import LedgerPlace, PositionWatch
from ops.local.stack import Stack

STACK = Stack(kafka="127.0.0.1:1", postgres="postgresql://nobody@127.0.0.1:1/none")


def test_percentiles_are_values_that_were_measured() -> None:
    found = machine.percentiles([float(n) for n in range(1000, 0, -1)])

    assert found == {"p50": 501.0, "p99": 991.0, "max": 1000.0, "samples": 1000}


def test_nothing_measured_has_no_percentile() -> None:
    assert machine.percentiles([]) == {"p50": None, "p99": None, "max": None, "samples": 0}


def test_every_submission_is_admitted_and_one_in_twenty_warns() -> None:
    plan = default_plan(400, 40, 1)
    first, following = split(plan, 200)
    loaded = list(first)
    made = list(islice(submissions(plan, following), 200))

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
    made = list(islice(submissions(plan, split(plan, 0)[1]), 100))
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
    made = list(islice(submissions(plan, split(plan, 0)[1]), 2 * latency.WARM_UP_S))
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


def test_what_is_submitted_lies_in_the_past() -> None:
    plan = recent_plan(100, 10)

    assert plan.last_day < datetime.now(CHINA).date()
    assert plan.events == 100


def test_what_one_more_event_costs_is_told_by_the_length_of_the_record() -> None:
    found = figures(
        {
            size: SubjectCost(
                [OneMore(ms, ms / 2, 100, 100 * size) for ms in (size / 100, 9e9, size / 100)],
                size,
                [1.0],
                [2.0],
            )
            for size in (100, 1_000)
        }
    )
    assert found["apply_growth"] == 10.0
    assert found["apply_ms"]["1000"]["p50"] == 10.0
    assert found["published_bytes"] == {"100": 100, "1000": 100}
    assert found["whole_bytes"] == {"100": 10_000, "1000": 100_000}
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


@pytest.mark.parametrize(
    ("limit", "tried", "found"),
    [
        (0, [188, 188], 0),
        (300, [188, 281, 422, 422, 344, 344, 311, 311], 281),
        (400, [188, 281, 422, 422, 344, 381], 381),
        (9_999, list(latency.RATES), latency.RATES[-1]),
    ],
)
def test_the_highest_rate_is_looked_for_between_the_last_that_held_and_the_next(
    limit: int, tried: list[int], found: int
) -> None:
    asked: list[int] = []

    def holds(rate: int) -> bool:
        asked.append(rate)
        return rate <= limit

    assert latency.highest_that_holds(holds) == found
    assert asked == tried


def test_the_peers_environment_has_what_our_modules_import_there() -> None:
    tree = ast.parse((Path(peers.__file__).with_name("quix.py")).read_text("utf-8"))
    names = [each.module or "" for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
    ours = [name for name in names if name.split(".")[0] in ("events", "projections", "streams")]
    told = subprocess.run(
        [sys.executable, "-c", _IMPORTED, *ours], capture_output=True, text=True, check=True
    ).stdout.split()
    # A calendar of days off is imported where the first deadline is counted.
    found = {each.replace("_", "-") for each in ("holidays", *told)}
    assert found - _BROUGHT_BY_OTHERS == set(peers._SHARED)


_IMPORTED = """
import sys
from importlib.metadata import packages_distributions
for name in sys.argv[1:]:
    __import__(name)
of = packages_distributions()
print(*{each for name in list(sys.modules) for each in of.get(name.split(".")[0], ())})
"""
_BROUGHT_BY_OTHERS = {"cramjam", "credit-ledger", "setuptools", "typing-extensions"}


def test_a_rate_is_tried_with_a_warm_up_and_nothing_is_sent_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, list[int]]] = []

    def send(_stack: object, _by: object, made: list[int], rate: int, *_: object) -> int:
        asked.append((rate, made))
        return rate

    monkeypatch.setattr(latency, "_send", send)
    monkeypatch.setattr(latency, "_rest", lambda _: None)
    monkeypatch.setattr(latency, "_figures", lambda rate, *_: {"profile_ms": {"p99": rate}})
    monkeypatch.setattr(
        latency, "came_in_time", lambda found: found["profile_ms"]["p99"] < latency.RATES[1]
    )
    monkeypatch.setattr(latency, "ledger_ends", lambda _: {})
    monkeypatch.setattr(latency, "ledger_places", lambda *_: {})

    nothing: Any = None
    left: Any = itertools.count()
    best, steps = latency._rate_max(STACK, nothing, left, nothing, nothing, lambda _: None)
    assert best > latency.RATES[0]
    assert steps == {str(rate): [rate] * (1 + (rate > best)) for rate, _ in asked}
    assert all(len(step) == rate * 8 for rate, step in asked)
    assert [each for _, step in asked for each in step] == list(range(next(left)))


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
