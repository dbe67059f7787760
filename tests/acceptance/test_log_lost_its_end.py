"""A log that lost what it had acknowledged is seen, also once it has grown past the position again."""

from __future__ import annotations

import json
import struct
from datetime import date
from typing import TYPE_CHECKING

import pytest

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS
from events.topics import submissions_topic
from ops.audit.replay import replay
from ops.environment import prepare
from ops.generator import GeneratorPlan, generate
from ops.local.stack import Stack
from streams.publishing.producer import Sender, create_producer
from tests.acceptance.conftest import run_verb
from tests.support.builders import a_penalty
from tests.support.chaos import Worker, wait_for, workers
from tests.support.ledger import LEDGER, admitted, ends_of, positions, saying
from tests.support.stack import PrivateStack, private_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from events.event import Event

ORGANISATION = Platform.ORGANISATION
WITHIN_S = 180.0
GAVE_UP = 70
LOST = 3  # records cut off

pytestmark = [pytest.mark.chaos, pytest.mark.stack]


def some(first: int, count: int) -> list[Event]:
    return [a_penalty(f"lost-{n}", "2025-03-01") for n in range(first, first + count)]


def submit(stack: Stack, events: list[Event]) -> None:
    Sender(create_producer(stack.kafka)).send(
        (submissions_topic(ORGANISATION, said.department), said.key, said.value, None)
        for said in map(saying, events)
    )


def cut(servers: PrivateStack, topic: str, partition: int, records: int) -> None:
    """Take the last records out of a partition, as a power cut takes what was not yet on disk."""
    servers.kafka.kill()
    data = servers.kafka.folder / "data"
    folder = data / f"{topic}-{partition}"
    (log,) = folder.glob("*.log")
    held = log.read_bytes()
    batches: list[tuple[int, int, int]] = []  # first offset, count, place in the file
    at = 0
    while at < len(held):
        base, length = struct.unpack_from(">qi", held, at)
        if length == 0:
            break
        (last,) = struct.unpack_from(">i", held, at + 23)
        batches.append((base, last + 1, at))
        at += 12 + length
    end = batches[-1][0] + batches[-1][1]
    keep = next(place for base, _, place in batches if base >= end - records)
    log.write_bytes(held[:keep])
    for pattern in ("*.index", "*.timeindex", "*.snapshot"):
        for each in folder.glob(pattern):
            each.unlink()
    for name in ("recovery-point-offset-checkpoint", "replication-offset-checkpoint"):
        (data / name).unlink(missing_ok=True)
    servers.kafka.start()


def status(stack: Stack) -> tuple[int, list[str]]:
    done = run_verb(
        "status",
        "--json",
        CREDIT_LEDGER_KAFKA=stack.kafka,
        CREDIT_LEDGER_POSTGRES=stack.postgres,
    )
    return done.returncode, json.loads(done.stdout)["lost"]


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[PrivateStack]:
    with private_stack(tmp_path) as running:
        yield running


def settled(stack: Stack) -> bool:
    return positions(stack.postgres) == ends_of(stack.kafka, LEDGER)


