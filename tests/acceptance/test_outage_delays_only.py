"""Kafka or Postgres away, workers before servers: work waits, resumes, and nothing is lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from events.event import Event
from events.topics import submissions_topic
from tests.support.builders import a_penalty
from tests.support.chaos import Stream, wait_for
from tests.support.ledger import LEDGER, admitted, ends_of, positions, rows, saying

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.local.stack import LocalKafka, LocalPostgres, Stack
    from tests.acceptance.conftest import Breakable

AWAY_S = 3.0
WITHIN_S = 180.0  # twice the time after which a message is given up, and more

pytestmark = [pytest.mark.chaos, pytest.mark.stack]


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
def test_a_server_that_is_away_delays_work_and_loses_none(breakable: Breakable, which: str) -> None:
    server: LocalKafka | LocalPostgres = getattr(breakable.servers, which)
    events = _penalties(which, 300)
    stream = Stream(breakable.stack.kafka, [saying(event) for event in events], per_s=60)
    pids = [worker.process.pid for worker in breakable.workers]
    stream.start()
    wait_for(lambda: stream.delivered > 0, WITHIN_S, "the first submission")
    server.stop()
    time.sleep(AWAY_S)  # The outage itself; there is nothing to wait for.
    assert server.pid is None
    server.start()
    stream.finish()
    _all_applied(breakable.stack, events)
    assert [w.process.pid for w in breakable.workers if w.is_alive] == pids, "nobody had to restart"


@pytest.mark.parametrize("which", ["kafka", "postgres"])
def test_a_worker_ends_cleanly_on_sigterm_also_during_an_outage(
    breakable: Breakable, which: str
) -> None:
    server: LocalKafka | LocalPostgres = getattr(breakable.servers, which)
    events = _penalties(f"{which}-end", 20)
    stream = Stream(breakable.stack.kafka, [saying(event) for event in events], per_s=1_000)
    stream.start()
    stream.finish()
    _all_applied(breakable.stack, events)
    server.stop()
    try:
        assert [worker.stop() for worker in breakable.workers] == [0, 0]
    finally:
        server.start()
        for worker in breakable.workers:
            if worker.is_alive:
                worker.kill()
            worker.start()
    more = _penalties(f"{which}-again", 20)
    stream = Stream(breakable.stack.kafka, [saying(event) for event in more], per_s=1_000)
    stream.start()
    stream.finish()
    _all_applied(breakable.stack, more)


def test_workers_may_start_before_the_broker(breakable: Breakable) -> None:
    for worker in breakable.workers:
        worker.stop()
    breakable.servers.kafka.stop()
    for worker in breakable.workers:
        worker.start()
        wait_for(
            lambda worker=worker: len(worker.told("broker_away")) > 0,  # type: ignore[misc]
            WITHIN_S,
            f"{worker.role} says that it waits for the broker",
        )
    breakable.servers.kafka.start()
    events = _penalties("late", 20)
    stream = Stream(breakable.stack.kafka, [saying(event) for event in events], per_s=1_000)
    stream.start()
    stream.finish()
    _all_applied(breakable.stack, events)
    assert all(worker.is_alive for worker in breakable.workers)
