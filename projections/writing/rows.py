"""Rows in Postgres's binary COPY format, packed in one go: the cheapest way in (design, 13)."""

from __future__ import annotations

import struct
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from projections.record.handles import HANDLE_KINDS, KEY_CHARACTERS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.ledger.message import Read
    from projections.record.handles import Handle

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
TRAILER: Final = struct.pack("!h", -1)
_POSTGRES_EPOCH: Final = date(2000, 1, 1).toordinal()

# Fixed columns up to the first text: count, then (length, value) of each.
_EVENT_HEAD: Final = struct.Struct("!hihiqiqi")
_EVENT_ENTRY: Final = struct.Struct("!i16si")
_HANDLE_TAIL: Final = struct.Struct("!i16sihiqi")
_PROFILE_HEAD: Final = struct.Struct("!hihi")
_PROFILE_TAIL: Final = struct.Struct("!iqiqii")
_PROFILE_END: Final = struct.Struct("!ihih")
_NULL: Final = struct.pack("!i", -1)
_LENGTHS: Final = [struct.pack("!i", length) for length in range(KEY_CHARACTERS_MAX * 4 + 1)]
_INT4: Final = struct.Struct("!ii")

EVENT_COLUMNS: Final = ("partition", "offset", "recorded_ms", "subject_id", "entry_id", "value")
HANDLE_COLUMNS: Final = ("key", "kind", "entry_id", "partition", "offset", "subject_id")
"""The key first, so that rows sort by it."""
_HANDLE_COUNT: Final = struct.pack("!h", len(HANDLE_COLUMNS))
_HANDLE_KINDS: Final = {kind: struct.pack("!i", len(kind)) + kind.encode() for kind in HANDLE_KINDS}


class ProfileRow(NamedTuple):
    """One row of the table `profile`."""

    partition: int
    subject_id: str
    state: bytes
    generation: int
    last_offset: int
    assessed_on: date
    next_change_on: date | None
    lists_in_effect: int
    warning_level: int
    counted_as: str | None
    seat: str | None
    industry: str | None
    review_on: date | None


class OutboxRow(NamedTuple):
    """A message that waits to be published; its headers are JSON, an array of names and texts."""

    generation: int
    n: int
    topic: str
    key: bytes
    value: bytes
    headers: str


def event_row(partition: int, item: Read) -> bytes:
    """Pack a journal row, in EVENT_COLUMNS."""
    message = item.message
    subject = item.subject_id.encode()
    value = message.value
    return b"".join(
        (
            _EVENT_HEAD.pack(
                6, 2, partition, 8, message.offset, 8, message.recorded_ms, len(subject)
            ),
            subject,
            _EVENT_ENTRY.pack(
                16,
                bytes.fromhex(item.entry_id.replace("-", "")),
                -1 if value is None else len(value),
            ),
            value or b"",
        )
    )


def handle_rows(partition: int, item: Read, handles: Iterable[Handle]) -> list[bytes]:
    """Pack rows of what an event's record is looked up by, in HANDLE_COLUMNS."""
    subject = item.subject_id.encode()
    entry = bytes.fromhex(item.entry_id.replace("-", ""))
    tail = _HANDLE_TAIL.pack(16, entry, 2, partition, 8, item.message.offset, len(subject))
    rows: list[bytes] = []
    for kind, text in handles:
        key = text.encode()
        length = _LENGTHS[len(key)]
        rows.append(b"".join((_HANDLE_COUNT, length, key, _HANDLE_KINDS[kind], tail, subject)))
    return rows


def profile_rows(rows: Iterable[ProfileRow]) -> bytes:
    """Pack profile rows, in the order of the fields of `ProfileRow`."""
    parts = [HEADER]
    add = parts.append
    head, tail, end = _PROFILE_HEAD.pack, _PROFILE_TAIL.pack, _PROFILE_END.pack
    for row in rows:
        subject = row.subject_id.encode()
        add(head(13, 2, row.partition, len(subject)))
        add(subject)
        add(len(row.state).to_bytes(4, "big"))
        add(row.state)
        assessed = row.assessed_on.toordinal() - _POSTGRES_EPOCH
        add(tail(8, row.generation, 8, row.last_offset, 4, assessed))
        add(_day(row.next_change_on))
        add(end(2, row.lists_in_effect, 2, row.warning_level))
        add(_text(row.counted_as))
        add(_text(row.seat))
        add(_text(row.industry))
        add(_day(row.review_on))
    add(TRAILER)
    return b"".join(parts)


def _text(text: str | None) -> bytes:
    if text is None:
        return _NULL
    data = text.encode()
    return len(data).to_bytes(4, "big") + data


def _day(day: date | None) -> bytes:
    return _NULL if day is None else _INT4.pack(4, day.toordinal() - _POSTGRES_EPOCH)
