"""What admission refused, read off their topics by the place of the submission."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from events.topics import rejections_topic, submission_origin
from events.wire.codec import decode_record
from streams.broker import broker, librdkafka
from streams.publishing.producer import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from confluent_kafka import Message

    from events.envelope import Platform
    from ops.submission.receipts import Offset

_ASK_WITHIN_S: Final = 10.0
_OF_ALL: Final = "v1"


class RefusalsOnTopic:
    """The topics of refusals, from a moment to its end; a reader that leaves no trace there."""

    def __init__(self, kafka: str) -> None:
        """Bind to a broker."""
        self._kafka = kafka

    def of(
        self, platform: Platform, places: Iterable[Offset], since: datetime
    ) -> Mapping[Offset, Sequence[str]]:
        """Give the codes of the reasons, by the place of the submission."""
        wanted = set(places)
        found: dict[Offset, Sequence[str]] = {}
        for topic in self._topics(platform, {submission_origin(place[0])[1] for place in wanted}):
            for message in self._messages(topic, since):
                refusal = decode_record(message.value())[1]
                place = (refusal["topic"], refusal["partition"], refusal["offset"])
                if place in wanted:
                    found[place] = [each["code"] for each in refusal["reasons"]]
                    if len(found) == len(wanted):
                        return found
        return found

    def _topics(self, platform: Platform, senders: Iterable[str]) -> list[str]:
        """Give those that there are: also the one that once held the refusals of all."""
        wanted = [rejections_topic(platform, sender) for sender in sorted(senders)]
        admin = AdminClient(librdkafka(self._kafka, {"logger": Quiet()}))
        there = admin.list_topics(timeout=_ASK_WITHIN_S).topics
        return [each for each in (*wanted, rejections_topic(platform, _OF_ALL)) if each in there]

    def _messages(self, topic: str, since: datetime) -> Iterator[Message]:
        connection = broker(self._kafka)
        consumer = Consumer(
            {
                **connection.librdkafka(),
                "group.id": connection.group(f"receipt.{uuid.uuid4()}"),
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 50,
                "logger": Quiet(),
            }
        )
        try:
            known = consumer.list_topics(topic, timeout=_ASK_WITHIN_S).topics[topic].partitions
            moment = int(since.timestamp() * 1000)
            places = [TopicPartition(topic, partition, moment) for partition in known]
            starts = consumer.offsets_for_times(places, timeout=_ASK_WITHIN_S)
            ends = {
                p.partition: consumer.get_watermark_offsets(p, timeout=_ASK_WITHIN_S)[1]
                for p in places
            }
            starts = [p for p in starts if 0 <= p.offset < ends[p.partition]]
            consumer.assign(starts)
            left = {p.partition for p in starts}
            while left:
                message = consumer.poll(_ASK_WITHIN_S)
                if message is None:
                    break
                if message.error():
                    raise KafkaException(message.error())
                yield message
                if message.offset() >= ends[message.partition()] - 1:
                    left.discard(message.partition())
        finally:
            consumer.close()
