"""Create the topics of the table in `streams.topics`, and say where the broker's differ from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from events.errors import LedgerError
from streams.broker import librdkafka
from streams.publishing.producer import Quiet
from streams.topics import ADJUSTABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from confluent_kafka.admin import TopicMetadata

    from streams.topics import Topic

_TIMEOUT_S: Final = 30.0
_CHECKED_WITHIN_S: Final = 5.0
_REPLICAS: Final = 3
_DURABLE: Final = ("min.insync.replicas", "unclean.leader.election.enable")


class TopicMismatchError(LedgerError):
    """A topic on the broker is not as the table says."""


def create_topics(kafka: str, table: Sequence[Topic], *, replicas: int = -1) -> list[str]:
    """Create the topics that are missing and give their names; check the others.

    Settings that only make a topic safer or wider are set on those that are there, whatever the
    broker that was asked says of them: it may not have heard yet of the last change, and setting
    what is set already changes nothing. Raises `TopicMismatchError` naming each topic whose
    partitions or clean-up differ: a ledger on such a topic could lose events or move subjects, so
    nothing goes on.
    """
    admin = _admin(kafka)
    metadata = admin.list_topics(timeout=_TIMEOUT_S)
    existing, brokers = metadata.topics, len(metadata.brokers)
    if replicas == -1 and brokers > 1:
        replicas = min(brokers, _REPLICAS)
    missing = [topic for topic in table if topic.name not in existing]
    _create(admin, missing, replicas)
    there = [topic for topic in table if topic.name in existing]
    problems = [
        f"{topic.name}: {len(existing[topic.name].partitions)} partitions, not {topic.partitions}"
        for topic in there
        if len(existing[topic.name].partitions) != topic.partitions
    ]
    found = _differing(admin, there, existing)
    problems += [str(each) for each in found if each.setting not in ADJUSTABLE]
    if problems:
        raise TopicMismatchError("; ".join(problems))
    _adjust(
        admin, {topic.name: topic.configuration(_copies(existing[topic.name])) for topic in there}
    )
    return [topic.name for topic in missing]


def check_durability(kafka: str, table: Sequence[Topic]) -> None:
    """Check that what was acknowledged survives the loss of a broker, where there are several.

    Raises `TopicMismatchError` naming each topic of which it is not so, and what to do.
    """
    admin = _admin(kafka)
    metadata = admin.list_topics(timeout=_CHECKED_WITHIN_S)
    # A broker that has just begun may know a topic by its name alone.
    there = [
        topic
        for topic in table
        if topic.name in metadata.topics and metadata.topics[topic.name].partitions
    ]
    copies = {topic.name: _copies(metadata.topics[topic.name]) for topic in there}
    # One that answers may be the last of several.
    brokers = max([len(metadata.brokers), *copies.values()])
    if brokers == 1:
        return
    problems = [
        f"{name}: {own} copy of a partition on {brokers} brokers: give it "
        f"{min(brokers, _REPLICAS)} with kafka-reassign-partitions"
        for name, own in copies.items()
        if own == 1
    ]
    found = _differing(admin, there, metadata.topics)
    problems += [
        f"{each}: run `credit-ledger topics`" for each in found if each.setting in _DURABLE
    ]
    if problems:
        raise TopicMismatchError("; ".join(problems))


def _admin(kafka: str) -> AdminClient:
    return AdminClient(librdkafka(kafka, {"logger": Quiet()}))


def _copies(found: TopicMetadata) -> int:
    return min(len(partition.replicas) for partition in found.partitions.values())


def _create(admin: AdminClient, missing: Sequence[Topic], replicas: int) -> None:
    if not missing:
        return
    wanted = [
        NewTopic(
            topic.name,
            num_partitions=topic.partitions,
            replication_factor=replicas,
            config=dict(topic.configuration(max(1, replicas))),
        )
        for topic in missing
    ]
    for future in admin.create_topics(wanted, operation_timeout=_TIMEOUT_S).values():
        try:
            future.result(_TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].name() != "TOPIC_ALREADY_EXISTS":
                raise


class _Differing(NamedTuple):
    """A setting of a topic that is not as the table says."""

    topic: str
    setting: str
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.setting} is {self.found}, not {self.wanted}"


def _differing(
    admin: AdminClient, table: Sequence[Topic], there: Mapping[str, TopicMetadata]
) -> list[_Differing]:
    if not table:
        return []
    topics = {topic.name: topic for topic in table}
    asked = [ConfigResource(ResourceType.TOPIC, name) for name in topics]
    differing: list[_Differing] = []
    for resource, future in admin.describe_configs(asked).items():
        found = future.result(_TIMEOUT_S)
        wanted = topics[resource.name].configuration(_copies(there[resource.name]))
        differing += [
            _Differing(resource.name, name, str(found[name].value), value)
            for name, value in wanted.items()
            if found[name].value != value
        ]
    return differing


def _adjust(admin: AdminClient, wanted: Mapping[str, Mapping[str, str]]) -> None:
    """Set what may be set on topics that hold messages."""
    topics = [
        ConfigResource(
            ResourceType.TOPIC,
            name,
            incremental_configs=[
                ConfigEntry(setting, value, incremental_operation=AlterConfigOpType.SET)
                for setting, value in settings.items()
                if setting in ADJUSTABLE
            ],
        )
        for name, settings in wanted.items()
    ]
    if topics:
        for future in admin.incremental_alter_configs(topics).values():
            future.result(_TIMEOUT_S)
