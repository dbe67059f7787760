"""A ledger topic on the broker that is filled again, with the stamps that the broker once gave."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, Self

from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from events.rules.rulebook import load_rulebook
from events.topics import ledger_topic
from ops.evidence.copies.restoring import NotEmptyError
from streams.broker import librdkafka
from streams.publishing.producer import DeliveryError, Quiet, create_producer, undelivered
from streams.reading.reader import LogReader
from streams.signing.ledger import LedgerTopic
from streams.topics import topic_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.envelope import Platform
    from projections.ledger.message import Raw
    from streams.signing.ledger import LedgerSource
    from streams.topics import Topic

_ANSWER_S: Final = 30.0
_LOOK_EVERY_S: Final = 0.1
_STAMPS: Final = "message.timestamp.type"


class LedgerFilling:
    """One platform's ledger topic, as somebody fills it who may create topics."""

    def __init__(self, kafka: str, platform: Platform, partitions: int) -> None:
        """Name it; nothing is changed yet."""
        self._kafka = kafka
        self._platform = platform
        self._topic = _declared(platform, partitions)
        self._admin = AdminClient(librdkafka(kafka, {"logger": Quiet()}))
        self._readers = ExitStack()

    def __enter__(self) -> Self:
        """Lend it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let its readers go."""
        self._readers.close()

    def ends(self) -> tuple[int, ...]:
        """Give the offset after the last of each partition; none where there is no topic."""
        return self.source().ends()

    def source(self) -> LedgerSource:
        """Read it as it is now."""
        reader = self._readers.enter_context(LogReader(self._kafka))
        return LedgerTopic(self._platform, reader)

    def make_anew(self) -> None:
        """Delete the topic, where there is one, and create it so that it takes old stamps."""
        name = self._topic.name
        if self._is_there():
            self._admin.delete_topics([name])[name].result(_ANSWER_S)
            self._wait(there=False)
        brokers = len(self._admin.list_topics(timeout=_ANSWER_S).brokers)
        copies = min(brokers, 3)
        config = {**self._topic.configuration(copies), _STAMPS: "CreateTime"}
        wanted = NewTopic(
            name,
            num_partitions=self._topic.partitions,
            replication_factor=copies,
            config=config,
        )
        self._admin.create_topics([wanted])[name].result(_ANSWER_S)
        self._wait(there=True)

    def fill(self, partition: int, records: Iterator[Raw]) -> None:
        """Append records with their stamps; each must come to stand where it stood."""
        producer = create_producer(self._kafka)
        wrong: list[str] = []

        def noted(wanted: int) -> Any:
            def note(error: Any, message: Any) -> None:
                why = undelivered(error, message)
                if why is None and message.offset() != wanted:
                    why = f"it came to stand at {message.offset()}"
                if why is not None:
                    wrong.append(f"{self._topic.name}, {partition}@{wanted}: {why}")

            return note

        for raw in records:
            while not wrong:
                try:
                    producer.produce(
                        *(self._topic.name, raw.value, raw.key, partition),
                        timestamp=raw.timestamp_ms,
                        on_delivery=noted(raw.offset),
                    )
                    break
                except BufferError:
                    producer.poll(_LOOK_EVERY_S)
            producer.poll(0)
        producer.flush()
        if wrong:
            raise DeliveryError(wrong[0])

    def finish(self) -> None:
        """Let the broker stamp from now on."""
        stamps = ConfigEntry(_STAMPS, "LogAppendTime", incremental_operation=AlterConfigOpType.SET)
        topic = ConfigResource(ResourceType.TOPIC, self._topic.name, incremental_configs=[stamps])
        for future in self._admin.incremental_alter_configs([topic]).values():
            future.result(_ANSWER_S)

    def _is_there(self) -> bool:
        return self._topic.name in self._admin.list_topics(timeout=_ANSWER_S).topics

    def _wait(self, *, there: bool) -> None:
        until = time.monotonic() + _ANSWER_S
        while self._is_there() is not there:
            if time.monotonic() > until:
                wanted = "come into being" if there else "go"
                raise NotEmptyError(f"{self._topic.name} does not {wanted}; try again")
            time.sleep(_LOOK_EVERY_S)


def _declared(platform: Platform, partitions: int) -> Topic:
    name = ledger_topic(platform)
    return next(t for t in topic_table(load_rulebook(), partitions) if t.name == name)
