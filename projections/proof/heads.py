"""Heads: what proves that these are all events of a subject. Pure.

The head of a subject is a chain over its events; a prefix tree over all heads, in the manner of the
IETF's key transparency (draft-ietf-keytrans-protocol), has one root, which a cut names. Where a
subject stands in it follows from its id alone, so it stands there once or not at all.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from projections.proof.errors import ProofError

if TYPE_CHECKING:
    from collections.abc import Sequence

EMPTY: Final = bytes(32)
"""The value of a prefix tree without subjects."""

BITS: Final = 256
_HEAD: Final = b"credit-ledger.head.v1\n"
_SUBJECT: Final = b"credit-ledger.subject.v1\n"
_HEADS: Final = b"credit-ledger.heads.v1\n"


class Head(NamedTuple):
    """How many events a subject has, and the end of the chain over them."""

    events: int
    head: bytes


def first_head(record: bytes) -> bytes:
    """Give where the chain starts: it takes in content, so that no head tells whose it is."""
    return sha256(_HEAD + record).digest()


def next_head(head: bytes, leaf: bytes) -> bytes:
    """Give the head after one more event, by the leaf hash of its entry."""
    return sha256(head + leaf).digest()


def tag_of(key: bytes | None) -> bytes:
    """Give where a subject stands, by the key of its records; null is as empty."""
    return sha256(_SUBJECT + (key or b"")).digest()


def commitment(head: Head) -> bytes:
    """Give what stands for a head in the tree."""
    return row_commitment(head.events.to_bytes(8, "big") + head.head)


def row_commitment(row: bytes) -> bytes:
    """Give what stands for a head that is written as it is hashed: its count, then itself."""
    return sha256(_HEADS + row).digest()


def single(tag: bytes, committed: bytes) -> bytes:
    """Give the value of a tree of one subject."""
    return sha256(b"\x02" + tag + committed).digest()


def branch(zero: bytes, one: bytes) -> bytes:
    """Give the value of a tree of two subjects or more, by its sides."""
    return sha256(b"\x03" + zero + one).digest()


def bit(tag: bytes, depth: int) -> int:
    """Give the bit of a tag that decides at a depth, the most significant first."""
    return tag[depth >> 3] >> (7 - (depth & 7)) & 1


class Other(NamedTuple):
    """The one subject at which a search for another ended."""

    tag: bytes
    commitment: bytes


def root_of_presence(tag: bytes, committed: bytes, copath: Sequence[bytes]) -> bytes:
    """Give the root of a tree that holds a subject where a copath says, from the root down."""
    return _climb(tag, single(tag, committed), copath)


def root_of_absence(tag: bytes, other: Other | None, copath: Sequence[bytes]) -> bytes:
    """Give the root of a tree in which a search for a subject ends at nobody, or at another.

    Raises `ProofError` where the other is the subject itself, or does not stand on its way. Its tag
    and commitment have 32 bytes each: cut elsewhere, both would hash to the same, and the subject
    itself would pass for another.
    """
    if other is None:
        return _climb(tag, EMPTY, copath)
    if len(other.tag) != len(EMPTY) or len(other.commitment) != len(EMPTY):
        raise ProofError("the tag or the commitment of the other subject has not 32 bytes")
    if other.tag == tag:
        raise ProofError("the search for a subject that shall be absent ends at the subject")
    if any(bit(tag, depth) != bit(other.tag, depth) for depth in range(_depth(copath))):
        raise ProofError("the search ends at a subject that does not stand on its way")
    return _climb(tag, single(other.tag, other.commitment), copath)


def _depth(copath: Sequence[bytes]) -> int:
    if len(copath) > BITS:
        raise ProofError(f"a copath of {len(copath)} values; a tag has {BITS} bits")
    return len(copath)


def _climb(tag: bytes, value: bytes, copath: Sequence[bytes]) -> bytes:
    for depth in range(_depth(copath) - 1, -1, -1):
        sibling = copath[depth]
        if len(sibling) != len(EMPTY):
            raise ProofError("a value of a copath has not 32 bytes")
        value = branch(sibling, value) if bit(tag, depth) else branch(value, sibling)
    return value
