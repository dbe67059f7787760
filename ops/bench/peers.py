"""What `bench pipeline` measures beside us, in the same run on the same records."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Consumer, TopicPartition

from events.decoding import decode_event
from events.envelope import Platform
from events.rulebook import load_rulebook
from events.topics import ledger_topic
from ops.ledger_reader import LedgerReader
from projections.fold import Fold, Message, read
from projections.rules import RuleCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.local.stack import Stack

SAMPLE: Final = 200_000
PEER_SAMPLE: Final = 60_000
_BATCH: Final = 5_000
_PEER_TIMEOUT_S: Final = 180.0


def measure_peers(stack: Stack, say: Callable[[str], None]) -> dict[str, Any]:
    """Give the rates of what stands beside us; a peer that cannot be had is None, with a note."""
    say("raw confluent-kafka consumer")
    found: dict[str, Any] = {"raw_consume_per_s": raw_consume_per_s(stack.kafka)}
    say("decode only, fold only")
    found |= decode_and_fold_per_s(stack.kafka)
    notes: list[str] = []
    for key, module in (
        ("stock_faust_events_per_s", "ops.bench.stock_faust"),
        ("quix_events_per_s", "ops.bench.quix"),
    ):
        say(module)
        found[key], note = _peer(module, stack)
        if note:
            notes.append(f"{key}: {note}")
    return found | {"notes": notes}


def raw_consume_per_s(kafka: str) -> int:
    """Consume the whole ledger and count, no more."""
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": "credit-ledger.bench.raw",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    topic = ledger_topic(Platform.ORGANISATION)
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    places = [TopicPartition(topic, p, 0) for p in partitions]
    total: int = sum(consumer.get_watermark_offsets(place, timeout=10)[1] for place in places)
    consumer.assign(places)
    count, began = 0, 0.0
    while count < total:
        messages = consumer.consume(10_000, timeout=1.0)
        began = began or time.perf_counter()
        count += len(messages)
    seconds = time.perf_counter() - began
    consumer.close()
    return round(total / seconds)


def decode_and_fold_per_s(kafka: str) -> dict[str, int]:
    """Decode, then fold and assess, messages that are in memory; no I/O in the time taken."""
    messages: list[Message] = []
    with LedgerReader(kafka, Platform.ORGANISATION) as reader:
        for partition in reader.partitions:
            for batch in reader.batches(partition, 0, reader.end(partition)):
                messages += [Message(r.offset, r.timestamp_ms, r.key, r.value) for r in batch]
            if len(messages) >= SAMPLE:
                break
    began = time.perf_counter()
    for message in messages:
        decode_event(message.value or b"")
    decoded = time.perf_counter()
    calendar = RuleCalendar(load_rulebook())
    items = [read(message) for message in messages]
    folding = time.perf_counter()
    for start in range(0, len(items), _BATCH):
        fold = Fold(calendar, {}, {})
        for item in items[start : start + _BATCH]:
            fold.apply(item)
        fold.profiles()
    folded = time.perf_counter()
    return {
        "decode_per_s": round(len(messages) / (decoded - began)),
        "fold_per_s": round(len(messages) / (folded - folding)),
    }


def _peer(module: str, stack: Stack) -> tuple[int | None, str]:
    """Run a peer in a process of its own; it prints its rate as the last line."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", module],
            env={
                **os.environ,
                "CREDIT_LEDGER_KAFKA": stack.kafka,
                "CREDIT_LEDGER_POSTGRES": stack.postgres,
            },
            capture_output=True,
            text=True,
            timeout=_PEER_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"no result within {_PEER_TIMEOUT_S:.0f} s"
    lines = done.stdout.split()
    if done.returncode or not lines or not lines[-1].isdigit():
        return None, (done.stderr.strip().splitlines() or ["no result"])[-1][:200]
    return int(lines[-1]), ""
