"""The one way in which anything of ours is produced: acknowledged by all, idempotent, murmur2."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from confluent_kafka import Producer

from events.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from confluent_kafka import KafkaError


class DeliveryError(LedgerError):
    """The broker did not acknowledge a message."""


def create_producer(kafka: str, **overrides: Any) -> Producer:
    """Make a producer; `partitioner` must never be left to librdkafka's CRC32."""
    return Producer(
        {
            "bootstrap.servers": kafka,
            "acks": "all",
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "linger.ms": 2,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 500_000,
            "message.timeout.ms": 60_000,
            "logger": _Quiet(),
            **overrides,
        }
    )


def undelivered(error: KafkaError | None, message: Any) -> str | None:
    """Say why a delivery report proves nothing; None where the broker has the message.

    librdkafka also reports success, but no offset, where the broker takes a batch for a repeat
    of one it has. A message so reported could once not be found in its topic, after the broker had
    been killed. So only a message with an offset counts as delivered, and any other is sent
    again: that is safe, as readers know an event by its id.
    """
    if error is not None:
        return str(error.str())
    if message.offset() is None:
        return "the broker took it for a repeat, without saying where the first stands"
    return None


class _Quiet:
    """librdkafka's own log lines: connection noise that our own errors already tell of."""

    def log(self, *_: object) -> None:
        """Drop the line."""


class Sender:
    """Produces a whole batch and waits until every message of it is acknowledged."""

    def __init__(self, producer: Producer) -> None:
        """Share a producer; several threads may send through one sender."""
        self._producer = producer

    def send(
        self,
        messages: Iterable[tuple[str, bytes | None, bytes, list[tuple[str, bytes]] | None]],
        timeout_s: float = 60.0,
    ) -> int:
        """Send (topic, key, value, headers) messages; give how many.

        Raises `DeliveryError` naming the first failure; the caller may send the whole again.
        """
        outcome = _Outcome()
        for topic, key, value, headers in messages:
            outcome.expected += 1
            while True:
                try:
                    self._producer.produce(
                        topic, value, key, headers=headers, on_delivery=outcome.note
                    )
                    break
                except BufferError:
                    self._producer.poll(0.1)
        waited = 0.0
        while outcome.pending and waited < timeout_s:
            self._producer.poll(0.02)
            waited += 0.02 if outcome.pending else 0.0
        problem = outcome.problem or (
            f"{outcome.pending} messages unacknowledged after {timeout_s} s"
            if outcome.pending
            else None
        )
        if problem is not None:
            raise DeliveryError(problem)
        return outcome.expected


class _Outcome:
    """Counts acknowledgements, from whichever thread polls."""

    def __init__(self) -> None:
        self.expected = 0
        self.problem: str | None = None
        self._done = 0
        self._lock = threading.Lock()

    @property
    def pending(self) -> int:
        """How many have not been answered."""
        return self.expected - self._done

    def note(self, error: KafkaError | None, message: object) -> None:
        """Take one delivery report."""
        problem = undelivered(error, message)
        with self._lock:
            self._done += 1
            self.problem = self.problem or problem
