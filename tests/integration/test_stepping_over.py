"""An operator steps over one submission: it is told as a refusal, counted once, and work goes on."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import psycopg
import pytest

from events.envelope import Platform
from events.topics import rejections_topic, submissions_topic
from events.wire.codec import decode_record
from ops.local.stack import Stack
from ops.topics import create_topics
from projections.store.database import create_control
from projections.store.quality import ANY_REASON, read_refusals
from streams.publishing.producer import Sender, create_producer
from streams.reading.reader import LogReader
from streams.stepping_over import MovedOnError, NothingWaitsError, look, step_over
from streams.topics import Topic
from tests.support.ledger import admitted, read_all

NOW = datetime(2026, 11, 28, tzinfo=UTC)
WHY = "本条无法处理，请重新报送"


def test_one_submission_is_stepped_over_told_and_counted_once(stack: Stack, database: str) -> None:
    department = f"test-{uuid.uuid4().hex[:8]}"
    topic = submissions_topic(Platform.ORGANISATION, department)
    refusals = rejections_topic(Platform.ORGANISATION, department)
    create_topics(
        stack.kafka,
        [
            Topic(name=name, partitions=1, writers=(department,), readers=("admission",))
            for name in (topic, refusals)
        ],
    )
    sender = Sender(create_producer(stack.kafka))
    sender.send([(topic, b"k", value, None) for value in (b"one", b"two")])
    with (
        psycopg.connect(database, autocommit=True) as connection,
        LogReader(stack.kafka) as reader,
    ):
        create_control(connection, 1)
        waiting = look(reader, topic, 0)
        assert (waiting.what, waiting.next_offset) == ("4 bytes", 1)

        step_over(connection, sender, waiting, WHY, NOW)

        assert admitted(database) == {topic: 1}
        with pytest.raises(MovedOnError):
            step_over(connection, sender, waiting, WHY, NOW)
        (counted,) = [each for each in read_refusals(connection) if each.reason == ANY_REASON]
        assert (counted.department, counted.submissions) == (department, 1)
        assert look(reader, topic, 1).position == 1
        with pytest.raises(NothingWaitsError):
            look(reader, topic, 2)
    told = [decode_record(each.value())[1] for each in read_all(stack.kafka, refusals)]
    own = [each for each in told if each["topic"] == topic]
    assert {
        (each["offset"], each["reasons"][0]["code"], each["reasons"][0]["rule"]) for each in own
    } == {(0, "set_aside", WHY)}
