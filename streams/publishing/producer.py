"""The one way in which anything of ours is produced: acknowledged by all, idempotent, murmur2."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Producer

from events.errors import LedgerError
from streams.broker import broker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


_Headers = list[tuple[str, bytes]] | None
Sent = tuple[str, bytes | None, bytes, _Headers]
"""Topic, key, value and headers of a message; its partition is its key's."""

Placed = tuple[str, bytes | None, bytes, _Headers, int]
"""A message that belongs into a partition for another reason."""


class Span(NamedTuple):
    """The first and the last offset of what was acknowledged in a partition."""

    first: int
    last: int


MESSAGE_BYTES_MAX: Final = 4 * 1024 * 1024
"""The largest message of ours, before it is compressed."""

_NEVER: Final = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_RECORD,
        KafkaError.POLICY_VIOLATION,
    }
)


class DeliveryError(LedgerError):
    """The broker did not acknowledge a message."""

    exit_code = 3


class RefusedError(DeliveryError):
    """The broker will never take one of these messages, however often it is sent."""

    exit_code = 1


def create_producer(kafka: str, **overrides: Any) -> Producer:
    """Make a producer; `partitioner` must never be left to librdkafka's CRC32."""
    return Producer(
        {
            **broker(kafka).librdkafka(),
            "acks": "all",
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "linger.ms": 2,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 500_000,
            "message.timeout.ms": 60_000,
            # A broker that begins may say that nobody leads; it is not asked again for so long.
            "topic.metadata.refresh.interval.ms": 10_000,
            "message.max.bytes": MESSAGE_BYTES_MAX,
            "logger": Quiet(),
            **overrides,
        }
    )


def create_fenced_producer(kafka: str, transactional_id: str) -> Producer:
    """Make a producer of transactions (`streams.publishing.fence`).

    A commit sends at once whatever lingers. Until then nothing has to go: so a transaction is few
    large requests, which cost the broker a sixth less than what goes out message by message.
    """
    return create_producer(kafka, **{"transactional.id": transactional_id, "linger.ms": 50})


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


def is_refusal(error: KafkaError) -> bool:
    """Say whether the broker refuses a message for what it is, and not for how things stand."""
    return error.code() in _NEVER


def produce(producer: Producer, message: Sent | Placed, outcome: Acknowledgements) -> None:
    """Hand one message over, waiting for room; its delivery report goes to the outcome.

    Raises `KafkaException` where it is not even tried.
    """
    topic, key, value, headers, *elsewhere = message
    place = {"partition": elsewhere[0]} if elsewhere else {}
    outcome.expected += 1
    while True:
        try:
            producer.produce(topic, value, key, headers=headers, on_delivery=outcome.note, **place)
        except BufferError:
            producer.poll(0.1)
        else:
            return


def send_what_is_taken(
    send: Callable[[Sequence[Sent]], object], messages: Sequence[Sent]
) -> list[tuple[int, str]]:
    """Send messages in order; give those that the broker will never take, by index, and why.

    Where a batch holds one, it is halved until that one stands alone. What goes well is then sent
    more than once, in order each time.
    """
    try:
        send(messages)
    except RefusedError as error:
        if len(messages) == 1:
            return [(0, str(error))]
        middle = len(messages) // 2
        first = send_what_is_taken(send, messages[:middle])
        later = send_what_is_taken(send, messages[middle:])
        return first + [(middle + index, why) for index, why in later]
    return []


class Quiet:
    """librdkafka's own log lines: connection noise that our own errors already tell of."""

    def log(self, *_: object) -> None:
        """Drop the line."""


