"""Sends checked lines to the department's topics and learns of each whether the broker has it.

A repeat is safe: event ids are derived from what is said, so the ledger drops what it has.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, Self

from confluent_kafka import KafkaError, KafkaException

from events.admission.signatures import SIGNATURE_HEADER
from events.errors import LedgerError
from events.event import event_type
from events.rules.offices import reports_through
from events.topics import submissions_topic
from events.wire.codec import cloud_event_headers, department_source
from streams.broker import servers
from streams.publishing.producer import create_producer, undelivered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from types import TracebackType

    from events.envelope import Platform
    from ops.submission.line import GoodLine

    Acknowledged = Callable[["BrokerAnswer"], None]

REACHABLE_WITHIN_S: Final = 10.0
DELIVERED_WITHIN_S: Final = 60.0
QUEUED_MAX: Final = 10_000
IDLE_MAX: Final = 8
"""So many senders stay connected while nobody submits."""
_POLL_S: Final = 0.1


class BrokerAnswer(NamedTuple):
    """What the broker said of a line: where it stands, or what went wrong."""

    place: tuple[str, int, int] | None
    problem: str | None = None


class BrokerUnreachableError(LedgerError):
    """The broker cannot be reached, or does not let us in."""


class TopicMissingError(LedgerError):
    """The department's topic does not exist, or this account may not write there."""


class UndeliveredError(LedgerError):
    """Lines were sent, and the broker has not acknowledged them."""

    def __init__(self, count: int, first: str) -> None:
        """Name the first."""
        text = f"{count} lines without acknowledgement, the first: {first}"
        super().__init__(text, count=count, first=first)


class LineSender(Protocol):
    """What sends lines; tests have one that remembers instead."""

    def send(self, line: GoodLine, submitted_at: datetime, acknowledged: Acknowledged) -> None:
        """Take one line; tell later where it stands, or what went wrong."""

    def wait(self) -> None:
        """Return when every line taken has had its answer."""


