"""Batches of records as Kafka keeps them, also such as no client of ours would write."""

from __future__ import annotations

import gzip
import itertools
import struct
import zlib
from collections.abc import Callable

import cramjam
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from streams.reading.unpacking import GZIP, LZ4, NONE, SNAPPY, ZSTD

TRANSACTIONAL, CONTROL, APPEND_TIME = 0x10, 0x20, 0x08
HEAD_BYTES = 61
_PIECE = 1 << 20
PACKED: dict[int, Callable[[bytes], bytes]] = {
    NONE: lambda data: data,
    GZIP: gzip.compress,
    SNAPPY: lambda data: bytes(cramjam.snappy.compress_raw(data)),
    LZ4: lambda data: bytes(cramjam.lz4.compress(data)),
    ZSTD: lambda data: bytes(cramjam.zstd.compress(data)),
}
Given = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]


def a_batch(
    base: int, given: list[Given], *, attributes: int = 0, producer: int = -1, codec: int = NONE
) -> bytes:
    """Give a batch as the broker keeps it."""
    builder = DefaultRecordBatchBuilder(2, NONE, 0, producer, 0, 0, 1 << 30)
    for delta, (key, value, headers) in enumerate(given):
        builder.append(delta, 1_000 + delta, key, value, headers)
    return sealed(base, bytes(builder.build()), attributes=attributes | codec, codec=codec)


def sealed(base: int, batch: bytes, *, attributes: int, codec: int = NONE) -> bytes:
    """Give a batch its offset, its attributes and the checksum of what is now in it."""
    body = PACKED[codec](batch[HEAD_BYTES:])
    rest = struct.pack(">h", attributes) + batch[23:HEAD_BYTES] + body
    length = len(rest) + 9
    return struct.pack(">qiibI", base, length, 0, 2, calc_crc32c(rest)) + rest


def packed(base: int, body: bytes, codec: int) -> bytes:
    """Give a batch of one record whose bytes, as they are packed, are given."""
    head = sealed(base, a_batch(base, [(b"k", b"v", [])])[:HEAD_BYTES], attributes=codec)
    rest = struct.pack(">h", codec) + head[23:HEAD_BYTES] + body
    return struct.pack(">qiibI", base, len(rest) + 9, 0, 2, calc_crc32c(rest)) + rest


def a_long_record(size: int, codec: int) -> bytes:
    """Give the packed bytes of a record whose value is that many zeros, never held whole."""
    ends = varint(size), b"\0"
    head = b"\0\0\0\x01" + ends[0]  # attributes, time, offset, no key
    parts = itertools.chain(
        [varint(len(head) + size + 1) + head],
        itertools.repeat(bytes(_PIECE), size // _PIECE),
        [bytes(size % _PIECE), ends[1]],
    )
    if codec == GZIP:
        zipped = zlib.compressobj(9, zlib.DEFLATED, 31)
        return b"".join([*map(zipped.compress, parts), zipped.flush()])
    packing = (cramjam.zstd if codec == ZSTD else cramjam.lz4).Compressor()
    for part in parts:
        packing.compress(part)
    return bytes(packing.finish())


def varint(value: int) -> bytes:
    """Write a number as Kafka does, zigzag."""
    value, written = value << 1, bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def a_mark(base: int, producer: int, *, commits: bool) -> bytes:
    """Give the broker's mark of the end of a transaction."""
    key, value = struct.pack(">hh", 0, int(commits)), struct.pack(">hi", 0, 0)
    return a_batch(base, [(key, value, [])], attributes=TRANSACTIONAL | CONTROL, producer=producer)
