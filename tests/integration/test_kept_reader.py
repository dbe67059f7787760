"""Inquiries are read to their end by one consumer that is kept, and by another where it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from ops.doors import reading
from ops.doors.reading import KeptReader, read_messages
from streams.broker import librdkafka
from tests.support.opened import consumers_of
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from ops.local.stack import Stack

PARTITIONS = 3


class Topic:
    """A topic of the test's own, and how far it was read."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.kafka, self.name = stack.kafka, name
        self.places: dict[tuple[str, int], int] = {}
        admin = AdminClient(librdkafka(self.kafka))
        made = admin.create_topics([NewTopic(name, PARTITIONS, 1)])[name]
        made.result(AMPLE_S)
        self._producer = Producer(librdkafka(self.kafka))

    def say(self, *texts: str) -> None:
        for number, text in enumerate(texts):
            self._producer.produce(self.name, text.encode(), partition=number % PARTITIONS)
        assert self._producer.flush(AMPLE_S) == 0

    def read(self, reader: KeptReader | None) -> list[str]:
        """Read what is new."""
        found = []
        messages = (
            read_messages(self.kafka, self.name, self.places)
            if reader is None
            else reader._messages(self.name, self.places)
        )
        for partition, offset, value in messages:
            self.places[self.name, partition] = offset + 1
            found.append(value.decode())
        return sorted(found)


@pytest.fixture
def topic(stack: Stack, topic_prefix: str) -> Topic:
    return Topic(stack, f"{topic_prefix}inquiries")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Consumer]:
    """Keep the consumers that are opened."""
    return consumers_of(reading, monkeypatch)


def test_what_is_new_is_read_again_and_again_by_one_consumer(
    topic: Topic, opened: list[Consumer]
) -> None:
    reader = KeptReader(topic.kafka)
    assert topic.read(reader) == []
    for number in range(5):
        said = [f"{number}.{each}" for each in range(4)]
        topic.say(*said)
        assert topic.read(reader) == said
        assert topic.read(reader) == []
    assert len(opened) == 1
    reader.close()


def test_after_a_failure_it_is_read_by_another(topic: Topic, opened: list[Consumer]) -> None:
    reader = KeptReader(topic.kafka)
    topic.say("a", "b")
    assert topic.read(reader) == ["a", "b"]
    opened[0].close()
    topic.say("c")
    with pytest.raises((KafkaException, RuntimeError)):
        topic.read(reader)
    assert topic.read(reader) == ["c"]
    assert len(opened) == 2
    reader.close()


def test_it_is_read_alike_by_a_consumer_for_once(topic: Topic) -> None:
    said = [f"{number:03}" for number in range(300)]
    topic.say(*said)
    assert topic.read(None) == said
    assert topic.read(None) == []
