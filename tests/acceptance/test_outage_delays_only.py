"""Kafka or Postgres away, workers before servers: work waits, resumes, and nothing is lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from events.event import Event
from events.partitioning import LEDGER_PARTITIONS
from events.topics import submissions_topic
from ops.environment import prepare
from ops.local.stack import LocalKafka, LocalPostgres, Stack
from tests.support.builders import a_penalty
from tests.support.chaos import Stream, Worker, wait_for, workers
from tests.support.ledger import LEDGER, admitted, ends_of, positions, rows, saying
from tests.support.stack import PrivateStack, private_stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

AWAY_S = 3.0
WITHIN_S = 180.0  # twice the time after which a message is given up, and more

pytestmark = [pytest.mark.chaos, pytest.mark.stack]


class Running(NamedTuple):
    """A private ledger, its servers and its workers."""

    servers: PrivateStack
    stack: Stack
    workers: list[Worker]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a ledger whose servers may be stopped."""
    folder: Path = tmp_path_factory.mktemp("outage")
    with private_stack(folder) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        with workers(stack, folder, "admission", "projector") as found:
            yield Running(servers, stack, found)


def _penalties(word: str, count: int) -> list[Event]:
    return [a_penalty(f"{word}{n}", "2025-03-01") for n in range(count)]


def _all_applied(stack: Stack, events: Sequence[Event]) -> None:
    """Wait until exactly what was submitted is recorded and applied."""
    topic = submissions_topic(saying(events[0]).platform, saying(events[0]).department)
    end = ends_of(stack.kafka, topic)[0]
    wait_for(lambda: admitted(stack.postgres).get(topic) == end, WITHIN_S, "all admitted")
    wait_for(
        lambda: positions(stack.postgres) == ends_of(stack.kafka, LEDGER), WITHIN_S, "all applied"
    )
    found = rows(
        stack.postgres,
        "SELECT count(DISTINCT entry_id) FROM organisation_v1.event WHERE entry_id = ANY(%s::uuid[])",
        [event.envelope.event_id for event in events],
    )
    assert found == [(len(events),)]


@pytest.mark.parametrize("which", ["kafka", "postgres"])
def test_a_server_that_is_away_delays_work_and_loses_none(running: Running, which: str) -> None:
    server: LocalKafka | LocalPostgres = getattr(running.servers, which)
    events = _penalties(which, 300)
    stream = Stream(running.stack.kafka, [saying(event) for event in events], per_s=60)
    pids = [worker.process.pid for worker in running.workers]
    stream.start()
    wait_for(lambda: stream.delivered > 0, WITHIN_S, "the first submission")
    server.stop()
    time.sleep(AWAY_S)  # The outage itself; there is nothing to wait for.
    assert server.pid is None
    server.start()
    stream.finish()
    _all_applied(running.stack, events)
    assert [w.process.pid for w in running.workers if w.is_alive] == pids, "nobody had to restart"


@pytest.mark.parametrize("which", ["kafka", "postgres"])
def test_a_worker_ends_cleanly_on_sigterm_also_during_an_outage(
    running: Running, which: str
) -> None:
    server: LocalKafka | LocalPostgres = getattr(running.servers, which)
    events = _penalties(f"{which}-end", 20)
    stream = Stream(running.stack.kafka, [saying(event) for event in events], per_s=1_000)
    stream.start()
    stream.finish()
    _all_applied(running.stack, events)
    server.stop()
    try:
        assert [worker.stop() for worker in running.workers] == [0, 0]
    finally:
        server.start()
        for worker in running.workers:
            if worker.is_alive:
                worker.kill()
            worker.start()
    more = _penalties(f"{which}-again", 20)
    stream = Stream(running.stack.kafka, [saying(event) for event in more], per_s=1_000)
    stream.start()
    stream.finish()
    _all_applied(running.stack, more)


def test_workers_may_start_before_the_broker(running: Running) -> None:
    for worker in running.workers:
        worker.stop()
    running.servers.kafka.stop()
    for worker in running.workers:
        worker.start()
        wait_for(
            lambda worker=worker: len(worker.told("broker_away")) > 0,  # type: ignore[misc]
            WITHIN_S,
            f"{worker.role} says that it waits for the broker",
        )
    running.servers.kafka.start()
    events = _penalties("late", 20)
    stream = Stream(running.stack.kafka, [saying(event) for event in events], per_s=1_000)
    stream.start()
    stream.finish()
    _all_applied(running.stack, events)
    assert all(worker.is_alive for worker in running.workers)
