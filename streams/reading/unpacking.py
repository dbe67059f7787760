"""Unpack what a producer packed, up to a bound: 58 kB can hold gigabytes. Pure.

The broker's limit of a message counts packed bytes, and Kafka's clients unpack whatever is there.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from typing import Final

import cramjam

from events.errors import LedgerError

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)
"""Codecs by their number in the attributes of a batch."""

_ROOM_FIRST: Final = 8
"""Room is made for so many times the packed bytes; more where that does not do."""

_ROOM_MIN: Final = 64 * 1024
_NO_ROOM: Final = "failed to write whole buffer"
_GZIP_WINDOW: Final = 31  # zlib's number for a gzip header and the largest window
_XERIAL: Final = b"\x82SNAPPY\x00"
_XERIAL_HEADER: Final = 16


class PackedTooLargeError(LedgerError):
    """It unpacks to more bytes than allowed."""


class PackedBadlyError(LedgerError):
    """It cannot be unpacked."""


def unpack(codec: int, packed: memoryview, bytes_max: int) -> bytes | memoryview:
    """Unpack the records of a batch; no more than about twice `bytes_max` is held meanwhile.

    Raises `PackedTooLargeError` and `PackedBadlyError`.
    """
    try:
        match codec:
            case 0:
                return packed
            case 1:
                return _gzip(packed, bytes_max)
            case 2:
                return _snappy(packed, bytes_max)
            case 3:
                return _framed(cramjam.lz4, packed, bytes_max)
            case 4:
                return _framed(cramjam.zstd, packed, bytes_max)
    except (cramjam.DecompressionError, zlib.error, struct.error) as error:
        raise PackedBadlyError(f"codec {codec}: {type(error).__name__}") from error
    raise PackedBadlyError(f"codec {codec} is unknown")


def _framed(codec: object, packed: memoryview, bytes_max: int) -> memoryview:
    rooms = (max(_ROOM_MIN, len(packed) * _ROOM_FIRST) << step for step in itertools.count(0, 2))
    for room in rooms:
        out = bytearray(min(room, bytes_max))
        try:
            size = codec.decompress_into(packed, out)  # type: ignore[attr-defined]
        except cramjam.DecompressionError as error:
            if _NO_ROOM not in str(error):
                raise
            if room >= bytes_max:
                raise _too_large(bytes_max) from None
        else:
            return memoryview(out)[:size]
    raise AssertionError


def _gzip(packed: memoryview, bytes_max: int) -> bytes:
    parts: list[bytes] = []
    left = bytes_max
    rest: bytes | memoryview = packed
    while rest:
        member = zlib.decompressobj(_GZIP_WINDOW)
        parts.append(member.decompress(rest, left + 1))
        left -= len(parts[-1])
        if left < 0:
            raise _too_large(bytes_max)
        if not member.eof:
            raise PackedBadlyError("codec 1: cut short")
        rest = member.unused_data
    return b"".join(parts)


def _snappy(packed: memoryview, bytes_max: int) -> bytes:
    """Unpack Snappy's raw form, or the blocks that Java's clients write."""
    blocks = [packed]
    if bytes(packed[: len(_XERIAL)]) == _XERIAL:
        blocks, at = [], _XERIAL_HEADER
        while at < len(packed):
            (size,) = struct.unpack_from("!I", packed, at)
            blocks.append(packed[at + 4 : at + 4 + size])
            at += 4 + size
    if sum(cramjam.snappy.decompress_raw_len(block) for block in blocks) > bytes_max:
        raise _too_large(bytes_max)
    return b"".join(bytes(cramjam.snappy.decompress_raw(block)) for block in blocks)


def _too_large(bytes_max: int) -> PackedTooLargeError:
    return PackedTooLargeError(f"it unpacks to more than {bytes_max:,} bytes")
