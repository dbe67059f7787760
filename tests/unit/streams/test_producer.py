"""What counts as delivered: only what the broker says a place of."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import KafkaError

from streams.producer import DeliveryError, Sender, undelivered


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
