"""A topic, a journal and worker processes for one test of the micro-batch transport."""

import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from streams.broker import librdkafka
from tests.support.batch_worker import Journal, Orders
from tests.support.chaos import wait_for
from tests.support.patience import AMPLE_S


def wait_until(what: str, is_so: Callable[[], bool], *, within_s: float = AMPLE_S) -> None:
    """Wait for a fact, and fail naming it."""
    wait_for(is_so, within_s, what)


@dataclass
class Worker:
    """A worker process and what it printed."""

    process: subprocess.Popen[bytes]
    output: Path

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait(self, within_s: float = AMPLE_S) -> int:
        try:
            return self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running; it said: {self.said[-2000:]}") from None

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@dataclass
class Stage:
    """One test's topic, group and journal; each test has its own."""

    brokers: str
    folder: Path
    partitions: int = 3
    topic: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex[:8]}")
    workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = Journal(str(self.folder / "journal.sqlite"))
        self.ends = dict.fromkeys(range(self.partitions), 0)
        admin = AdminClient(librdkafka(self.brokers))
        admin.create_topics([NewTopic(self.topic, self.partitions, 1)])[self.topic].result(AMPLE_S)
        self._producer = Producer(librdkafka(self.brokers, {"linger.ms": 5, "logger": _Quiet()}))

    def produce(self, count: int) -> None:
        """Append `count` records to each partition and wait until the broker has them."""
        for number in range(count):
            for partition in range(self.partitions):
                self._producer.produce(self.topic, value=b"%d" % number, partition=partition)
            self._producer.poll(0)
        assert self._producer.flush(AMPLE_S) == 0
        for partition in range(self.partitions):
            self.ends[partition] += count

    def produce_until(self, is_so: Callable[[], bool]) -> None:
        """Keep appending until something is so."""
        until = time.monotonic() + AMPLE_S
        while not is_so():
            assert time.monotonic() < until
            self.produce(20)
            time.sleep(0.05)  # paces the load: it waits for nothing

    def start(self, instance_id: str = "a", **orders: Any) -> Worker:
        """Start a worker process with these orders."""
        told = Orders(
            brokers=self.brokers,
            group=self.topic,
            instance_id=instance_id,
            topic=self.topic,
            journal=str(self.folder / "journal.sqlite"),
            **orders,
        )
        output = self.folder / f"{instance_id}-{len(self.workers)}.log"
        with output.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.batch_worker", told.to_json()],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.workers.append(Worker(process, output))
        return self.workers[-1]

    def wait_applied(self, within_s: float = AMPLE_S) -> None:
        """Wait until every position stands at the end of its partition."""
        wait_until(
            "all applied",
            lambda: self.journal.positions(self.topic) == self.ends,
            within_s=within_s,
        )

    def wait_effects(self, count: int, *, by: str | None = None) -> None:
        """Wait until that many batches have been applied, by one worker or by all."""
        wait_until(f"{count} batches", lambda: len(self.batches(by)) >= count)

    def batches(self, by: str | None = None) -> list[tuple[int, int, int, str]]:
        """Give (partition, first, next_offset, worker) of what was applied, in order."""
        return [e for e in self.journal.effects(self.topic) if by in (None, e[3])]

    def assert_exactly_once(self, starts: dict[int, int] | None = None) -> None:
        """Each partition's effects must join without gap or overlap up to its end."""
        reached = dict.fromkeys(range(self.partitions), 0) | (starts or {})
        for partition, first, next_offset, _ in self.journal.effects(self.topic):
            assert first == reached[partition]
            reached[partition] = next_offset
        assert reached == self.ends

    def committed(self, group: str) -> dict[int, int]:
        """Give what Kafka believes the group has done."""
        with _consumer(self.brokers, group) as consumer:
            asked = [TopicPartition(self.topic, p) for p in range(self.partitions)]
            return {found.partition: found.offset for found in consumer.committed(asked, AMPLE_S)}

    def commit(self, offset: int) -> None:
        """Tell Kafka that the workers' group has come to `offset` everywhere."""
        with _consumer(self.brokers, self.topic) as consumer:
            wanted = [TopicPartition(self.topic, p, offset) for p in range(self.partitions)]
            consumer.commit(offsets=wanted, asynchronous=False)


class _Quiet:
    """Swallows librdkafka's complaints while a test restarts the broker."""

    def log(self, *_: Any, **__: Any) -> None:
        """Swallow."""


class _consumer:  # noqa: N801 - used as a function
    def __init__(self, brokers: str, group: str) -> None:
        self._consumer = Consumer(librdkafka(brokers, {"group.id": group}))

    def __enter__(self) -> Any:
        return self._consumer

    def __exit__(self, *_: object) -> None:
        self._consumer.close()
