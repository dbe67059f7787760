"""What a fetch brought of one partition, read record by record: committed, bounded, none left out.

aiokafka reads a fetch as one: a name of a header that is no UTF-8 ends it, a batch of 58 kB may
unpack to gigabytes, and an offset that holds no record looks like a lost one. Here each offset
that the broker holds gives one `Raw`; what cannot be read says why, and concerns itself alone.
An offset that the broker does not hold gives none, so whoever counts sees that it is lost.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.util import calc_crc32c

from projections.ledger.message import Raw, Unread
from streams.faults import BatchDamagedError
from streams.reading.unpacking import NONE, PackedBadlyError, PackedTooLargeError, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

UNPACKED_BYTES_MAX: Final = 32 * 1024 * 1024
"""What one batch may unpack to: 32 times what the broker takes packed."""

_BATCHES_AT_ONCE: Final = 4

_HEAD: Final = struct.Struct(">qiibIhiqqqhii")
_LENGTH_FROM: Final = 12  # what the length counts comes after it
_CHECKED_FROM: Final = 21  # as does what the checksum covers
_ATTRIBUTES_AT: Final = 21
_MAGIC: Final = 2
_CODEC, _APPEND_TIME, _TRANSACTIONAL, _CONTROL = 0x07, 0x08, 0x10, 0x20
_ABORT: Final = 0
_VARINT_BITS_MAX: Final = 70


class BatchHead(NamedTuple):
    """What stands before the records of a batch, in Kafka's order."""

    base_offset: int
    length: int
    leader_epoch: int
    magic: int
    checksum: int
    attributes: int
    last_delta: int
    first_ms: int
    max_ms: int
    producer_id: int
    producer_epoch: int
    sequence: int
    records: int

    @property
    def next_offset(self) -> int:
        """The offset after the last of the batch."""
        return self.base_offset + self.last_delta + 1


