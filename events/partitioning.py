"""Which partition a subject's events live in: murmur2, as Java clients, aiokafka and Faust have it.

librdkafka's default is CRC32; each confluent-kafka producer must be told `murmur2_random`.
"""

from __future__ import annotations

from typing import Final

LEDGER_PARTITIONS: Final = 12
"""Partitions of a ledger topic, frozen for life: the ledger's coordinates depend on it."""

_MASK: Final = 0xFFFFFFFF
_M: Final = 0x5BD1E995
_SEED: Final = 0x9747B28C


def murmur2(data: bytes) -> int:
    """Give the 32-bit murmur2 hash of a key with Kafka's seed, as an unsigned number."""
    length = len(data)
    h = _SEED ^ length
    for start in range(0, length & ~3, 4):
        k = int.from_bytes(data[start : start + 4], "little") * _M & _MASK
        k = (k ^ (k >> 24)) * _M & _MASK
        h = (h * _M & _MASK) ^ k
    if rest := data[length & ~3 :]:
        h = (h ^ int.from_bytes(rest, "little")) * _M & _MASK
    h = (h ^ (h >> 13)) * _M & _MASK
    return h ^ (h >> 15)


def partition_of(subject_id: str, partitions: int = LEDGER_PARTITIONS) -> int:
    """Give the ledger partition of a subject."""
    return (murmur2(subject_id.encode()) & 0x7FFFFFFF) % partitions
