"""Read the ledger from Kafka alone, as an auditor does: without Postgres, without our workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from confluent_kafka import Consumer, TopicPartition

from events.errors import LedgerError
from events.partitioning import partition_of
from events.topics import ledger_topic
from projections.ledger.message import Message, Raw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.envelope import Platform

_TIMEOUT_S: Final = 10.0
_MESSAGES_MAX: Final = 10_000
_GATHER_S: Final = 0.5
"""How long a batch may take to fill before it is worked on as it is."""


class LedgerUnreadableError(LedgerError):
    """The ledger could not be read to the end."""


class CutBeyondLedgerError(LedgerError):
    """The cut names an offset that the ledger has not reached."""


class LedgerReader:
    """Reads whole partitions of one platform's ledger, in batches."""

    def __init__(self, kafka: str, platform: Platform) -> None:
        """Connect; the reader joins no group and commits nothing."""
        self._topic = ledger_topic(platform)
        self._consumer = Consumer(
            {
                "bootstrap.servers": kafka,
                "group.id": "credit-ledger.reader",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "fetch.min.bytes": 1,
                # A fetch that waits at the end of a partition holds up what is asked next.
                "fetch.wait.max.ms": 10,
                "fetch.message.max.bytes": 4 * 1024 * 1024,
                "queued.max.messages.kbytes": 64 * 1024,
                "check.crcs": True,
            }
        )
        self._partitions = len(
            self._consumer.list_topics(self._topic, timeout=_TIMEOUT_S)
            .topics[self._topic]
            .partitions
        )

    def __enter__(self) -> Self:
        """Lend the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        self._consumer.close()

    @property
    def partitions(self) -> range:
        """Give the partitions of the ledger."""
        return range(self._partitions)

    def partition_of(self, subject_id: str) -> int:
        """Give the partition in which a subject's events stand."""
        return partition_of(subject_id, self._partitions)

    def end(self, partition: int) -> int:
        """Give the offset after the last message of a partition."""
        place = TopicPartition(self._topic, partition)
        return int(self._consumer.get_watermark_offsets(place, timeout=_TIMEOUT_S)[1])

    def batches(
        self, partition: int, start: int, end: int, messages_max: int = _MESSAGES_MAX
    ) -> Iterator[list[Raw]]:
        """Yield a partition's messages from `start` up to before `end`, none left out.

        Raises `LedgerUnreadableError` on a gap or where the broker stops answering, and
        `CutBeyondLedgerError` where the partition is shorter.
        """
        if end > self.end(partition):
            raise CutBeyondLedgerError(
                f"partition {partition} ends before offset {self.end(partition)}, not {end}"
            )
        self._consumer.assign([TopicPartition(self._topic, partition, start)])
        wanted = start
        while wanted < end:
            found = self._consumer.consume(min(messages_max, end - wanted), timeout=_GATHER_S)
            if not found:
                found = self._consumer.consume(1, timeout=_TIMEOUT_S)
            if not found:
                raise LedgerUnreadableError(f"partition {partition}: nothing at offset {wanted}")
            batch: list[Raw] = []
            for message in found:
                if message.error():
                    raise LedgerUnreadableError(f"partition {partition}: {message.error()}")
                offset = message.offset()
                if offset >= end:
                    break
                if offset != wanted:
                    raise LedgerUnreadableError(
                        f"partition {partition}: offset {offset} where {wanted} was to come"
                    )
                batch.append(Raw(offset, message.timestamp()[1], message.key(), message.value()))
                wanted += 1
            if batch:
                yield batch
        self._consumer.unassign()

    def messages(
        self, partition: int, end: int | None = None, until_ms: int | None = None
    ) -> Iterator[Message]:
        """Yield a partition's messages, their recorded times made monotone.

        Up to before offset `end`, by default all; and none recorded after the moment `until_ms`.
        Read from the start also for a moment: the broker's time index knows its stamps, which may
        step back, not the recorded times.
        """
        recorded_ms = 0
        for batch in self.batches(partition, 0, self.end(partition) if end is None else end):
            for raw in batch:
                recorded_ms = max(recorded_ms, raw.timestamp_ms)
                if until_ms is not None and recorded_ms > until_ms:
                    return
                yield Message(raw.offset, recorded_ms, raw.key, raw.value)

    def messages_of(self, subject_id: str, cut: int) -> list[Message]:
        """Give a subject's messages before a cut."""
        key = subject_id.encode()
        return [m for m in self.messages(self.partition_of(subject_id), cut) if m.key == key]

    def cut_at(self, partition: int, moment_ms: int) -> int:
        """Give the first offset recorded after a moment."""
        cut = 0
        for message in self.messages(partition, until_ms=moment_ms):
            cut = message.offset + 1
        return cut