class Budget:
    """How many bytes may still be unpacked; shared by the partitions of one taking.

    A partition ends with the batch that brings it to a quarter of it, so that the others have room.
    """

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Begin anew: what was unpacked has been handed on."""
        self.left = _BATCHES_AT_ONCE * UNPACKED_BYTES_MAX


def batches(data: bytes) -> Iterator[tuple[BatchHead, bytes]]:
    """Yield the whole batches of a fetch; its last one may be cut short by the broker."""
    at = 0
    while at + _HEAD.size <= len(data):
        head = BatchHead(*_HEAD.unpack_from(data, at))
        end = at + _LENGTH_FROM + head.length
        if end > len(data):
            return
        yield head, data[at:end]
        at = end


class Records:
    """The records of one partition's fetch, from an offset on, in the order of the log.

    aiokafka's `FetchResult` takes it in place of its own `PartitionRecords`: it asks for the
    records, and for the offset to go on from. Where the budget is spent it ends early, and what is
    left is fetched again.
    """

    def __init__(
        self,
        data: bytes,
        aborted: Iterable[tuple[int, int]] | None,
        first: int,
        *,
        budget: Budget | None = None,
        with_headers: bool = True,
        on_damage: Callable[[BatchDamagedError], None] = lambda _: None,
    ) -> None:
        """Take what the broker gave, and which producers aborted from which offset on.

        Of a batch that is damaged `on_damage` is told; it ends the reading, and nothing is skipped.
        """
        self.next_fetch_offset = first
        self._on_damage = on_damage
        self._data = data
        self._aborted = sorted(aborted or (), key=lambda each: each[1])
        self._aborting: set[int] = set()
        self._budget = budget or Budget()
        self._with_headers = with_headers
        self._unpacked = 0
        self._raws = self._read()

    def __iter__(self) -> Iterator[Raw]:
        """Give the records that are left."""
        return self._raws

    def _read(self) -> Iterator[Raw]:
        for head, batch in batches(self._data):
            if head.next_offset <= self.next_fetch_offset:
                continue
            if self._budget.left <= 0 or self._unpacked >= UNPACKED_BYTES_MAX:
                return
            if head.magic != _MAGIC or calc_crc32c(batch[_CHECKED_FROM:]) != head.checksum:
                self._on_damage(BatchDamagedError(f"the batch at offset {head.base_offset}"))
                return
            if self._is_no_record(head, batch):
                yield from self._unread(head, Unread.NO_RECORD)
            else:
                yield from self._records(head, batch)
            self.next_fetch_offset = head.next_offset

    def _is_no_record(self, head: BatchHead, batch: bytes) -> bool:
        """Say whether a batch is a mark of the broker, or was taken back by its producer."""
        while self._aborted and self._aborted[0][1] <= head.base_offset:
            self._aborting.add(self._aborted.pop(0)[0])
        if head.attributes & _CONTROL:
            if _is_abort(batch):
                self._aborting.discard(head.producer_id)
            return True
        return bool(head.attributes & _TRANSACTIONAL) and head.producer_id in self._aborting

    def _unread(self, head: BatchHead, why: Unread) -> Iterator[Raw]:
        for offset in range(max(head.base_offset, self.next_fetch_offset), head.next_offset):
            self.next_fetch_offset = offset + 1
            yield Raw(offset, head.max_ms, None, None, unread=why)

    def _records(self, head: BatchHead, batch: bytes) -> Iterator[Raw]:
        codec = head.attributes & _CODEC
        try:
            packed = memoryview(batch)[_HEAD.size :]
            payload = unpack(codec, packed, UNPACKED_BYTES_MAX)
        except PackedTooLargeError:
            self._spend(UNPACKED_BYTES_MAX)
            yield from self._unread(head, Unread.TOO_LARGE)
            return
        except PackedBadlyError:
            yield from self._unread(head, Unread.DAMAGED)
            return
        self._spend(len(payload))
        try:
            yield from self._read_fast(batch if codec == NONE else _plain(batch, payload))
        except Exception:  # noqa: BLE001 - whatever aiokafka stumbles over concerns one record
            yield from self._read_apart(head, bytes(payload))

    def _spend(self, size: int) -> None:
        self._unpacked += size
        self._budget.left -= size

    def _read_fast(self, batch: bytes) -> Iterator[Raw]:
        with_headers = self._with_headers
        for record in DefaultRecordBatch(batch):
            offset = record.offset
            if offset < self.next_fetch_offset:
                continue
            headers: Any = tuple(record.headers) if with_headers else ()
            self.next_fetch_offset = offset + 1
            yield Raw(offset, record.timestamp, record.key, record.value, headers)

    def _read_apart(self, head: BatchHead, payload: bytes) -> Iterator[Raw]:
        """Read each record by itself, where reading them as one has failed."""
        at = 0
        for number in range(head.records):
            try:
                length, begins = _signed(payload, at)
                at = begins + max(0, length)
                raw = _record(head, payload[begins:at], with_headers=self._with_headers)
            except (IndexError, ValueError):
                raw = Raw(head.base_offset + number, head.max_ms, None, None, unread=Unread.DAMAGED)
            if raw.offset >= self.next_fetch_offset:
                self.next_fetch_offset = raw.offset + 1
                yield raw


def _is_abort(batch: bytes) -> bool:
    record = next(iter(DefaultRecordBatch(batch)))
    return int.from_bytes((record.key or b"")[2:4], "big") == _ABORT


def _plain(batch: bytes, payload: bytes | memoryview) -> bytes:
    """Give a batch as if it had never been packed; its checksum is checked already."""
    head = bytearray(batch[: _HEAD.size])
    head[_ATTRIBUTES_AT + 1] &= ~_CODEC & 0xFF
    return b"".join((head, payload))


def _record(head: BatchHead, data: bytes, *, with_headers: bool) -> Raw:
    later_ms, at = _signed(data, 1)  # after a byte of attributes, which Kafka does not use
    delta, at = _signed(data, at)
    key, at = _bytes(data, at)
    value, at = _bytes(data, at)
    timestamp_ms = head.max_ms if head.attributes & _APPEND_TIME else head.first_ms + later_ms
    headers: list[tuple[str, bytes]] = []
    if with_headers:
        count, at = _signed(data, at)
        for _ in range(count):
            name, at = _bytes(data, at)
            content, at = _bytes(data, at)
            # A name that is no text is nobody's name; its record is read all the same.
            headers.append(((name or b"").decode("utf-8", "replace"), content or b""))
    return Raw(head.base_offset + delta, timestamp_ms, key, value, tuple(headers))


def _bytes(data: bytes, at: int) -> tuple[bytes | None, int]:
    size, at = _signed(data, at)
    if size < 0:
        return None, at
    if at + size > len(data):
        raise ValueError("shorter than it says")
    return data[at : at + size], at + size


def _signed(data: bytes, at: int) -> tuple[int, int]:
    """Read a number as Kafka writes it, zigzag; give it and where the next thing stands."""
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return (value >> 1) ^ -(value & 1), at
        shift += 7
        if shift >= _VARINT_BITS_MAX:
            raise ValueError("a number without end")