class SubmissionSender:
    """Sends through one idempotent producer, a bounded number of lines at a time."""

    def __init__(
        self,
        kafka: str,
        settings: Mapping[str, Any] | None = None,
        *,
        reachable_within_s: float = REACHABLE_WITHIN_S,
    ) -> None:
        """Connect and learn which topics there are.

        `settings` are librdkafka's, such as those of SASL. Raises `BrokerUnreachableError`, with
        what the broker said where it said anything: a wrong password shows nowhere else.
        """
        self._kafka = kafka
        self._said: list[str] = []
        self._refused: str | None = None
        self._failed = False
        self._pending = 0
        self._producer = create_producer(
            kafka,
            **{
                "error_cb": self._note,
                "queue.buffering.max.messages": QUEUED_MAX,
                "message.timeout.ms": int(DELIVERED_WITHIN_S * 1000),
                "linger.ms": 20,
                **(settings or {}),
            },
        )
        self._topics: set[str] = set()
        self.reach(reachable_within_s)

    @property
    def is_sound(self) -> bool:
        """Say whether all that was sent so far went well, so that more may be."""
        return not self._failed and self._refused is None and not self._pending

    def reach(self, within_s: float = REACHABLE_WITHIN_S) -> None:
        """Ask the broker whether it is there, and once which topics. Raises as at the beginning."""
        known = next(iter(self._topics), None)
        self._said.clear()
        try:
            if known is None:
                self._look_for_topics(within_s)
            else:
                self._producer.list_topics(known, timeout=within_s)
        except KafkaException as error:
            self._producer.poll(0)
            why = "; ".join(dict.fromkeys(self._said)) or str(error.args[0])
            raise BrokerUnreachableError(f"{servers(self._kafka)}: {why}", why=why) from error

    def _look_for_topics(self, within_s: float) -> None:
        self._topics = set(self._producer.list_topics(timeout=within_s).topics)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Wait for what is under way; give it up after an error or a refusal told before."""
        if error is None and self._refused is None:
            self.wait()
        else:
            self._producer.purge()
            self._producer.flush(_POLL_S)

    def send(self, line: GoodLine, submitted_at: datetime, acknowledged: Acknowledged) -> None:
        """Take one line; `acknowledged` is called once the broker has it on every replica, or not.

        Raises `TopicMissingError`, and `BrokerUnreachableError` once the broker has refused us.
        """
        topic = self._topic(line.platform, line.event.envelope.department)
        self._pending += 1
        while True:
            self._stop_if_refused()
            try:
                self._producer.produce(
                    topic,
                    line.value,
                    line.event.envelope.subject_id.encode(),
                    headers=_headers(line, submitted_at),
                    on_delivery=self._answer(acknowledged),
                )
            except BufferError:
                self._producer.poll(_POLL_S)
            except KafkaException as error:
                self._pending -= 1
                self._refused = str(error.args[0])
                raise BrokerUnreachableError(self._refused, why=self._refused) from error
            else:
                self._producer.poll(0)
                return

    def wait(self) -> None:
        """Return when every line taken was answered for; each is, in 60 seconds at the latest."""
        while self._pending:
            self._producer.poll(_POLL_S)
            self._stop_if_refused()

    def _topic(self, platform: Platform, department: str) -> str:
        topic = submissions_topic(platform, reports_through(department))
        if topic not in self._topics:
            self._look_for_topics(REACHABLE_WITHIN_S)  # It may have been made since.
        if topic not in self._topics:
            raise TopicMissingError(
                f"{topic} is not to be seen; is it created, and may this account write there?",
                topic=topic,
            )
        return topic

    def _answer(self, acknowledged: Acknowledged) -> Callable[[KafkaError | None, Any], None]:
        def answered(error: KafkaError | None, message: Any) -> None:
            self._pending -= 1
            problem = undelivered(error, message)
            self._failed = self._failed or problem is not None
            place = (message.topic(), message.partition(), message.offset())
            acknowledged(BrokerAnswer(None if problem else place, problem))

        return answered

    def _note(self, error: KafkaError) -> None:
        self._said.append(error.str())
        if error.fatal() or error.code() in _REFUSALS:
            self._refused = error.str()

    def _stop_if_refused(self) -> None:
        if self._refused is not None:
            raise BrokerUnreachableError(self._refused, why=self._refused)


class SenderPool:
    """Senders of a service: each submission has one to itself, which the next one takes over.

    So nobody waits for a connection to be made, and what fails for one fails for nobody else: a
    sender that met with anything is not used again.
    """

    def __init__(self, kafka: str, settings: Mapping[str, Any] | None = None) -> None:
        """Keep where the broker is; a sender is made when it is first needed."""
        self._kafka, self._settings = kafka, settings
        self._lock = threading.Lock()
        self._idle: list[SubmissionSender] = []

    @contextmanager
    def sender(self) -> Iterator[SubmissionSender]:
        """Give a sender for one submission. Raises `BrokerUnreachableError`."""
        with self._lock:
            found = self._idle.pop() if self._idle else None
        if found is None:
            found = SubmissionSender(self._kafka, self._settings)
        else:
            found.reach()
        with found:
            yield found
        with self._lock:
            if found.is_sound and len(self._idle) < IDLE_MAX:
                self._idle.append(found)


_REFUSALS: Final = frozenset(
    {
        KafkaError._AUTHENTICATION,  # noqa: SLF001 - librdkafka's own codes are named so
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    }
)


def _headers(line: GoodLine, submitted_at: datetime) -> list[tuple[str, bytes]]:
    envelope = line.event.envelope
    by = [] if line.signature is None else [(SIGNATURE_HEADER, line.signature.encode())]
    return by + cloud_event_headers(
        event_id=envelope.event_id,
        record=f"credit.{event_type(line.event)}",
        source=department_source(envelope.department),
        subject_id=envelope.subject_id,
        time=submitted_at,
    )
