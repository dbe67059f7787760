"""Read the ledger from Kafka alone, as an auditor does: without Postgres, without our workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from confluent_kafka import Consumer, TopicPartition

from events.errors import LedgerError
from events.partitioning import partition_of
from events.topics import ledger_topic
from projections.as_of import State, state_as_of
from projections.message import Message, read
from projections.projector import Raw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from events.envelope import Platform
    from projections.rules import RuleCalendar

_TIMEOUT_S: Final = 10.0
_MESSAGES_MAX: Final = 10_000


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

    def batches(self, partition: int, start: int, end: int) -> Iterator[list[Raw]]:
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
            found = self._consumer.consume(_MESSAGES_MAX, timeout=0.05)
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

    def messages_of(self, subject_id: str, cut: int) -> list[Message]:
        """Give a subject's messages before a cut, their recorded times made monotone."""
        key = subject_id.encode()
        found: list[Message] = []
        recorded_ms = 0
        for batch in self.batches(self.partition_of(subject_id), 0, cut):
            for raw in batch:
                recorded_ms = max(recorded_ms, raw.timestamp_ms)
                if raw.key == key:
                    found.append(Message(raw.offset, recorded_ms, key, raw.value))
        return found

    def cut_at(self, partition: int, moment_ms: int) -> int:
        """Give the first offset recorded after a moment.

        Read from the start: the broker's time index knows its stamps, which may step back, not
        the recorded times, which are made monotone.
        """
        cut, recorded_ms = 0, 0
        for batch in self.batches(partition, 0, self.end(partition)):
            for raw in batch:
                recorded_ms = max(recorded_ms, raw.timestamp_ms)
                if recorded_ms > moment_ms:
                    return cut
                cut = raw.offset + 1
        return cut


def state_from_kafka(
    kafka: str,
    *,
    platform: Platform,
    subject_id: str,
    valid_on: date,
    calendar: RuleCalendar,
    cut: Mapping[int, int] | None = None,
    known_at_ms: int | None = None,
    rules_on: date | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> State:
    """Answer `state` from the ledger itself, trusting neither Postgres nor our workers."""
    with LedgerReader(kafka, platform) as reader:
        partition = reader.partition_of(subject_id)
        if cut is not None:
            end = cut[partition]
        elif known_at_ms is not None:
            end = reader.cut_at(partition, known_at_ms)
        else:
            end = reader.end(partition)
        say(f"reading partition {partition} of the ledger up to offset {end:,}")
        return state_as_of(
            [read(message) for message in reader.messages_of(subject_id, end)],
            platform=platform,
            subject_id=subject_id,
            partition=partition,
            cut=end,
            valid_on=valid_on,
            calendar=calendar,
            rules_on=rules_on,
        )
