"""What was refused is read with one consumer that is kept, and with another where it failed."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from confluent_kafka import Consumer

from events.admission.admission import refused
from events.admission.rejection import RejectionReason
from events.envelope import Platform
from events.topics import rejections_topic, submissions_topic
from events.wire.codec import encode_record
from ops.submission import refusals
from ops.submission.refusals import RefusalsOnTopic
from ops.topics import create_topics
from streams.publishing.producer import Sender, create_producer
from streams.topics import Topic
from tests.support.opened import consumers_of
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ops.local.stack import Stack
    from ops.submission.receipts import Offset

CODE = RejectionReason.NOT_AN_EVENT
PARTITIONS = 3


class Department:
    """A department of the test's own, and what of it was refused."""

    def __init__(self, stack: Stack) -> None:
        self.kafka, self.code = stack.kafka, f"test-{uuid.uuid4().hex[:8]}"
        self.since = datetime.now(UTC) - timedelta(minutes=1)
        self.said = submissions_topic(Platform.ORGANISATION, self.code)
        self._topic = rejections_topic(Platform.ORGANISATION, self.code)
        own = Topic(
            name=self._topic, partitions=PARTITIONS, writers=("admission",), readers=(self.code,)
        )
        create_topics(stack.kafka, [own])
        self._sender = Sender(create_producer(stack.kafka))

    def refuse(self, *offsets: int) -> None:
        """Let submissions that stand there be refused."""
        fields = msgspec.to_builtins(refused(CODE, "", "", self.code))
        at = {"topic": self.said, "partition": 0, "submitted_at": self.since}
        self._sender.send(
            [
                (self._topic, b"%d" % offset, _encoded(fields | at | {"offset": offset}), None)
                for offset in offsets
            ]
        )

    def told(self, reader: RefusalsOnTopic, *offsets: int) -> Mapping[Offset, Sequence[str]]:
        """Ask what became of submissions that stand there."""
        places = [(self.said, 0, each) for each in offsets]
        return reader.of(Platform.ORGANISATION, places, self.since)

    def answer(self, *offsets: int) -> dict[Offset, list[str]]:
        """Give what is told of those that were refused."""
        return {(self.said, 0, each): [CODE.value] for each in offsets}


def _encoded(fields: Mapping[str, Any]) -> bytes:
    return encode_record("credit.Rejection", dict(fields))


@pytest.fixture
def department(stack: Stack) -> Department:
    return Department(stack)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Consumer]:
    """Keep the consumers that are opened."""
    return consumers_of(refusals, monkeypatch)


def test_what_was_refused_is_asked_again_and_again_of_one_consumer(
    department: Department, opened: list[Consumer]
) -> None:
    reader = RefusalsOnTopic(department.kafka)
    assert department.told(reader, 0, 1) == {}
    for offset in range(0, 8, 2):
        department.refuse(offset, offset + 1)
        told = department.told(reader, offset, offset + 1, 100)
        assert told == department.answer(offset, offset + 1)
        # All are found before the end of the topic: what is left of it is no part of the next.
        assert department.told(reader, 0) == department.answer(0)
    assert len(opened) == 1
    reader.close()


def test_who_asks_at_once_has_a_consumer_to_itself_and_few_are_kept(
    department: Department,
) -> None:
    reader, many = RefusalsOnTopic(department.kafka), refusals.KEPT_MAX + 2
    department.refuse(*range(many))
    together = Barrier(many, timeout=AMPLE_S)

    def ask(offset: int) -> Mapping[Offset, Sequence[str]]:
        together.wait()
        return department.told(reader, offset)

    with ThreadPoolExecutor(many) as threads:
        assert list(threads.map(ask, range(many))) == [department.answer(x) for x in range(many)]
    assert len(reader._idle) <= refusals.KEPT_MAX
    reader.close()
    assert reader._idle == []
    assert department.told(reader, 0) == department.answer(0)
    reader.close()


def test_after_a_failure_another_consumer_is_asked(
    department: Department, opened: list[Consumer]
) -> None:
    reader = RefusalsOnTopic(department.kafka)
    department.refuse(0)
    assert department.told(reader, 0) == department.answer(0)
    opened[0].close()
    with pytest.raises(RuntimeError):
        department.told(reader, 0)
    assert department.told(reader, 0) == department.answer(0)
    assert len(opened) == 2
    reader.close()


def test_of_who_has_no_topic_nothing_is_told(stack: Stack) -> None:
    reader = RefusalsOnTopic(stack.kafka)
    said = submissions_topic(Platform.ORGANISATION, f"none-{uuid.uuid4().hex[:8]}")
    assert reader.of(Platform.ORGANISATION, [(said, 0, 0)], datetime.now(UTC)) == {}
    reader.close()
