"""What counts as delivered: only what the broker says a place of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.publishing.producer import (
    DeliveryError,
    RefusedError,
    Sender,
    Sent,
    send_what_is_taken,
    undelivered,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Report:
    """A delivery report of a message, as far as it is looked at."""

    def __init__(self, offset: int | None) -> None:
        self._offset = offset

    def offset(self) -> int | None:
        return self._offset


class _Producer:
    """Answers each message with the next of its reports."""

    def __init__(self, *offsets: int | None) -> None:
        self._offsets = list(offsets)
        self._answers: list[Any] = []

    def produce(self, *_: object, on_delivery: Any, headers: object) -> None:
        assert headers is None
        self._answers.append(on_delivery)

    def poll(self, _timeout_s: float) -> None:
        while self._answers:
            self._answers.pop(0)(None, _Report(self._offsets.pop(0)))


def test_only_a_message_with_a_place_is_delivered() -> None:
    assert undelivered(None, _Report(0)) is None
    assert "repeat" in str(undelivered(None, _Report(None)))
    timed_out = KafkaError(KafkaError._MSG_TIMED_OUT)
    assert undelivered(timed_out, _Report(7)) == "Local: Message timed out"


def test_a_batch_with_a_message_that_has_no_place_is_not_sent() -> None:
    messages = [("topic", None, b"a", None), ("topic", None, b"b", None)]
    assert Sender(_Producer(5, 6)).send(messages) == 2  # type: ignore[arg-type]
    with pytest.raises(DeliveryError, match="took it for a repeat"):
        Sender(_Producer(5, None)).send(messages)  # type: ignore[arg-type]


def test_what_the_broker_never_takes_is_found_and_all_else_is_sent_in_order() -> None:
    sent: list[bytes] = []

    def send(messages: Sequence[Sent]) -> None:
        if any(value.startswith(b"bad") for _, _, value, _ in messages):
            raise RefusedError("too large")
        sent.extend(value for _, _, value, _ in messages)

    values = [b"1", b"bad 2", b"3", b"4", b"5", b"bad 6", b"7"]
    messages: list[Sent] = [("topic", None, value, None) for value in values]

    assert send_what_is_taken(send, messages) == [(1, "too large"), (5, "too large")]
    assert sent == [value for value in values if not value.startswith(b"bad")]
    assert send_what_is_taken(send, messages[:1]) == []


class _Dead(_Producer):
    """Cannot send any more, as librdkafka says of it: by the code, and not always by the flag."""

    def __init__(self, *, flagged: bool) -> None:
        super().__init__()
        self._flagged = flagged

    def produce(self, *_: object, on_delivery: Any, headers: object) -> None:
        del on_delivery, headers
        raise KafkaException(KafkaError(KafkaError._FATAL, "out of order", fatal=self._flagged))


class _Late(_Producer):
    """Waits for what never comes, as for a leader that it does not ask for again."""

    def produce(self, *_: object, on_delivery: Any, headers: object) -> None:
        del headers
        on_delivery(KafkaError(KafkaError._MSG_TIMED_OUT), None)


@pytest.mark.parametrize("first", [_Dead(flagged=True), _Dead(flagged=False), _Late()], ids=type)
def test_a_producer_that_can_send_no_more_is_replaced(first: _Producer) -> None:
    sender = Sender(first, lambda: _Producer(5, 6))  # type: ignore[arg-type, return-value]
    messages: list[Sent] = [("topic", None, b"a", None)]
    with pytest.raises(DeliveryError):
        sender.send(messages)
    assert sender.send(messages) == 1
