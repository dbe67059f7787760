"""Create the topics of the table in `streams.topics`, and say where the broker's differ from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from events.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.topics import Topic

_TIMEOUT_S = 30.0


class TopicMismatchError(LedgerError):
    """A topic on the broker is not as the table says."""


def create_topics(kafka: str, table: Sequence[Topic], *, replicas: int = -1) -> list[str]:
    """Create the topics that are missing and give their names; check the others.

    Raises `TopicMismatchError` naming each topic whose partitions or clean-up differ: a ledger on
    such a topic could lose events or move subjects, so nothing goes on.
    """
    admin = AdminClient({"bootstrap.servers": kafka})
    existing = admin.list_topics(timeout=_TIMEOUT_S).topics
    missing = [topic for topic in table if topic.name not in existing]
    created = (
        admin.create_topics(
            [
                NewTopic(
                    topic.name,
                    num_partitions=topic.partitions,
                    replication_factor=replicas,
                    config=dict(topic.configuration()),
                )
                for topic in missing
            ],
            operation_timeout=_TIMEOUT_S,
        )
        if missing
        else {}
    )
    for future in created.values():
        try:
            future.result(_TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].name() != "TOPIC_ALREADY_EXISTS":
                raise
    problems = [
        f"{topic.name}: {len(existing[topic.name].partitions)} partitions, not {topic.partitions}"
        for topic in table
        if topic.name in existing and len(existing[topic.name].partitions) != topic.partitions
    ]
    problems += _misconfigured(admin, [t for t in table if t.name in existing])
    if problems:
        raise TopicMismatchError("; ".join(problems))
    return [topic.name for topic in missing]


def _misconfigured(admin: AdminClient, table: Sequence[Topic]) -> list[str]:
    if not table:
        return []
    resources = {ConfigResource(ResourceType.TOPIC, topic.name): topic for topic in table}
    problems: list[str] = []
    for resource, future in admin.describe_configs(list(resources)).items():
        found = future.result(_TIMEOUT_S)
        topic = next(t for r, t in resources.items() if r.name == resource.name)
        problems += [
            f"{topic.name}: {name} is {found[name].value}, not {wanted}"
            for name, wanted in topic.configuration().items()
            if found[name].value != wanted
        ]
    return problems
