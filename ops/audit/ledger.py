"""Read the ledger from Kafka alone, as an auditor does: without Postgres, without our workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from events.errors import LedgerError
from events.partitioning import partition_of
from events.topics import ledger_topic
from projections.ledger.message import Message, Raw, Unread
from streams.reading.log import Partition
from streams.reading.reader import LogReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.envelope import Platform

_TIMEOUT_S: Final = 10.0
_MESSAGES_MAX: Final = 10_000
_BATCH_BYTES_MAX: Final = 64 * 1024 * 1024


class LedgerUnreadableError(LedgerError):
    """The ledger could not be read to the end."""


class CutBeyondLedgerError(LedgerError):
    """The cut names an offset that the ledger has not reached."""


class LedgerReader:
    """Reads whole partitions of one platform's ledger, in batches."""

    def __init__(self, kafka: str, platform: Platform) -> None:
        """Connect; the reader joins no group and commits nothing."""
        self._topic = ledger_topic(platform)
        self._reader = LogReader(kafka)
        try:
            self._partitions = len(self._reader.partitions().get(self._topic, ()))
        except BaseException:
            self._reader.close()
            raise

    def __enter__(self) -> Self:
        """Lend the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        self._reader.close()

    @property
    def partitions(self) -> range:
        """Give the partitions of the ledger."""
        return range(self._partitions)

    def partition_of(self, subject_id: str) -> int:
        """Give the partition in which a subject's events stand."""
        return partition_of(subject_id, self._partitions)

    def end(self, partition: int) -> int:
        """Give the offset after the last message of a partition."""
        place = Partition(self._topic, partition)
        return self._reader.ends([place])[place]

    def batches(
        self, partition: int, start: int, end: int, messages_max: int = _MESSAGES_MAX
    ) -> Iterator[list[Raw]]:
        """Yield a partition's messages from `start` up to before `end`, none left out.

        What the broker holds there that is no record is among them, and says so (`Raw.unread`).
        Raises `LedgerUnreadableError` on a gap or where the broker stops answering, and
        `CutBeyondLedgerError` where the partition is shorter.
        """
        if end > self.end(partition):
            raise CutBeyondLedgerError(
                f"partition {partition} ends before offset {self.end(partition)}, not {end}",
                partition=partition,
                end=self.end(partition),
            )
        place = Partition(self._topic, partition)
        self._reader.go_to({place: start})
        batch: list[Raw] = []
        wanted, size = start, 0
        while wanted < end:
            raws = self._reader.take(min(messages_max - len(batch), end - wanted), _TIMEOUT_S)
            for raw in self._joined(place, raws.get(place, []), wanted):
                batch.append(raw)
                size += raw.size
            wanted = batch[-1].offset + 1
            if len(batch) >= messages_max or size >= _BATCH_BYTES_MAX or wanted >= end:
                yield batch
                batch, size = [], 0

    def _joined(self, place: Partition, raws: list[Raw], wanted: int) -> Iterator[Raw]:
        """Give what came, which must be there and leave nothing out."""
        if not raws:
            why = self._reader.damage.get(place, "nothing")
            raise LedgerUnreadableError(f"partition {place.partition}: {why} at offset {wanted}")
        for offset, raw in enumerate(raws, wanted):
            if raw.offset != offset:
                raise LedgerUnreadableError(
                    f"partition {place.partition}: offset {raw.offset} where {offset} was to come"
                )
            yield raw

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
                if raw.unread is Unread.NO_RECORD:
                    continue
                recorded_ms = max(recorded_ms, raw.timestamp_ms)
                if until_ms is not None and recorded_ms > until_ms:
                    return
                yield Message(raw.offset, recorded_ms, raw.key, raw.value, raw.unread)

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
