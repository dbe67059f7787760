"""What a position remembers of the log: the last record that was read before it. Pure.

A log can lose its end, as when the power goes before what was acknowledged is on disk, and then
grow past the position again with other records. An offset alone does not show it; a digest does.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.ledger.message import Raw

_DIGEST_BYTES = 16


class Seen(NamedTuple):
    """A record that was read: its offset, and a digest of all that the broker keeps of it."""

    offset: int
    digest: bytes


class ReaderStanding(NamedTuple):
    """Where a reader stands in a partition, and the last record that it read, if any is noted."""

    next_offset: int
    seen: Seen | None


def reader_standing(next_offset: int, offset: int | None, digest: bytes | None) -> ReaderStanding:
    """Put together what the columns of a position say."""
    noted = None if offset is None or digest is None else Seen(offset, digest)
    return ReaderStanding(next_offset, noted)


def seen(offset: int, timestamp_ms: int, key: bytes | None, value: bytes | None) -> Seen:
    """Note a record; `timestamp_ms` is the broker's."""
    digest = blake2b(
        f"{offset} {timestamp_ms} {len(key or b'')} ".encode(), digest_size=_DIGEST_BYTES
    )
    digest.update(key or b"")
    digest.update(value or b"")
    return Seen(offset, digest.digest())


def last_seen(records: Sequence[Raw]) -> Seen | None:
    """Note the last record of a batch that could be read; None where none could."""
    for raw in reversed(records):
        if raw.unread is None:
            return seen(raw.offset, raw.timestamp_ms, raw.key, raw.value)
    return None
