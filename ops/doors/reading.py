"""Reads the topics of access and of inquiries to their end, and keeps what they tell in tables.

The topics are the truth: where Postgres is lost, the tables are made from them again.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

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
    from collections.abc import Iterator

    from psycopg import Connection


_ASK_WITHIN_S: Final = 10.0
_FOLLOWER: Final = "/doors"
"""Under this name is kept how far the topic of access was read."""
_FOLLOWER_OF_WHOLE: Final = "/doors.whole"
"""And this how far those of inquiries: what was kept under the other lacked key and digest."""
_PORTION: Final = 2_000


def read_access(connection: Connection[Any], kafka: str) -> int:
    """Keep what the topic of access tells since it was read last; give how many changes."""
    return _follow(connection, kafka, ACCESS_TOPIC, _FOLLOWER, _keep_changes)


def read_inquiries(connection: Connection[Any], kafka: str, platform: Platform) -> int:
    """Keep the inquiries of a platform since they were read last; give how many."""
    topic = inquiries_topic(platform)
    return _follow(connection, kafka, topic, _FOLLOWER_OF_WHOLE, _keep_inquiries)


def read_every_inquiry(connection: Connection[Any], kafka: str | None) -> None:
    """Keep the inquiries of both platforms; without a broker nothing is read."""
    for platform in Platform if kafka is not None else ():
        read_inquiries(connection, kafka or "", platform)


def _follow(connection: Connection[Any], kafka: str, topic: str, name: str, keep: Any) -> int:
    places = places_of(connection, name, [topic])
    count, portion = 0, []
    for partition, offset, value in read_messages(kafka, topic, places):
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

    The end of each partition is told by the broker as it is reached, so that no partition is asked
    for its end beforehand. Raises `KafkaException`, `TimeoutError`.
    """
    connection = broker(kafka)
    consumer = Consumer(
        {
            **connection.librdkafka(),
            "group.id": connection.group(f"doors.{uuid.uuid4()}"),
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            # What is older than the topic keeps (ten years) is gone, and passed over.
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 50,
        }
    )
    try:
        told = consumer.list_topics(topic, timeout=_ASK_WITHIN_S).topics[topic]
        if told.error is not None:
            raise KafkaException(told.error)
        open_ones = {*told.partitions}
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
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                open_ones.discard(message.partition())
            else:
                raise KafkaException(error)
    finally:
        consumer.close()


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
