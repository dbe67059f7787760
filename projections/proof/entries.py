"""Entries of a platform's log: what Kafka holds at one place, and how far a cut reaches. Pure.

No entry holds content or a subject's id, so the log may be copied to anybody.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from projections.proof.errors import ProofError
from projections.proof.tree import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBER_MAX: Final = (1 << 63) - 1
_NULL: Final = b"\xff\xff\xff\xff"
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def record_bytes(key: bytes | None, value: bytes | None) -> bytes:
    """Write key and value of a record, each with its length before it; a null has none."""
    first = _NULL if key is None else len(key).to_bytes(4, "big") + key
    return first + (_NULL if value is None else len(value).to_bytes(4, "big") + value)


def event_entry(partition: int, offset: int, timestamp_ms: int, record: bytes) -> bytes:
    """Write the entry of a record; `timestamp_ms` is the broker's."""
    digest = to_base64(sha256(record).digest())
    return f"event {partition} {offset} {timestamp_ms} {digest}\n".encode()


class Cut(NamedTuple):
    """Up to where all partitions stand: `offsets` are the first not in the log, by partition.

    `time_ms` is the clock of who signs; `subjects` and `heads` are of the prefix tree over all
    subjects that have an event before the cut.
    """

    number: int
    time_ms: int
    topic: str
    offsets: tuple[int, ...]
    subjects: int
    heads: bytes

    @property
    def size(self) -> int:
        """Give how many leaves the tree of this cut has: its events, and an entry for each cut."""
        return sum(self.offsets) + self.number

    def entry(self) -> bytes:
        """Write the entry."""
        offsets = ",".join(f"{partition}:{o}" for partition, o in enumerate(self.offsets))
        return (
            f"cut {self.number}\ntime {self.time_ms}\n"
            f"topic {self.topic} {len(self.offsets)}\noffsets {offsets}\n"
            f"heads {self.subjects} {to_base64(self.heads)}\n"
        ).encode()


def read_cut(entry: bytes) -> Cut:
    """Read the entry of a cut. Raises `ProofError` naming the line that is not as it must be."""
    lines = _text(entry).split("\n")
    words = ("cut", "time", "topic", "offsets", "heads")
    counts = (1, 1, 2, 1, 2)
    if len(lines) != len(words) + 1 or lines[-1]:
        raise ProofError("a cut has five lines")
    fields: list[list[str]] = []
    for line, word, count in zip(lines, words, counts, strict=False):
        first, *rest = line.split(" ")
        if first != word or len(rest) != count or not all(rest):
            raise ProofError(f"the line {word!r} of a cut is not as it must be")
        fields.append(rest)
    offsets = _offsets(fields[3][0])
    if len(offsets) != read_number(fields[2][1]):
        raise ProofError("a cut names not as many offsets as partitions")
    cut = Cut(
        read_number(fields[0][0]),
        read_number(fields[1][0]),
        fields[2][0],
        offsets,
        read_number(fields[4][0]),
        hash_of(fields[4][1]),
    )
    if cut.number == 0 or cut.entry() != entry:
        raise ProofError("a cut is written in one form only, and numbered from 1")
    return cut


def check_follows(cut: Cut, before: Cut | None) -> None:
    """Check that a cut may follow another, or be the first; raise `ProofError` if it may not."""
    if before is None:
        if cut.number != 1:
            raise ProofError(f"the first cut is number 1, not {cut.number}")
        if not any(cut.offsets):
            raise ProofError("a cut without a new event is not made")
        return
    if cut.number != before.number + 1:
        raise ProofError(f"cut {cut.number} does not follow cut {before.number}")
    if cut.time_ms < before.time_ms:
        raise ProofError(f"cut {cut.number} is dated before cut {before.number}")
    if cut.topic != before.topic or len(cut.offsets) != len(before.offsets):
        raise ProofError(
            f"cut {cut.number} is of another topic, or of another number of partitions"
        )
    for partition, (new, old) in enumerate(zip(cut.offsets, before.offsets, strict=True)):
        if new < old:
            raise ProofError(f"cut {cut.number} goes back in partition {partition}: {old} to {new}")
    if cut.offsets == before.offsets:
        raise ProofError("a cut without a new event is not made")


def read_number(text: str) -> int:
    """Read a number in its one form, up to 2^63 - 1. Raises `ProofError` of any other."""
    if not _NUMBER.fullmatch(text) or int(text) > NUMBER_MAX:
        raise ProofError(f"{text[:30]!r} is no number as they are written here")
    return int(text)


def to_base64(data: bytes) -> str:
    """Write bytes in base64 with padding."""
    return b64encode(data).decode()


def from_base64(text: str) -> bytes:
    """Read base64 in its one form. Raises `ProofError` of any other."""
    try:
        decoded = b64decode(text.encode(), validate=True)
    except ValueError:
        raise ProofError(f"{text[:30]!r} is no base64") from None
    if to_base64(decoded) != text:
        raise ProofError(f"{text[:30]!r} is not base64 in its one form")
    return decoded


def text_told(data: bytes) -> str:
    """Read a text that somebody wrote: UTF-8, also with the mark that some editors put before it.

    Raises `ProofError` of anything else.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProofError(f"it is no text: no UTF-8 at byte {error.start}") from None


def check_text(text: str) -> None:
    """Check that a text has bytes: JSON may hold half of a letter. Raises `ProofError`."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ProofError("a text holds half of a letter (a lone surrogate)") from None


def hash_of(text: str) -> bytes:
    """Read a hash in base64. Raises `ProofError` of anything else."""
    decoded = from_base64(text)
    if len(decoded) != HASH_BYTES:
        raise ProofError(f"{text[:50]!r} is no hash of {HASH_BYTES} bytes")
    return decoded


def hashes_told(hashes: Sequence[bytes]) -> str:
    """Write hashes, one a line."""
    return "".join(f"{to_base64(each)}\n" for each in hashes)


def _offsets(text: str) -> tuple[int, ...]:
    offsets: list[int] = []
    for partition, part in enumerate(text.split(",")):
        name, _, offset = part.partition(":")
        if read_number(name) != partition:
            raise ProofError("the offsets of a cut name every partition, in order")
        offsets.append(read_number(offset))
    return tuple(offsets)


def _text(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise ProofError("an entry holds bytes that are no ASCII") from None