def test_a_ledger_that_lost_its_end_stops_all_until_an_operator_decides(
    servers: PrivateStack, tmp_path: Path
) -> None:
    stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
    prepare(stack, LEDGER_PARTITIONS)
    with workers(stack, tmp_path, "admission", "projector") as running:
        for first in range(0, 10, 2):
            submit(stack, some(first, 2))
            wait_for(
                lambda first=first: sum(positions(stack.postgres).values()) == first + 2,  # type: ignore[misc]
                WITHIN_S,
                "what was said is applied",
            )
        (partition,) = (p for p, at in positions(stack.postgres).items() if at)
        cut(servers, LEDGER, partition, LOST)
        admission, projector = running
        wait_for(lambda: not projector.is_alive, WITHIN_S, "the projector stops")
        code, lost = status(stack)
        assert code == 1
        assert lost
        assert lost[0].startswith(f"{LEDGER}, partition {partition}: ")

        before = ends_of(stack.kafka, LEDGER)
        submit(stack, some(70, 1))
        wait_for(lambda: not admission.is_alive, WITHIN_S, "admission stops")
        assert [worker.process.returncode for worker in running] == [GAVE_UP, GAVE_UP]
        assert ends_of(stack.kafka, LEDGER) == before, "nothing is appended over the gap"

        # Somebody appends past the position: an offset alone would no longer show it.
        grown = [(LEDGER, said.key, said.value, None) for said in map(saying, some(50, 9))]
        Sender(create_producer(stack.kafka)).send(grown)
        before = ends_of(stack.kafka, LEDGER)
        for worker in running:
            worker.start()
            wait_for(lambda w=worker: not w.is_alive, WITHIN_S, f"{worker.role} stops again")  # type: ignore[misc]
            assert worker.process.returncode == GAVE_UP
        assert ends_of(stack.kafka, LEDGER) == before
        assert status(stack)[0] == 1
        asked = run_verb(
            "profile",
            saying(some(0, 1)[0]).key.decode(),
            CREDIT_LEDGER_KAFKA=stack.kafka,
            CREDIT_LEDGER_POSTGRES=stack.postgres,
        )
        assert asked.returncode != 0
        assert "status" in asked.stderr

        assert replay(stack, ORGANISATION, take_over=True).promoted
        for worker in running:
            worker.start()
        wait_for(
            lambda: settled(stack) and sum(positions(stack.postgres).values()) > 10,
            WITHIN_S,
            "work goes on",
        )
        wait_for(lambda: status(stack)[1] == [], WITHIN_S, "status is content")
        assert replay(stack, ORGANISATION).differences == []


def test_a_departments_topic_that_lost_its_end_stops_that_department_alone(
    servers: PrivateStack, tmp_path: Path
) -> None:
    stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
    prepare(stack, LEDGER_PARTITIONS)
    events = list(
        generate(
            GeneratorPlan(
                events=200,
                subjects=50,
                seed=3,
                first_day=date(2024, 1, 1),
                last_day=date(2026, 1, 1),
            )
        )
    )
    departments = sorted({event.envelope.department for event in events})
    mine, other = departments[0], departments[1]
    topic = submissions_topic(ORGANISATION, mine)
    with workers(stack, tmp_path, "admission") as (admission,):
        submit(stack, [event for event in events if event.envelope.department != mine])
        # Each in a batch of its own, of which the log then loses one.
        for event in [event for event in events if event.envelope.department == mine]:
            submit(stack, [event])
        wait_for(
            lambda: sum(admitted(stack.postgres).values()) == len(events), WITHIN_S, "all admitted"
        )
        cut(servers, topic, 0, 1)
        submit(stack, [e for e in events if e.envelope.department == mine][:5])
        before = admitted(stack.postgres)
        submit(stack, [e for e in events if e.envelope.department == other][:1])
        name = submissions_topic(ORGANISATION, other)
        wait_for(
            lambda: admitted(stack.postgres)[name] == before[name] + 1, WITHIN_S, "others go on"
        )
        wait_for(lambda: status(stack)[1] != [], WITHIN_S, "status says so")
        if not admission.is_alive:
            admission.start()
        wait_for(lambda: bool(_stands(admission)), WITHIN_S, "the log names the topic")
        done = run_verb(
            "parked",
            "readmit",
            topic,
            "--from",
            "0",
            CREDIT_LEDGER_KAFKA=stack.kafka,
            CREDIT_LEDGER_POSTGRES=stack.postgres,
        )
        assert done.returncode == 0, done.stderr
        end = ends_of(stack.kafka, topic)[0]
        wait_for(lambda: admitted(stack.postgres)[topic] == end, 2 * WITHIN_S, "it goes on")
        assert status(stack)[1] == []


def _stands(worker: Worker) -> list[dict[str, object]]:
    return [
        line for line in worker.told("lane_stands") if "another record" in json.dumps(line)
    ] or worker.told("lane_stands")
