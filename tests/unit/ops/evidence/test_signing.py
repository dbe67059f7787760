"""How often a role of the signer signs: never before it is due, and it rests long after a long cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import KafkaError, KafkaException

from events.envelope import Platform
from events.errors import LedgerError
from ops.evidence import signing
from ops.evidence.asking import Witnesses
from ops.evidence.settings import EvidenceSettings
from ops.evidence.signing import Running
from projections.proof.policy import parse_policy


class Clock:
    """A monotonic clock, and one of processors; each cut takes as long as one says."""

    def __init__(self) -> None:
        self.now = 100.0
        self.worked = 7.0
        self.takes = 0.0
        self.waits = 0.0
        self.steps = 0
        self.fails: Exception | None = None

    def step(self, _: object) -> None:
        self.steps += 1
        self.now += self.takes + self.waits
        self.worked += self.takes
        if self.fails is not None:
            raise self.fails


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(signing.time, "monotonic", lambda: found.now)
    monkeypatch.setattr(signing.time, "process_time", lambda: found.worked)
    return found


@pytest.fixture
def running(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Running:
    settings = EvidenceSettings(
        origin="t.example", folder=tmp_path / "e", keys=tmp_path / "k", cut_every_s=10
    )
    monkeypatch.setattr(Running, "_opened", lambda _: (clock, None))
    return Running(settings, Platform.ORGANISATION, "127.0.0.1:1")


@pytest.mark.parametrize(
    ("takes", "waits", "rests"),
    [
        (0.0, 0.0, 10.0),
        (0.5, 0.0, 9.5),
        (1.0, 0.0, 15.0),
        (4.0, 0.0, 60.0),
        (0.5, 2.5, 7.5),  # of what it waited for it rests no more than that long
        (0.1, 20.0, 20.1),
    ],
)
def test_it_rests_fifteen_times_as_long_as_processors_worked_and_as_long_as_it_waited(
    clock: Clock, running: Running, takes: float, waits: float, rests: float
) -> None:
    clock.takes, clock.waits = takes, waits
    due = running.turn(clock.now)
    assert due - clock.now == pytest.approx(rests)
    assert running.turn(due - 0.1) == due
    assert clock.steps == 1


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), LedgerError("altered")])
def test_what_goes_wrong_is_said_and_tried_again_later(
    clock: Clock, running: Running, error: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    clock.fails = error
    assert running.turn(clock.now) == clock.now + 30
    assert "signer_stopped" in capsys.readouterr().out


def test_while_the_broker_is_away_for_a_minute_it_is_asked_every_two_seconds_and_then_signed(
    clock: Clock, running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    clock.fails = KafkaException(KafkaError(KafkaError._TRANSPORT))
    began = clock.now
    while clock.now < began + 60:
        clock.now = running.turn(clock.now)
    assert (clock.steps, clock.now) == (30, began + 60)
    assert capsys.readouterr().out.count("broker_away") == 30
    clock.fails = None
    assert running.turn(clock.now) == clock.now + 10


def test_connections_to_witnesses_end_when_the_log_is_closed(running: Running) -> None:
    """It is opened anew after whatever went wrong, each time with connections of its own."""
    client = httpx.Client(timeout=1)
    running._witnesses = Witnesses(parse_policy("quorum none\n"), client)
    running.close()
    assert client.is_closed
