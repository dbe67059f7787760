"""Reads the topics of access and of inquiries to their end, and keeps what they tell in tables.

The topics are the truth: where Postgres is lost, the tables are made from them again.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from events.envelope import CHINA, Platform
from events.rules.access import Purpose, Role
from events.topics import ACCESS_TOPIC, inquiries_topic
from events.wire.codec import decode_record
from projections.access.consents import Consent
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
"""Under this name is kept how far the topics were read."""
_PORTION: Final = 2_000


class InquirySeen(msgspec.Struct, frozen=True):
    """An inquiry as its subject, and auditors, see it: who asked, when, as what, why, what came."""

    inquiry_id: str
    at: datetime
    role: str
    organisation: str | None
    person: str | None
    purpose: str | None
    basis: str | None
    subjects: list[str]
    question: str
    outcome: str
    view: str | None
    rule: str
    visible_from: datetime | None


def read_access(connection: Connection[Any], kafka: str) -> int:
    """Keep what the topic of access tells since it was read last; give how many changes."""
    return _follow(connection, kafka, ACCESS_TOPIC, _keep_changes)


def read_inquiries(connection: Connection[Any], kafka: str, platform: Platform) -> int:
    """Keep the inquiries of a platform since they were read last; give how many."""
    return _follow(connection, kafka, inquiries_topic(platform), _keep_inquiries)


def _follow(connection: Connection[Any], kafka: str, topic: str, keep: Any) -> int:
    places = places_of(connection, _FOLLOWER, [topic])
    count, portion = 0, []
    for partition, offset, value in _messages(kafka, topic, places):
        portion.append(decode_record(value)[1])
        places[topic, partition] = offset + 1
        if len(portion) >= _PORTION:
            count += _kept(connection, keep, portion, places)
            portion = []
    return count + _kept(connection, keep, portion, places)


def _kept(
    connection: Connection[Any],
    keep: Any,
    portion: list[dict[str, Any]],
    places: dict[tuple[str, int], int],
) -> int:
    """Keep a portion, and how far it goes, in one transaction."""
    if portion:
        with connection.transaction():
            keep(connection, portion)
            keep_places(connection, _FOLLOWER, places)
    return len(portion)


def _messages(
    kafka: str, topic: str, places: dict[tuple[str, int], int]
) -> Iterator[tuple[int, int, bytes]]:
    """Give partition, offset and value of what a topic holds behind some places, to its end."""
    connection = broker(kafka)
    consumer = Consumer(
        {
            **connection.librdkafka(),
            "group.id": connection.group(f"doors.{uuid.uuid4()}"),
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 50,
        }
    )
    try:
        known = consumer.list_topics(topic, timeout=_ASK_WITHIN_S).topics[topic].partitions
        starts, ends = [], {}
        for partition in known:
            place = TopicPartition(topic, partition)
            first, end = consumer.get_watermark_offsets(place, timeout=_ASK_WITHIN_S)
            place.offset = max(first, places.get((topic, partition), 0))
            if place.offset < end:
                starts.append(place)
                ends[partition] = end
        consumer.assign(starts)
        while ends:
            message = consumer.poll(_ASK_WITHIN_S)
            if message is None:
                raise TimeoutError(f"{topic}: the broker gives nothing for {_ASK_WITHIN_S:.0f} s")
            if message.error():
                raise KafkaException(message.error())
            yield message.partition(), message.offset(), message.value()
            if message.offset() >= ends.get(message.partition(), 0) - 1:
                ends.pop(message.partition(), None)
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
    keep_inquiries(
        connection,
        [
            (
                each.inquiry_id,
                each.at,
                each.subjects,
                said["platform"],
                each.visible_from,
                msgspec.json.encode(each),
            )
            for said, each in zip(told, map(_seen, told), strict=True)
        ],
    )


def _seen(said: dict[str, Any]) -> InquirySeen:
    visible_ms = said["visible_from_ms"]
    return InquirySeen(
        said["inquiry_id"],
        _moment(said["at_ms"]),
        said["role"],
        said["organisation"],
        said["person"],
        said["purpose"],
        said["said_basis"],
        said["subjects"],
        said["question"],
        said["outcome"],
        said["view"],
        said["rule"],
        None if visible_ms is None else _moment(visible_ms),
    )


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, CHINA)
