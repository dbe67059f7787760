"""The checkpoints topic: what was written down before it was signed, and then signed.

Key: the number of a cut. Value: its entry, an empty line, its checkpoint; first unsigned, then the
same signed. It is written in transactions fenced for the platform, so that of two signers one
is refused, and what a zombie had begun nobody reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from confluent_kafka import KafkaException

from events.topics import checkpoints_topic
from projections.ledger.message import Unread
from projections.proof.checkpoints import Checkpoint, parse_checkpoint
from projections.proof.entries import Cut, check_text, read_cut
from projections.proof.errors import ProofError
from projections.proof.notes import parse_note
from streams.publishing.fence import CHECKPOINTS, FencedError, transactions_of
from streams.publishing.producer import create_fenced_producer
from streams.reading.log import Partition
from streams.signing.errors import SignerStoppedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from confluent_kafka import Producer

    from events.envelope import Platform
    from streams.reading.reader import LogReader

_WAIT_S: Final = 30.0
_RECORDS_MAX: Final = 1_000


class ToldCheckpoint(NamedTuple):
    """What a value of the topic says: a cut, its checkpoint, and the note where it is signed."""

    cut: Cut
    checkpoint: Checkpoint
    note: str | None


class CheckpointTopic(Protocol):
    """What a signer needs of the topic."""

    def take(self) -> None:
        """Take it over: whoever wrote there before can no more."""
        ...

    def values(self) -> Iterator[tuple[bytes | None, bytes | None]]:
        """Give key and value of every message."""
        ...

    def write(self, number: int, value: str) -> None:
        """Write a message; on return it is there for good. Raises `FencedError` of a zombie."""
        ...


def told_value(cut: Cut, checkpoint: str) -> str:
    """Write a value, by the checkpoint's text or signed note."""
    return f"{cut.entry().decode()}\n{checkpoint}"


def read_told(value: str) -> ToldCheckpoint:
    """Read a value. Raises `ProofError` where it is none."""
    check_text(value)
    entry, blank, rest = value.partition("\n\n")
    if not blank:
        raise ProofError("a value of the checkpoints topic is a cut, an empty line, a checkpoint")
    cut = read_cut(f"{entry}\n".encode())
    text, signed, _ = rest.partition("\n\n")
    if not signed:
        return ToldCheckpoint(cut, parse_checkpoint(rest), None)
    note = parse_note(rest)
    return ToldCheckpoint(cut, parse_checkpoint(f"{text}\n"), note.told())


def cuts_told(
    values: Iterable[tuple[bytes | None, bytes | None]], origin: str
) -> Iterator[tuple[bytes | None, ToldCheckpoint]]:
    """Give what the topic tells of one log, with the key of each message.

    Before its first cut may stand those of logs that ended: each had lost what was signed and in no
    copy, so another was begun, under another name. Raises `SignerStoppedError` where another's come
    after it, and of what no signer wrote.
    """
    before: ToldCheckpoint | None = None
    for key, value in values:
        try:
            told = read_told((value or b"").decode())
        except (ProofError, UnicodeDecodeError) as error:
            place = f"after cut {before.cut.number}" if before else "at its beginning"
            raise SignerStoppedError(
                f"the checkpoints topic holds {place} what no signer wrote: {error}"
            ) from None
        if told.checkpoint.origin == origin:
            before = told
            yield key, told
        elif before is not None:
            raise SignerStoppedError(
                f"the checkpoints topic goes on after cut {before.cut.number} of {origin} with the"
                f" log of {told.checkpoint.origin}: this one has ended"
            )


class CheckpointsTopic:
    """The topic on the broker."""

    def __init__(self, kafka: str, platform: Platform, reader: LogReader) -> None:
        """Read it by a reader that others use too."""
        self._kafka = kafka
        self._platform = platform
        self._place = Partition(checkpoints_topic(platform), 0)
        self._reader = reader
        self._producer: Producer | None = None

    def take(self) -> None:
        """Take it over: whoever wrote there before can no more."""
        self._producer = create_fenced_producer(
            self._kafka, transactions_of(self._platform, CHECKPOINTS)
        )
        self._producer.init_transactions(_WAIT_S)

    def values(self) -> Iterator[tuple[bytes | None, bytes | None]]:
        """Give key and value of every message. Raises `SignerStoppedError` where one is missing."""
        end = self._reader.ends([self._place])[self._place]
        self._reader.go_to({self._place: 0})
        wanted = 0
        while wanted < end:
            found = self._reader.take(_RECORDS_MAX, _WAIT_S).get(self._place, [])
            if not found or found[0].offset != wanted:
                raise SignerStoppedError(f"{self._place.topic}: nothing at offset {wanted}")
            yield from ((r.key, r.value) for r in found if r.unread is not Unread.NO_RECORD)
            wanted = found[-1].offset + 1
        self._reader.rest()

    def write(self, number: int, value: str) -> None:
        """Write a message; on return it is there for good. Raises `FencedError` of a zombie."""
        if self._producer is None:
            raise FencedError(f"{self._place.topic} has not been taken")
        try:
            self._producer.begin_transaction()
            self._producer.produce(
                self._place.topic, value.encode(), str(number).encode(), partition=0
            )
            self._producer.commit_transaction(_WAIT_S)
        except KafkaException as error:
            # Whether it was written is not known: take the topic over again, and read it.
            self._producer = None
            raise FencedError(str(error.args[0].str())) from error
