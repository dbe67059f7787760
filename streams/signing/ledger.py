"""The ledger as a signer reads it: by a plain reader, and nothing that may yet be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from events.topics import ledger_topic
from projections.ledger.message import Raw, Unread
from streams.reading.log import Partition
from streams.signing.errors import SignerStoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.envelope import Platform
    from streams.reading.reader import LogReader

_WAIT_S: Final = 10.0
_RECORDS_MAX: Final = 10_000


class LedgerSource(Protocol):
    """What a signer needs of the ledger."""

    @property
    def topic(self) -> str:
        """Its name."""
        ...

    def ends(self) -> tuple[int, ...]:
        """Give the offset after the last of each partition."""
        ...

    def records(self, partition: int, start: int, end: int) -> Iterator[Raw]:
        """Give the records of a partition from `start` up to before `end`, none left out."""
        ...


class LedgerTopic:
    """The ledger on the broker."""

    def __init__(self, platform: Platform, reader: LogReader) -> None:
        """Read it by a reader that others use too."""
        self.topic = ledger_topic(platform)
        self._reader = reader
        count = len(reader.partitions().get(self.topic, ()))
        self._places = [Partition(self.topic, partition) for partition in range(count)]

    def ends(self) -> tuple[int, ...]:
        """Give the offset after the last of each partition."""
        found = self._reader.ends(self._places)
        return tuple(found[place] for place in self._places)

    def records(self, partition: int, start: int, end: int) -> Iterator[Raw]:
        """Give the records of a partition from `start` up to before `end`, none left out.

        Raises `SignerStoppedError` naming the place where one is missing or cannot be read.
        """
        place = self._places[partition]
        self._reader.go_to({place: start})
        wanted = start
        while wanted < end:
            found = self._reader.take(min(_RECORDS_MAX, end - wanted), _WAIT_S).get(place, [])
            if not found:
                why = self._reader.damage.get(place, "nothing came")
                raise SignerStoppedError(f"{self.topic}, {partition}@{wanted}: {why}")
            for raw in found:
                if raw.offset != wanted:
                    raise SignerStoppedError(f"{self.topic}, {partition}@{wanted}: no such offset")
                yield checked(self.topic, partition, raw)
                wanted += 1
        self._reader.rest()


def checked(topic: str, partition: int, raw: Raw) -> Raw:
    """Give a record as it goes into the log.

    An offset that holds no record (a mark of a transaction) stands there as one of nulls at time 0,
    as no reader is given more of it. Raises `SignerStoppedError` of one that cannot be read: what
    it holds is not known, so nobody can sign it.
    """
    if raw.unread is None:
        return raw
    if raw.unread is Unread.NO_RECORD:
        return Raw(raw.offset, 0, None, None)
    raise SignerStoppedError(f"{topic}, {partition}@{raw.offset}: {raw.unread}, not to be signed")
