"""The micro-batch transport against a real broker, in processes that are killed and stopped."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.local.kafka import LocalKafka
from streams.transport.app import EXIT_GAVE_UP
from tests.support.batch_stage import Stage, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.chaos]

LONG_S = 150.0
LONG = {"session_timeout_s": LONG_S, "rebalance_timeout_s": LONG_S}
"""So long that a successor who waits for the dead one is told from a machine that is busy."""

SMALL = {
    "batching": {"records_max": 40},
    "fetching": {"bytes_max": 2000},
    "patience": {"retry_first_s": 0.01},
}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    # A broker of our own: these tests kill it.
    broker = LocalKafka(tmp_path_factory.mktemp("batches"))
    broker.start()
    yield broker
    broker.erase()


@pytest.fixture
def stage(kafka: LocalKafka, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(kafka.address, tmp_path)
    yield stage
    for worker in stage.workers:
        worker.end()


def test_work_starts_at_the_stored_positions_whatever_kafka_has_committed(stage: Stage) -> None:
    stage.produce(100)
    stage.commit(50)
    stage.journal.set_position(stage.topic, 0, 7)
    stage.start()
    stage.wait_applied()
    stage.assert_exactly_once({0: 7})


def test_nothing_is_lost_or_doubled_when_applying_fails_at_random(stage: Stage) -> None:
    stage.produce(1000)
    worker = stage.start(bounds=SMALL, failure_rate=0.3, seed=7)
    stage.wait_applied()
    stage.assert_exactly_once()
    assert "lane_outage" in worker.said
    # A commit whose outcome was unknown is found out by reading the position again.
    assert worker.process.poll() is None


def test_a_slow_partition_does_not_hold_up_the_others(stage: Stage) -> None:
    stage.produce(500)
    stage.start(bounds=SMALL, slow_s={"0": 3600.0})
    others = {p: end for p, end in stage.ends.items() if p != 0}
    wait_until("the others are done", lambda: stage.journal.positions(stage.topic) == others)


def test_a_killed_workers_successor_works_long_before_the_session_ends(stage: Stage) -> None:
    stage.produce(2000)
    slow = {"0": 0.01, "1": 0.01, "2": 0.01}
    first = stage.start(bounds=SMALL, slow_s=slow, **LONG)
    stage.wait_effects(20)
    first.process.kill()
    first.wait()
    before = len(stage.batches())
    stage.produce(100)  # The first may have come to the end before it was killed.
    stage.start(bounds=SMALL, **LONG)
    wait_until("the successor works", lambda: len(stage.batches()) > before, within_s=LONG_S / 2)
    stage.wait_applied()
    stage.assert_exactly_once()


def test_a_zombie_woken_in_mid_batch_changes_nothing(stage: Stage, tmp_path: Path) -> None:
    stage.produce(100)
    gate = tmp_path / "gate"
    gate.touch()
    zombie = stage.start("zombie", gate=str(gate), session_timeout_s=1.5)
    wait_until("the zombie holds a batch", gate.with_suffix(".waiting").exists)
    zombie.process.send_signal(signal.SIGSTOP)
    stage.start("heir", session_timeout_s=1.5)
    stage.wait_applied()
    gate.unlink()
    zombie.process.send_signal(signal.SIGCONT)
    wait_until("the zombie is refused", lambda: "conflict" in zombie.said)
    stage.produce(100)
    stage.wait_applied()
    stage.assert_exactly_once()


def test_workers_that_come_and_go_lose_and_double_nothing(stage: Stage) -> None:
    first = stage.start("a", bounds=SMALL, session_timeout_s=1.5)
    stage.produce_until(lambda: len(stage.batches(by="a")) >= 10)
    stage.start("b", bounds=SMALL, session_timeout_s=1.5)
    stage.produce_until(lambda: len(stage.batches(by="b")) >= 10)
    first.process.send_signal(signal.SIGTERM)
    stage.produce_until(lambda: first.process.poll() is not None)
    assert first.wait() == 0
    stage.wait_applied()
    stage.assert_exactly_once()


def test_a_broker_killed_and_started_again_only_delays(stage: Stage, kafka: LocalKafka) -> None:
    stage.produce(500)
    slow = {"0": 0.02, "1": 0.02, "2": 0.02}
    worker = stage.start(bounds=SMALL, slow_s=slow)
    stage.wait_effects(5)
    kafka.kill()
    kafka.start()
    stage.produce(500)
    stage.wait_applied()
    stage.assert_exactly_once()
    assert worker.process.poll() is None


def test_a_position_outside_the_log_stops_the_worker_and_is_named(stage: Stage) -> None:
    stage.produce(10)
    stage.journal.set_position(stage.topic, 1, 999)
    worker = stage.start()
    assert worker.wait() == EXIT_GAVE_UP
    assert "PositionOutsideLogError" in worker.said
    assert re.search(r"partition 1: the stored position 999 .* offsets 0 to 10", worker.said)


def test_sigterm_ends_the_batch_in_flight_and_then_the_worker(stage: Stage, tmp_path: Path) -> None:
    stage.produce(10)
    gate = tmp_path / "gate"
    gate.touch()
    worker = stage.start(gate=str(gate), bounds={"batching": {"parallel_max": 3}})
    wait_until("a batch is in flight", gate.with_suffix(".waiting").exists)
    worker.process.send_signal(signal.SIGTERM)
    wait_until("it is stopping", lambda: "worker_stops" in worker.said)
    gate.unlink()
    assert worker.wait() == 0
    assert stage.batches()


def test_a_batch_that_never_ends_does_not_keep_a_worker_alive(stage: Stage) -> None:
    stage.produce(10)
    worker = stage.start(slow_s={"0": 3600.0}, bounds={"patience": {"drain_max_s": 0.5}})
    wait_until("the others are done", lambda: len(stage.batches()) >= 2)
    worker.process.send_signal(signal.SIGTERM)
    assert worker.wait() == 0


def test_lag_without_progress_ends_the_worker(stage: Stage) -> None:
    stage.produce(10)
    soon = {"patience": {"stuck_after_s": 2.0, "drain_max_s": 0.1}}
    worker = stage.start(slow_s={"0": 3600.0}, bounds=soon)
    assert worker.wait() == EXIT_GAVE_UP
    assert "WorkerStuckError" in worker.said


def test_a_second_worker_of_the_same_instance_ends_the_first(stage: Stage) -> None:
    stage.produce(10)
    first = stage.start()
    stage.wait_applied()
    second = stage.start()
    assert first.wait() == EXIT_GAVE_UP
    assert "another process joined with this instance id" in first.said
    stage.produce(10)
    stage.wait_applied()
    stage.assert_exactly_once()
    assert second.process.poll() is None


def test_lag_tools_see_what_has_been_applied(stage: Stage) -> None:
    stage.produce(10)
    stage.start(bounds={"fetching": {"hint_interval_s": 0.2}})
    stage.wait_applied()
    wait_until("Kafka has been told", lambda: stage.committed(stage.topic) == stage.ends)