class Sender:
    """Produces a whole batch and waits until every message of it is acknowledged."""

    def __init__(self, producer: Producer, renew: Callable[[], Producer] | None = None) -> None:
        """Share a producer; several threads may send through one sender.

        One that librdkafka has declared fatal sends nothing ever again, and one whose messages
        timed out may be waiting for what never comes: `renew` makes another.
        """
        self._producer = producer
        self._renew = renew

    def send(self, messages: Iterable[Sent | Placed], timeout_s: float = 60.0) -> int:
        """Send messages; give how many. Raises as `send_and_place` does."""
        return self._send(messages, Acknowledgements(), timeout_s).expected

    def send_and_place(
        self, messages: Iterable[Sent | Placed], timeout_s: float = 60.0
    ) -> Mapping[tuple[str, int], Span]:
        """Send messages; give the first and last offset acknowledged, by topic and partition.

        Raises `RefusedError` where one of them can never be sent, `DeliveryError` naming the first
        other failure; the caller may send the whole again.
        """
        outcome = Placing()
        self._send(messages, outcome, timeout_s)
        return outcome.places

    def _send(
        self, messages: Iterable[Sent | Placed], outcome: Acknowledgements, timeout_s: float
    ) -> Acknowledgements:
        producer = self._producer
        try:
            for message in messages:
                produce(producer, message, outcome)
        except KafkaException as error:
            outcome.fail(error.args[0])
        self._await(producer, outcome, timeout_s)
        is_stuck = outcome.is_fatal or outcome.timed_out or outcome.pending > 0
        if is_stuck and self._renew is not None and self._producer is producer:
            self._producer = self._renew()
        if outcome.refusal is not None:
            raise RefusedError(outcome.refusal)
        problem = outcome.problem or (
            f"Kafka did not acknowledge in {timeout_s} s (messages that wait: {outcome.pending}):"
            " see `credit-ledger status`, and try again"
            if outcome.pending
            else None
        )
        if problem is not None:
            raise DeliveryError(problem)
        return outcome

    def _await(self, producer: Producer, outcome: Acknowledgements, timeout_s: float) -> None:
        """Take reports until all are answered, or time is over."""
        waited = 0.0
        while outcome.pending and waited < timeout_s:
            producer.poll(0.02)
            waited += 0.02 if outcome.pending else 0.0


class Acknowledgements:
    """Counts acknowledgements, from whichever thread polls."""

    def __init__(self) -> None:
        """Expect nothing yet."""
        self.expected = 0
        self.problem: str | None = None
        self.refusal: str | None = None
        self.is_fatal = False
        self.timed_out = False
        self._done = 0
        self._lock = threading.Lock()
        self._answered = threading.Condition(self._lock)

    def wait(self, timeout_s: float) -> None:
        """Wait until all have been answered; somebody else takes the reports."""
        with self._answered:
            self._answered.wait_for(lambda: not self.pending, timeout_s)

    @property
    def pending(self) -> int:
        """How many have not been answered."""
        return self.expected - self._done

    def note(self, error: KafkaError | None, message: object) -> None:
        """Take one delivery report."""
        problem = undelivered(error, message)
        with self._lock:
            self._done += 1
            self._take(error, problem)
            if not self.pending:
                self._answered.notify_all()

    def fail(self, error: KafkaError) -> None:
        """Take the message handed over last as answered: it was not even tried."""
        with self._lock:
            self._done += 1
            self._take(error, str(error.str()))

    def _take(self, error: KafkaError | None, problem: str | None) -> None:
        self.problem = self.problem or problem
        if error is not None:
            # What is handed over after a fatal error fails with this code, and is not called fatal.
            is_fatal = error.fatal() or error.code() == KafkaError._FATAL  # noqa: SLF001 - so named
            self.is_fatal = self.is_fatal or is_fatal
            is_late = error.code() == KafkaError._MSG_TIMED_OUT  # noqa: SLF001 - so named
            self.timed_out = self.timed_out or is_late
            if is_refusal(error):
                self.refusal = self.refusal or problem


class Placing(Acknowledgements):
    """Notes the first and last offset acknowledged, too, by topic and partition."""

    def __init__(self) -> None:
        """Know no place yet."""
        super().__init__()
        self.places: dict[tuple[str, int], Span] = {}

    def note(self, error: KafkaError | None, message: Any) -> None:
        """Take one delivery report."""
        offset = message.offset()
        if error is None and offset is not None:
            place = message.topic(), message.partition()
            first, last = self.places.get(place, (offset, offset))
            self.places[place] = Span(min(first, offset), max(last, offset))
        super().note(error, message)
