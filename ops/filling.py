"""Append generated records straight to the ledger: what `generate` and the benchmarks load."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from events.envelope import Platform
from events.topics import ledger_topic
from ops.generator import generate_encoded
from ops.terms.language import spoken
from streams.publishing.producer import create_producer, undelivered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from confluent_kafka import KafkaError

    from ops.generator import GeneratorPlan

_SAY_EVERY = 100_000


def fill_ledger(
    kafka: str, plan: GeneratorPlan, say: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Generate a plan's records into the organisations' ledger; give how many and how long."""
    return fill(kafka, generate_encoded(plan), say)


def fill(
    kafka: str,
    messages: Iterable[tuple[bytes, bytes, str]],
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Append (key, value, event id) messages to the organisations' ledger."""
    producer = create_producer(kafka, **{"linger.ms": 50, "batch.size": 1_000_000})
    topic = ledger_topic(Platform.ORGANISATION)
    began = time.monotonic()
    failures: list[str] = []
    count = 0

    def delivered(error: KafkaError | None, message: object) -> None:
        problem = undelivered(error, message)
        if problem is not None:
            failures.append(problem)

    for key, value, _ in messages:
        while True:
            try:
                producer.produce(topic, value, key, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.1)
        count += 1
        if count % _SAY_EVERY == 0:
            producer.poll(0)
            say(spoken("appended", "progress", count=f"{count:,}"))
    producer.flush()
    if failures:
        raise RuntimeError(f"{len(failures)} events were not acknowledged, first: {failures[0]}")
    return {"events": count, "seconds": round(time.monotonic() - began, 3)}
