"""A page of heads: those whose tags begin with the same bits, in the order of their tags. Pure.

A cut reads and hashes every page that it changes, so a page is lists of bytes and no object for
each subject, and what stands in it is hashed as it is written.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import Final

from projections.proof.errors import ProofError
from projections.proof.heads import EMPTY, Head, branch, row_commitment, single

_TAG: Final = 32
_COUNT: Final = 8
_ROW: Final = _TAG + _COUNT + 32


class HeadsPage:
    """A page as it is worked on: tag, row and value alone of each subject, in order."""

    def __init__(self, data: bytes) -> None:
        """Read it. Raises `ProofError` where it is no page."""
        if len(data) % _ROW:
            raise ProofError(f"a page of heads of {len(data)} bytes; a head has {_ROW}")
        places = range(0, len(data), _ROW)
        self.tags = [data[at : at + _TAG] for at in places]
        self.rows = [data[at + _TAG : at + _ROW] for at in places]
        self.singles = [
            single(tag, row_commitment(row)) for tag, row in zip(self.tags, self.rows, strict=True)
        ]

    def is_in_order(self) -> bool:
        """Say whether the tags ascend, each once."""
        return all(tag < after for tag, after in pairwise(self.tags))

    def head(self, tag: bytes) -> Head | None:
        """Give the head of a subject, if it has one."""
        at = bisect_left(self.tags, tag)
        if at == len(self.tags) or self.tags[at] != tag:
            return None
        return head_from(self.rows[at])

    def put(self, tag: bytes, head: Head) -> None:
        """Set the head of a subject."""
        row = head.events.to_bytes(_COUNT, "big") + head.head
        alone = single(tag, row_commitment(row))
        at = bisect_left(self.tags, tag)
        if at < len(self.tags) and self.tags[at] == tag:
            self.rows[at] = row
            self.singles[at] = alone
        else:
            self.tags.insert(at, tag)
            self.rows.insert(at, row)
            self.singles.insert(at, alone)

    def over(self, low: int, high: int, depth: int) -> bytes:
        """Give the value over some rows, whose tags agree in the bits before a depth."""
        if high - low <= 1:
            return self.singles[low] if low < high else EMPTY
        at = self.split(low, high, depth)
        return branch(self.over(low, at, depth + 1), self.over(at, high, depth + 1))

    def split(self, low: int, high: int, depth: int) -> int:
        """Give the first of some rows whose bit at a depth is 1: they are sorted."""
        place, mask = depth >> 3, 128 >> (depth & 7)
        while low < high:
            middle = (low + high) >> 1
            if self.tags[middle][place] & mask:
                high = middle
            else:
                low = middle + 1
        return low

    def packed(self) -> bytes:
        """Write it."""
        return b"".join([tag + row for tag, row in zip(self.tags, self.rows, strict=True)])


def head_from(row: bytes) -> Head:
    """Read a head, as it is written in a page."""
    return Head(int.from_bytes(row[:_COUNT], "big"), row[_COUNT:])
