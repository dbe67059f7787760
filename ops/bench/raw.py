"""Limits beside our pipeline, each in its own process: consume, decode or fold only."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from confluent_kafka import Consumer, TopicPartition

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.rulebook import load_rulebook
from events.topics import ledger_topic
from events.wire.decoding import decode_event
from ops.audit.ledger import LedgerReader
from projections.calendar.rules import RuleCalendar
from projections.fold.fold import Fold
from projections.fold.state import encode_state
from projections.ledger.message import Message
from projections.ledger.reading import read
from streams.broker import broker
from streams.transport.collector import calm_collector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.ledger.message import Known

_BATCH: Final = 20_000
_TIMEOUT_S: Final = 10.0


class BrokerSilentError(LedgerError):
    """The broker gave nothing although the topic holds more."""


def raw_consume_per_s(kafka: str, topic: str, events: int) -> int:
    """Consume that many messages of a topic with confluent-kafka and count them, no more."""
    connection = broker(kafka)
    consumer = Consumer(
        {
            **connection.librdkafka(),
            "group.id": connection.group("bench.raw"),
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": 4 * 1024 * 1024,
        }
    )
    try:
        partitions = consumer.list_topics(topic, timeout=_TIMEOUT_S).topics[topic].partitions
        consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
        count, began = 0, 0.0
        while count < events:
            messages = consumer.consume(10_000, timeout=0.1 if count else _TIMEOUT_S)
            if not messages and not count:
                raise BrokerSilentError
            # The first messages may have come long before they were asked for.
            if began:
                count += len(messages)
            else:
                began = time.perf_counter()
                events -= len(messages)
        return round(count / (time.perf_counter() - began))
    finally:
        consumer.close()


def decode_per_s(messages: Sequence[Message]) -> int:
    """Decode messages that are in memory."""
    began = time.perf_counter()
    for message in messages:
        decode_event(message.value or b"")
    return round(len(messages) / (time.perf_counter() - began))


def fold_per_s(messages: Sequence[Message]) -> int:
    """Fold and assess decoded messages in batches, with states and chains in memory for Postgres.

    States are packed and unpacked between batches, as they are for their rows.
    """
    items = [read(message) for message in messages]
    known = [item.known for item in items if item.known is not None]
    calendar = RuleCalendar(load_rulebook())
    states: dict[str, bytes] = {}
    journal: dict[tuple[str, str], list[Known]] = {}
    calm_collector()
    began = time.perf_counter()
    for start in range(0, len(items), _BATCH):
        batch = items[start : start + _BATCH]
        places = {(item.subject_id, item.entry_id) for item in batch}
        fold = Fold(calendar, states, {p: journal[p] for p in places if p in journal})
        for item in batch:
            fold.apply(item)
        for subject_id in fold.profiles():
            states[subject_id] = encode_state(fold.states[subject_id])
        for item, entry in zip(batch, known[start : start + _BATCH], strict=True):
            journal.setdefault((item.subject_id, item.entry_id), []).append(entry)
    return round(len(items) / (time.perf_counter() - began))


def in_memory(kafka: str, events: int) -> list[Message]:
    """Read so many messages of the organisations' ledger, whole partitions first."""
    found: list[Message] = []
    with LedgerReader(kafka, Platform.ORGANISATION) as reader:
        for partition in reader.partitions:
            end = min(reader.end(partition), events - len(found))
            for batch in reader.batches(partition, 0, end):
                found += [Message(r.offset, r.timestamp_ms, r.key, r.value) for r in batch]
    return found


def main(what: str, kafka: str, events: int) -> int:
    """Measure one of consume, decode and fold."""
    match what:
        case "consume":
            return raw_consume_per_s(kafka, ledger_topic(Platform.ORGANISATION), events)
        case "decode":
            return decode_per_s(in_memory(kafka, events))
        case _:
            return fold_per_s(in_memory(kafka, events))


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2], int(sys.argv[3])), flush=True)
