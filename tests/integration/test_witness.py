"""What a log holds, asked of a real broker: also where somebody has left a transaction open in it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from projections.ledger.witness import ReaderStanding, seen
from streams.broker import librdkafka
from streams.publishing.producer import Quiet, Sender, create_producer
from streams.witness import LogChangedError, Witness
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from confluent_kafka import Message

    from ops.local.stack import Stack

pytestmark = pytest.mark.stack
TRIES = 20


def _admin(stack: Stack) -> AdminClient:
    return AdminClient(librdkafka(stack.kafka, {"logger": Quiet()}))


@pytest.fixture
def topic(stack: Stack, topic_prefix: str) -> str:
    name = f"{topic_prefix}log"
    admin = _admin(stack)
    for made in admin.create_topics([NewTopic(name, 1)]).values():
        made.result(AMPLE_S)
    return name


def test_a_record_that_takes_long_to_come_comes_as_each_try_waits_longer(
    stack: Stack, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gigabyte, packed, on a busy machine: begun anew each time for as long, it never came."""
    Sender(create_producer(stack.kafka)).send([(topic, b"k", b"slow", None)])
    monkeypatch.setattr("streams.witness._ANSWER_MAX_S", 0.000_1)
    witness = Witness(stack.kafka)

    def came() -> bool:
        with suppress(TimeoutError):
            found = witness.record(topic, 0, 0)
            return found is not None and found.value() == b"slow"
        return False

    assert not came()
    assert any(came() for _ in range(TRIES))


def test_a_transaction_that_is_left_open_takes_nothing_of_what_was_acknowledged(
    stack: Stack, topic: str
) -> None:
    """Readers of what is committed see none of it until it ends; it is in the log all the same."""
    left_open = create_producer(
        stack.kafka,
        **{
            "transactional.id": topic,
            "transaction.timeout.ms": 120_000,
            "message.timeout.ms": 120_000,
        },
    )
    left_open.init_transactions(AMPLE_S)
    left_open.begin_transaction()
    left_open.produce(topic, b"undecided")
    left_open.flush(AMPLE_S)
    Sender(create_producer(stack.kafka)).send([(topic, b"k", b"acknowledged", None)])
    witness = Witness(stack.kafka)

    witness.check_ends(topic, {0: 2})
    with pytest.raises(LogChangedError, match="it ends at 2, and had acknowledged up to 3"):
        witness.check_ends(topic, {0: 3})
    left_open.abort_transaction(AMPLE_S)


def test_what_was_read_behind_a_transaction_is_found_again(stack: Stack, topic: str) -> None:
    producer = create_producer(stack.kafka, **{"transactional.id": topic})
    producer.init_transactions(AMPLE_S)
    producer.begin_transaction()
    producer.produce(topic, b"taken back")
    producer.abort_transaction(AMPLE_S)
    placed: list[Message] = []
    plain = create_producer(stack.kafka)
    plain.produce(topic, b"first", b"k", on_delivery=lambda _, message: placed.append(message))
    plain.flush(AMPLE_S)
    (message,) = placed
    offset, at = message.offset(), message.timestamp()[1]
    witness = Witness(stack.kafka)

    found = ReaderStanding(offset + 1, seen(offset, at, b"k", b"first"))
    assert witness.what_changed(topic, 0, found) is None
    other = ReaderStanding(offset + 1, seen(offset, at, b"k", b"second"))
    assert "another record" in str(witness.what_changed(topic, 0, other))
