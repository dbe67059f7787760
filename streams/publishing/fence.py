"""Profiles go out under a name per partition that the broker grants to one process at a time.

A worker that slept past its session wakes with old profiles at hand. On a compacted topic the
message that comes later is the one that stays, so the broker itself must refuse it: each partition
is written in transactions under a transactional id of its own, and whoever takes it over has that
id from then on. What the former sends after that is refused, and what it had begun is undone; a
reader that reads committed, as librdkafka's does unless told otherwise, never sees it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaError, KafkaException

from events.errors import LedgerError
from streams.publishing.producer import (
    Acknowledgements,
    DeliveryError,
    RefusedError,
    is_refusal,
    produce,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from confluent_kafka import Producer

    from events.envelope import Platform
    from streams.publishing.producer import Sent

_INIT_MAX_S: Final = 30.0
_COMMIT_MAX_S: Final = 60.0
_AT_ONCE_MAX: Final = 4
"""A commit is waiting, for the most part: those of a few partitions wait together."""

_TAKEN_OVER: Final = frozenset(
    {KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH}  # noqa: SLF001 - librdkafka's own code
)


PROFILES: Final = "profiles"
CHECKPOINTS: Final = "checkpoints"


def transactions_of(platform: Platform, what: str) -> str:
    """Name the transactions by which one process alone writes profiles or checkpoints."""
    return f"credit-ledger.{platform}.{what}"


class FencedError(LedgerError):
    """Another process has taken over what this one published."""


class FencedSender:
    """Sends what belongs to partitions taken by this process; of others the broker refuses it."""

    def __init__(self, create: Callable[[str], Producer], name: str) -> None:
        """Name the ids after `name`; `create` makes a producer with a transactional id."""
        self._create = create
        self._name = name
        self._producers: dict[int, Producer] = {}
        self._threads = ThreadPoolExecutor(_AT_ONCE_MAX, thread_name_prefix="publication")

    def take(self, partition: int) -> None:
        """Take a partition over; from its return on, no former holder can publish there."""
        self._producers.pop(partition, None)
        producer = self._create(f"{self._name}.{partition}")
        try:
            producer.init_transactions(_INIT_MAX_S)
        except KafkaException as error:
            raise _told(error.args[0]) from error
        self._producers[partition] = producer

    def let_go(self, partitions: Iterable[int]) -> list[Producer]:
        """Hand over the producers of partitions that others hold now, to be ended by the caller.

        Each has threads and connections of its own, and ending one waits for them.
        """
        gone = [self._producers.pop(partition, None) for partition in partitions]
        return [producer for producer in gone if producer is not None]

    def send(self, messages: Mapping[int, Sequence[Sent]]) -> dict[int, Exception]:
        """Send what belongs to each partition, all or nothing; give where that failed, and why.

        `FencedError`: another has taken the partition, or its producer can send no more: take it
        again, and send what then is the newest. `RefusedError`: the broker will never take one of
        these messages. After any other the same may be sent again.
        """
        sent = list(messages)
        outcomes = self._threads.map(self._tried, sent, messages.values())
        return {p: error for p, error in zip(sent, outcomes, strict=True) if error is not None}

    def _tried(self, partition: int, messages: Sequence[Sent]) -> Exception | None:
        try:
            self._send(partition, messages)
        except (LedgerError, KafkaException) as error:
            return error
        return None

    def _send(self, partition: int, messages: Sequence[Sent]) -> None:
        producer = self._producers.get(partition)
        if producer is None:
            raise FencedError(f"partition {partition} has not been taken")
        outcome = Acknowledgements()
        try:
            producer.begin_transaction()
            for message in messages:
                produce(producer, message, outcome)
            producer.commit_transaction(_COMMIT_MAX_S)
        except KafkaException as error:
            if not _undone(producer, error.args[0]):
                # Never by a new producer and the same messages: another may have sent newer ones.
                self._producers.pop(partition, None)
                raise FencedError(str(error.args[0].str())) from error
            if outcome.refusal is not None:
                raise RefusedError(outcome.refusal) from error
            if outcome.problem is not None:
                raise DeliveryError(outcome.problem) from error
            raise _told(error.args[0]) from error
        except BaseException:
            self._producers.pop(partition, None)
            raise
        if outcome.problem is not None:
            # Committed, and of one of them nobody knows where it is: all of it goes out again.
            raise DeliveryError(outcome.problem)


def _undone(producer: Producer, error: KafkaError) -> bool:
    """Undo what was begun; say whether the producer can go on."""
    if error.fatal() or error.code() in _TAKEN_OVER:
        return False
    try:
        producer.abort_transaction(_COMMIT_MAX_S)
    except KafkaException:
        return False
    return True


def _told(error: KafkaError) -> LedgerError:
    """Give what librdkafka says as an error of ours."""
    if error.code() in _TAKEN_OVER:
        return FencedError(str(error.str()))
    if is_refusal(error):
        return RefusedError(str(error.str()))
    return DeliveryError(str(error.str()))
