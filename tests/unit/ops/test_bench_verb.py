"""Across the verb `bench`: what is printed, when it fails, and that no server of one's own is measured."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from events.envelope import Platform
from ops.bench import latency, machine, stack
from ops.bench.doors import access, intake
from ops.bench.plan import province
from ops.cli.bench.group import bench_app
from ops.evidence.keys import known_keys
from ops.evidence.settings import read_evidence_settings
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
