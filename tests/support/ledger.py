"""A running ledger from outside: submissions in, and all topics read by a plain consumer.

Nothing here uses our reader, our projector or our codec's headers: it is the other opinion.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from events.envelope import Platform
from events.event import event_to_record, event_type
from events.topics import ledger_topic, rejections_topic
from events.wire.codec import encode_record
from projections.ledger import message as message_of
from streams.broker import broker
from streams.publishing.producer import Quiet
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from events.event import Event

LEDGER = ledger_topic(Platform.ORGANISATION)
_ASKED_AGAIN_S = 10.0
_SHORT_S = 0.05
_PASSES = {
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._TIMED_OUT,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
}
"""What is said for a while where a broker comes back: it answers before it leads what it holds, or knows of it."""


class Said(NamedTuple):
    """One submission: who says it, the key and the bytes."""

    department: str
    key: bytes
    value: bytes
    platform: Platform = Platform.ORGANISATION


def saying(event: Event) -> Said:
    """Give an event as its department submits it."""
    envelope = event.envelope
    record = encode_record(f"credit.{event_type(event)}", event_to_record(event))
    return Said(envelope.department, envelope.subject_id.encode(), record)


def read_all(kafka: str, topic: str) -> list[Message]:
    """Read a whole topic, partition by partition, in order."""
    return _read(kafka, lambda consumer: _places(consumer, topic))


def read_refused(kafka: str, platform: Platform = Platform.ORGANISATION) -> list[Message]:
    """Read what was refused of every department."""
    begins = rejections_topic(platform, "")

    def places(consumer: Consumer) -> list[TopicPartition]:
        there = consumer.list_topics(timeout=AMPLE_S).topics
        return [TopicPartition(name, 0, 0) for name in there if name.startswith(begins)]

    return _read(kafka, places)


def _read(kafka: str, places_of: Callable[[Consumer], list[TopicPartition]]) -> list[Message]:
    consumer = _consumer(kafka)
    try:
        places = places_of(consumer)
        consumer.assign(places)
        found: list[Message] = []
        left = {(place.topic, place.partition) for place in places}
        heard = time.monotonic()
        while left:
            # It waits its time out for a full batch, so the time is short and asked for again.
            batch = consumer.consume(1_000, _SHORT_S)
            heard = time.monotonic() if any(m.error() is None for m in batch) else heard
            silent_s = time.monotonic() - heard
            assert silent_s < AMPLE_S, f"{left} were not read to their end"
            for message in batch:
                error = message.error()
                if error is not None and error.code() == KafkaError._PARTITION_EOF:
                    # Where a transaction ended, the last offset is no message's.
                    left.discard((message.topic(), message.partition()))
                    continue
                assert error is None or error.code() in _PASSES, error
                if error is None:
                    found.append(message)
    finally:
        consumer.close()
    return sorted(found, key=lambda m: (m.topic(), m.partition(), m.offset()))


def ends_of(kafka: str, topic: str) -> dict[int, int]:
    """Give the offset after the last message of each partition."""
    consumer = _consumer(kafka)
    try:
        return {place.partition: _end_of(consumer, place) for place in _places(consumer, topic)}
    finally:
        consumer.close()


def _end_of(consumer: Consumer, place: TopicPartition) -> int:
    until = time.monotonic() + AMPLE_S
    while True:
        try:
            return int(consumer.get_watermark_offsets(place, _ASKED_AGAIN_S)[1])
        except KafkaException as error:
            if error.args[0].code() not in _PASSES or time.monotonic() > until:
                raise
            time.sleep(_SHORT_S)


def by_subject(messages: Iterable[Message]) -> dict[str, list[message_of.Message]]:
    """Sort ledger messages by key, their recorded times made monotone over each partition."""
    found: dict[str, list[message_of.Message]] = {}
    recorded: dict[int, int] = {}
    for message in messages:
        partition = message.partition()
        at = recorded[partition] = max(recorded.get(partition, 0), message.timestamp()[1])
        key = message.key()
        own = found.setdefault(key.decode(), [])
        own.append(message_of.Message(message.offset(), at, key, message.value()))
    return found


def rows(postgres: str, query: str, *arguments: object) -> list[tuple[Any, ...]]:
    """Ask the database; on a connection of its own, as servers come and go here."""
    with psycopg.connect(postgres, autocommit=True, connect_timeout=60) as connection:
        return connection.execute(query.encode(), arguments).fetchall()


def positions(postgres: str, platform: Platform = Platform.ORGANISATION) -> dict[int, int]:
    """Give where the live projection stands, by partition."""
    ((version,),) = rows(
        postgres, "SELECT version FROM control.projection WHERE live AND platform = %s", platform
    )
    return dict(
        rows(postgres, f"SELECT partition, next_offset FROM {platform}_v{version}.position")
    )


def admitted(postgres: str) -> dict[str, int]:
    """Give where admission stands, by topic."""
    return dict(rows(postgres, "SELECT topic, next_offset FROM control.submission_position"))


def _consumer(kafka: str) -> Consumer:
    return Consumer(
        {
            **broker(kafka).librdkafka(),
            "group.id": "somebody-else",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "logger": Quiet(),
        }
    )


def _places(consumer: Consumer, topic: str) -> list[TopicPartition]:
    until = time.monotonic() + AMPLE_S
    while True:
        known = consumer.list_topics(topic, AMPLE_S).topics[topic]
        # Without an error, a topic without partitions would be read to its end at once.
        if known.error is None and known.partitions:
            return [TopicPartition(topic, partition, 0) for partition in sorted(known.partitions)]
        assert known.error is None or known.error.code() in _PASSES, known.error
        assert time.monotonic() < until, f"{topic} is not there: {known.error}"
        time.sleep(_SHORT_S)
