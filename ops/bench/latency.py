"""`bench latency`: from submit to visible profile and to the warning received, at a steady rate.

Open loop: each submission has its time by the clock, and its latency counts from there, so a
stall shows in every submission that it delays. A profile counts as visible when the read model's
position has passed its event; positions are polled every two milliseconds.
"""

from __future__ import annotations

import threading
import time
import uuid
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg
from confluent_kafka import Consumer, TopicPartition

from events.arrears import TaxArrearsAnnounced
from events.codec import decode_record, encode_record
from events.commendation import CommendationAwarded, HonourLevel
from events.divisions import WARNING_REGIONS
from events.envelope import Disclosure, Envelope, Platform, Source
from events.identifiers import synthetic_credit_code_at
from events.topics import ledger_topic, submissions_topic, warnings_topic
from events.types import event_to_record, event_type
from ops.bench.machine import percentiles
from ops.bench.pipeline import worker_process
from streams.producer import create_producer

if TYPE_CHECKING:
    from collections.abc import Callable

    from events.types import Event
    from ops.local.stack import Stack

WARM_UP_S: Final = 5
_WARNED_EVERY: Final = 20
_DRAIN_S: Final = 15.0


def measure_latency(
    stack: Stack, rate: int, seconds: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Submit at `rate` a second for `seconds` after a warm-up; give both latencies in ms."""
    with worker_process(stack, "admission"), worker_process(stack, "projector"):
        ledger = _Tail(stack.kafka, [ledger_topic(Platform.ORGANISATION)])
        warned = _Tail(
            stack.kafka, [warnings_topic(Platform.ORGANISATION, r) for r in WARNING_REGIONS]
        )
        visible = _Visible(stack.postgres)
        watchers: tuple[_Tail | _Visible, ...] = (ledger, warned, visible)
        for watcher in watchers:
            watcher.start()
        try:
            _await_workers(stack, ledger)
            say(f"submitting {rate} a second for {WARM_UP_S} + {seconds} s")
            total = rate * (WARM_UP_S + seconds)
            scheduled = _submit(stack.kafka, rate, total)
            deadline = time.monotonic() + _DRAIN_S
            while time.monotonic() < deadline and visible.count() < total:
                time.sleep(0.1)
            time.sleep(1.0)
        finally:
            for watcher in watchers:
                watcher.stop()
    return _evaluate(scheduled, rate, ledger, warned, visible)


def _evaluate(
    scheduled: dict[str, float], rate: int, ledger: _Tail, warned: _Tail, visible: _Visible
) -> dict[str, Any]:
    counted = dict(list(scheduled.items())[rate * WARM_UP_S :])
    place_of = {found.document: found.place for found in ledger.found}
    profile_ms = [
        (seen - at) * 1000
        for document, at in counted.items()
        if document in place_of and (seen := visible.seen_at(*place_of[document])) is not None
    ]
    subjects = {found.subject: found.document for found in ledger.found}
    warning_ms = [
        (found.at - counted[document]) * 1000
        for found in warned.found
        if (document := subjects.get(found.subject)) in counted
    ]
    return {
        "rate": rate,
        "submitted": len(counted),
        "profile_ms": percentiles(profile_ms),
        "warning_ms": percentiles(warning_ms),
    }


def _await_workers(stack: Stack, ledger: _Tail) -> None:
    """Wait until a first submission has gone the whole way."""
    event = _event(10_000_000)
    _send(create_producer(stack.kafka), event)
    deadline = time.monotonic() + 60
    while not ledger.found:
        if time.monotonic() > deadline:
            raise RuntimeError("the workers did not answer within 60 s")
        time.sleep(0.05)
    time.sleep(2.0)


def _submit(kafka: str, rate: int, total: int) -> dict[str, float]:
    producer = create_producer(kafka, **{"linger.ms": 0})
    scheduled: dict[str, float] = {}
    start = time.monotonic() + 0.1
    for number in range(total):
        at = start + number / rate
        while (pause := at - time.monotonic()) > 0:
            producer.poll(min(pause, 0.001))
        event = _event(number)
        scheduled[event.envelope.document_no] = at
        _send(producer, event)
    producer.flush(10)
    return scheduled


def _send(producer: Any, event: Event) -> None:
    topic = submissions_topic(Platform.ORGANISATION, event.envelope.department)
    value = encode_record(f"credit.{event_type(event)}", event_to_record(event))
    producer.produce(topic, value, event.envelope.subject_id.encode())
    producer.poll(0)


def _event(number: int) -> Event:
    """Make a commendation, every twentieth time arrears that warn; each on its own subject."""
    warns = number % _WARNED_EVERY == 0
    envelope = Envelope(
        event_id="",
        subject_id=synthetic_credit_code_at(number % 3_000_000),
        subject_name="基准测试有限公司",
        department="tax-zj",
        authority=None,
        region="330100",
        category="arrears.tax" if warns else "commendation.tax_grade_a",
        document_no=f"L{number}-{uuid.uuid4().hex[:8]}",
        item_no=1,
        occurred_on=date(2026, 10, 1),
        published_on=None,
        observed_on=None,
        legal_basis="税收征收管理法",
        disclosure=Disclosure.PUBLIC,
        source=Source.DEPARTMENT,
    )
    if warns:
        return TaxArrearsAnnounced(envelope, ["增值税"], 6_000_000)
    return CommendationAwarded(envelope, "纳税信用A级", HonourLevel.PROVINCIAL)


class _Found:
    """One message: when it came, where it stands, whom and which document it concerns."""

    def __init__(self, at: float, place: tuple[int, int], subject: str, document: str) -> None:
        self.at, self.place, self.subject, self.document = at, place, subject, document


class _Tail(threading.Thread):
    """Follows topics from their end and notes what comes, and when."""

    def __init__(self, kafka: str, topics: list[str]) -> None:
        super().__init__(daemon=True)
        self.found: list[_Found] = []
        self._stopping = threading.Event()
        self._consumer = Consumer(
            {
                "bootstrap.servers": kafka,
                "group.id": f"credit-ledger.bench.{uuid.uuid4()}",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 10,
            }
        )
        known = self._consumer.list_topics(timeout=10).topics
        self._consumer.assign(
            [
                TopicPartition(t, p, self._consumer.get_watermark_offsets(TopicPartition(t, p))[1])
                for t in topics
                for p in known[t].partitions
            ]
        )

    def run(self) -> None:
        """Note messages until stopped."""
        while not self._stopping.is_set():
            for message in self._consumer.consume(500, timeout=0.02):
                at = time.monotonic()
                if message.error():
                    continue
                _, value = decode_record(message.value())
                document = value.get("envelope", {}).get("document_no", "")
                subject = message.key().decode()
                place = (message.partition(), message.offset())
                self.found.append(_Found(at, place, subject, document))
        self._consumer.close()

    def stop(self) -> None:
        """Stop and wait."""
        self._stopping.set()
        self.join(5)


class _Visible(threading.Thread):
    """Polls how far the read models are, and notes when each position was first seen."""

    def __init__(self, postgres: str) -> None:
        super().__init__(daemon=True)
        self._postgres = postgres
        self._stopping = threading.Event()
        self._steps: dict[int, list[tuple[int, float]]] = {}

    def run(self) -> None:
        """Note positions until stopped."""
        query = "SELECT partition, next_offset FROM organisation_v1.position"
        with psycopg.connect(self._postgres, autocommit=True) as connection:
            while not self._stopping.wait(0.002):
                rows = connection.execute(query, prepare=True).fetchall()
                at = time.monotonic()
                for partition, offset in rows:
                    steps = self._steps.setdefault(partition, [])
                    if not steps or steps[-1][0] != offset:
                        steps.append((offset, at))

    def stop(self) -> None:
        """Stop and wait."""
        self._stopping.set()
        self.join(5)

    def count(self) -> int:
        """Give how many events are visible."""
        return sum(steps[-1][0] for steps in self._steps.values())

    def seen_at(self, partition: int, offset: int) -> float | None:
        """Give when the event at a place was first seen applied."""
        steps = self._steps.get(partition, [])
        return next((at for position, at in steps if position > offset), None)
