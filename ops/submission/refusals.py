"""What admission refused, read off their topics by the place of the submission."""

from __future__ import annotations

import uuid
import weakref
from contextlib import contextmanager, suppress
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

from events.topics import rejections_topic, submission_origin
from events.wire.codec import decode_record
from streams.broker import broker
from streams.publishing.producer import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from confluent_kafka import Message

    from events.envelope import Platform
    from ops.submission.receipts import Offset

_ASK_WITHIN_S: Final = 10.0
_OF_ALL: Final = "v1"
KEPT_MAX: Final = 2
"""So many consumers stay open while nobody asks: to open one costs many readings."""


class RefusalsOnTopic:
    """The topics of refusals, from a moment to its end; a reader that leaves no trace there.

    Threads may ask at once: each has a consumer to itself, which the next one takes over.
    """

    def __init__(self, kafka: str) -> None:
        """Keep where the broker is; nothing is opened before it is used."""
        self._kafka = kafka
        self._lock = Lock()
        self._idle: list[_KeptConsumer] = []
        # Verbs have no end at which they would close them.
        weakref.finalize(self, _close, self._idle)

    def close(self) -> None:
        """Close what is kept; it is opened again where it is needed again."""
        with self._lock:
            _close(self._idle)

    def of(
        self, platform: Platform, places: Iterable[Offset], since: datetime
    ) -> Mapping[Offset, Sequence[str]]:
        """Give the codes of the reasons, by the place of the submission."""
        wanted = set(places)
        senders = {submission_origin(place[0])[1] for place in wanted}
        # Also the one topic that once held the refusals of all.
        topics = [rejections_topic(platform, sender) for sender in (*sorted(senders), _OF_ALL)]
        found: dict[Offset, Sequence[str]] = {}
        # Where the broker falls silent, what it gave is told, and the rest is asked for again.
        with suppress(_SilentError), self._consumer() as consumer:
            for message in chain.from_iterable(_messages(consumer, each, since) for each in topics):
                refusal = decode_record(message.value())[1]
                place = (refusal["topic"], refusal["partition"], refusal["offset"])
                if place in wanted:
                    found[place] = [each["code"] for each in refusal["reasons"]]
                    if len(found) == len(wanted):
                        break
            consumer.unassign()
        return found

    @contextmanager
    def _consumer(self) -> Iterator[Consumer]:
        """Lend a consumer; after a failure it is not used again."""
        with self._lock:
            found = self._idle.pop() if self._idle else None
        kept = found or _KeptConsumer(self._settings())
        try:
            yield kept.consumer
        except BaseException:
            kept.close()
            raise
        with self._lock:
            if len(self._idle) < KEPT_MAX:
                self._idle.append(kept)
                return
        kept.close()

    def _settings(self) -> dict[str, Any]:
        connection = broker(self._kafka)
        return {
            **connection.librdkafka(),
            "group.id": connection.group(f"receipt.{uuid.uuid4()}"),
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 50,
            "logger": Quiet(),
        }


class _KeptConsumer:
    """A consumer that stays open from one question to the next."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.consumer = Consumer(settings)

    def close(self) -> None:
        self.consumer.close()


class _SilentError(Exception):
    """The broker gives nothing of what it has."""


def _messages(consumer: Consumer, topic: str, since: datetime) -> Iterator[Message]:
    """Give what a topic holds from a moment on; nothing of one that is not there, or not for us."""
    told = consumer.list_topics(topic, timeout=_ASK_WITHIN_S).topics[topic]
    if told.error is not None:
        return
    moment = int(since.timestamp() * 1000)
    places = [TopicPartition(topic, partition, moment) for partition in told.partitions]
    starts = consumer.offsets_for_times(places, timeout=_ASK_WITHIN_S)
    ends = {
        each.partition: consumer.get_watermark_offsets(each, timeout=_ASK_WITHIN_S)[1]
        for each in places
    }
    starts = [each for each in starts if 0 <= each.offset < ends[each.partition]]
    left = {each.partition for each in starts}
    if left:
        consumer.assign(starts)
    while left:
        message = consumer.poll(_ASK_WITHIN_S)
        if message is None:
            raise _SilentError
        if message.error():
            raise KafkaException(message.error())
        yield message
        if message.offset() >= ends[message.partition()] - 1:
            left.discard(message.partition())


def _close(idle: list[_KeptConsumer]) -> None:
    while idle:
        idle.pop().close()
