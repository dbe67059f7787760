"""Reads the topics of access and of inquiries to their end, and keeps what they tell in tables.

The topics are the truth: where Postgres is lost, the tables are made from them again.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, TopicPartition

from events.envelope import CHINA, Platform
from events.rules.access import Purpose, Role
from events.topics import ACCESS_TOPIC, inquiries_topic
from events.wire.codec import decode_record
from projections.access.consents import Consent
from projections.access.inquiry import Inquiry
from projections.store.control.consents import keep_consent, withdraw_consent
from projections.store.control.inquiries import keep_inquiries
from projections.store.control.keys import (
    AccessKey,
    KeptContract,
    end_contract,
    keep_contract,
    keep_key,
    revoke_key,
)
from projections.store.control.watchers import keep_places, places_of
from streams.broker import broker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg import Connection

    _Read = Callable[[str, dict[tuple[str, int], int]], Iterator[tuple[int, int, bytes]]]

_ASK_WITHIN_S: Final = 10.0
_FOLLOWER: Final = "/doors"
"""Under this name is kept how far the topic of access was read."""
_FOLLOWER_OF_WHOLE: Final = "/doors.whole"
"""And this how far those of inquiries: what was kept under the other lacked key and digest."""
_PORTION: Final = 2_000
_WAITS_MS: Final = 5


def read_access(connection: Connection[Any], kafka: str) -> int:
    """Keep what the topic of access tells since it was read last; give how many changes."""
    read = partial(read_messages, kafka)
    return _follow(connection, read, ACCESS_TOPIC, _FOLLOWER, _keep_changes)


def read_inquiries(connection: Connection[Any], kafka: str, platform: Platform) -> int:
    """Keep the inquiries of a platform since they were read last; give how many."""
    return _follow_inquiries(connection, partial(read_messages, kafka), platform)


def _follow_inquiries(connection: Connection[Any], read: _Read, platform: Platform) -> int:
    topic = inquiries_topic(platform)
    return _follow(connection, read, topic, _FOLLOWER_OF_WHOLE, _keep_inquiries)


def read_every_inquiry(connection: Connection[Any], kafka: str | None) -> None:
    """Keep the inquiries of both platforms; without a broker nothing is read."""
    for platform in Platform if kafka is not None else ():
        read_inquiries(connection, kafka or "", platform)


def _follow(connection: Connection[Any], read: _Read, topic: str, name: str, keep: Any) -> int:
    places = places_of(connection, name, [topic])
    count, portion = 0, []
    for partition, offset, value in read(topic, places):
        portion.append(decode_record(value)[1])
        places[topic, partition] = offset + 1
        if len(portion) >= _PORTION:
            count += _kept(connection, name, keep, portion, places)
            portion = []
    return count + _kept(connection, name, keep, portion, places)


def _kept(
    connection: Connection[Any],
    name: str,
    keep: Any,
    portion: list[dict[str, Any]],
    places: dict[tuple[str, int], int],
) -> int:
    """Keep a portion, and how far it goes, in one transaction."""
    if portion:
        with connection.transaction():
            keep(connection, portion)
            keep_places(connection, name, places)
    return len(portion)


def read_messages(
    kafka: str, topic: str, places: dict[tuple[str, int], int]
) -> Iterator[tuple[int, int, bytes]]:
    """Give partition, offset and value of what a topic holds behind some places, to its end.

    Raises `KafkaException`, `TimeoutError`.
    """
    consumer = Consumer(_settings(kafka))
    try:
        yield from _to_the_end(consumer, topic, places)
    finally:
        consumer.close()


class KeptReader:
    """Reads inquiries to their end with one consumer that is kept: opening one costs many readings.

    One reads at a time; what it kept, the next finds kept.
    """

    def __init__(self, kafka: str) -> None:
        """Keep where the broker is; nothing is opened before it is used."""
        self._kafka = kafka
        self._lock = Lock()
        self._consumer: Consumer | None = None

    def read_inquiries(self, connection: Connection[Any], platform: Platform) -> int:
        """Keep the inquiries of a platform since they were read last; give how many.

        Raises `KafkaException`, `TimeoutError`; the next reading then begins with a new consumer.
        """
        with self._lock:
            return _follow_inquiries(connection, self._messages, platform)

    def _messages(
        self, topic: str, places: dict[tuple[str, int], int]
    ) -> Iterator[tuple[int, int, bytes]]:
        if self._consumer is None:
            self._consumer = Consumer(_settings(self._kafka))
        try:
            yield from _to_the_end(self._consumer, topic, places)
        except BaseException:
            consumer, self._consumer = self._consumer, None
            consumer.close()
            raise

    def close(self) -> None:
        """Close what is kept; it is opened again where it is needed again."""
        with self._lock:
            consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close()


def _settings(kafka: str) -> dict[str, Any]:
    connection = broker(kafka)
    return {
        **connection.librdkafka(),
        "group.id": connection.group(f"doors.{uuid.uuid4()}"),
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        # What is older than the topic keeps (ten years) is gone, and passed over.
        "auto.offset.reset": "earliest",
        # What is read is there already; a fetch that waits there keeps the next reading waiting.
        "fetch.wait.max.ms": _WAITS_MS,
    }


def _to_the_end(
    consumer: Consumer, topic: str, places: dict[tuple[str, int], int]
) -> Iterator[tuple[int, int, bytes]]:
    """Give what stands behind the places, up to the ends that there were as it began."""
    told = consumer.list_topics(topic, timeout=_ASK_WITHIN_S).topics[topic]
    if told.error is not None:
        raise KafkaException(told.error)
    ends = {
        each.partition: each.offset
        for each in consumer.offsets_for_times(
            [TopicPartition(topic, each, OFFSET_END) for each in told.partitions],
            timeout=_ASK_WITHIN_S,
        )
    }
    open_ones = {each: end for each, end in ends.items() if places.get((topic, each), 0) < end}
    if not open_ones:
        return
    consumer.assign(
        [TopicPartition(topic, each, places.get((topic, each), 0)) for each in open_ones]
    )
    while open_ones:
        message = consumer.poll(_ASK_WITHIN_S)
        if message is None:
            raise TimeoutError(f"{topic}: the broker gives nothing for {_ASK_WITHIN_S:.0f} s")
        error = message.error()
        if error is None:
            yield message.partition(), message.offset(), message.value()
            if message.offset() >= open_ones.get(message.partition(), 0) - 1:
                open_ones.pop(message.partition(), None)
        elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
            open_ones.pop(message.partition(), None)
        else:
            raise KafkaException(error)
    consumer.unassign()


def _keep_changes(connection: Connection[Any], changes: list[dict[str, Any]]) -> None:
    for change in changes:
        match change["transition"]:
            case "key_created":
                key = AccessKey(
                    key_id=change["grant_id"],
                    name=change["name"],
                    roles=tuple(Role(each) for each in change["roles"]),
                    organisation=change["organisation"],
                    region=change["region"],
                    since=change["since"],
                    until=change["until"],
                )
                keep_key(connection, key, bytes.fromhex(change["key_digest"]))
            case "key_revoked":
                revoke_key(connection, change["grant_id"], told=True)
            case "contract_made":
                contract = KeptContract(
                    contract_id=change["grant_id"],
                    organisation=change["organisation"],
                    purposes=tuple(Purpose(each) for each in change["purposes"]),
                    since=change["since"],
                    until=change["until"],
                    a_day=change["a_day"],
                )
                keep_contract(connection, contract)
            case "contract_ended":
                end_contract(connection, change["grant_id"])
            case "consent_given":
                consent = Consent(
                    consent_id=change["grant_id"],
                    platform=Platform(change["platform"]),
                    subject_id=change["subject_id"],
                    organisation=change["organisation"],
                    purpose=Purpose(change["purposes"][0]),
                    since=change["since"],
                    until=change["until"],
                )
                keep_consent(connection, consent)
            case "consent_withdrawn":
                withdraw_consent(connection, change["grant_id"])
            case _:
                continue  # Of a version to come, which says nothing of keys.


def _keep_inquiries(connection: Connection[Any], told: list[dict[str, Any]]) -> None:
    keep_inquiries(connection, map(_inquiry, told))


def _inquiry(said: dict[str, Any]) -> Inquiry:
    visible_ms = said["visible_from_ms"]
    same = {name: said[name] for name in Inquiry.__struct_fields__ if name in said}
    return Inquiry(
        **same,
        at=_moment(said["at_ms"]),
        basis=said["said_basis"],
        visible_from=None if visible_ms is None else _moment(visible_ms),
    )


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, CHINA)
