"""Both trees from their definitions, as short as can be: RFC 6962's, and the one over heads."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

_NOBODY: Final = bytes(32)
PAGE_BITS: Final = 16
"""So many bits of a tag name a page of heads."""
GROUP_BITS: Final = 8
"""So many a group of pages."""
_COMMITMENT: Final = b"credit-ledger.heads.v1\n"


class LeafTree:
    """RFC 6962, section 2.1: the complete subtrees of what was appended, the largest first."""

    def __init__(self) -> None:
        """Begin with no leaf."""
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, hashed: bytes, leaves: int = 1) -> None:
        """Append a leaf's hash, or that over a power of two of leaves, after a multiple of it."""
        peaks, count = self._peaks, self.size // leaves
        while count & 1:
            hashed = sha256(b"\1" + peaks.pop() + hashed).digest()
            count >>= 1
        peaks.append(hashed)
        self.size += leaves

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Append the hashes of many leaves, a level of the tree at a time."""
        peaks, count, row = self._peaks, self.size, list(leaves)
        rest: list[bytes] = []
        while row:
            if count & 1:
                row.insert(0, peaks.pop())
            if len(row) & 1:
                rest.append(row.pop())
            pairs = zip(row[::2], row[1::2], strict=True)
            row = [sha256(b"\1" + left + right).digest() for left, right in pairs]
            count >>= 1
        peaks += reversed(rest)
        self.size += len(leaves)

    def root(self) -> bytes:
        """Give the root."""
        if not self._peaks:
            return sha256(b"").digest()
        *rest, found = self._peaks
        for peak in reversed(rest):
            found = sha256(b"\1" + peak + found).digest()
        return found


class SubjectTree:
    """The tree over the heads of all subjects; what changed is hashed when its root is asked."""

    def __init__(self) -> None:
        """Begin with no subject."""
        self._pages: dict[int, dict[bytes, bytes]] = {}
        self._nodes: list[dict[int, tuple[int, bytes]]] = [{} for _ in range(PAGE_BITS + 1)]
        self._changed: set[int] = set()

    def put(self, tag: bytes, head: bytes) -> None:
        """Put a subject in its place, by its tag: its count of events in 8 bytes, and its head."""
        page = tag[0] << 8 | tag[1]
        alone = sha256(b"\2" + tag + sha256(_COMMITMENT + head).digest()).digest()
        self._pages.setdefault(page, {})[tag] = alone
        self._changed.add(page)

    def root(self) -> tuple[int, bytes]:
        """Give how many subjects there are, and the root."""
        changed: Iterable[int] = self._changed
        for page in changed:
            alone = sorted(self._pages[page].items())
            self._nodes[PAGE_BITS][page] = len(alone), _below(alone, PAGE_BITS)
        for depth in range(PAGE_BITS - 1, -1, -1):
            changed = {index >> 1 for index in changed}
            sides = self._nodes[depth + 1]
            for index in changed:
                zero = sides.get(2 * index, (0, _NOBODY))
                one = sides.get(2 * index + 1, (0, _NOBODY))
                self._nodes[depth][index] = _joined(zero, one)
        self._changed.clear()
        return self._nodes[0].get(0, (0, _NOBODY))

    def tags(self) -> Mapping[int, Collection[bytes]]:
        """Give the tags of the subjects of each page."""
        return self._pages

    def values(self, depth: int) -> Mapping[int, tuple[int, bytes]]:
        """Give the nodes of a depth, as of the last root: how many subjects, and the value."""
        return self._nodes[depth]


def _joined(zero: tuple[int, bytes], one: tuple[int, bytes]) -> tuple[int, bytes]:
    count = zero[0] + one[0]
    if count == 0:
        return 0, _NOBODY
    if count == 1:
        return zero if zero[0] else one
    return count, sha256(b"\3" + zero[1] + one[1]).digest()


def _below(alone: Sequence[tuple[bytes, bytes]], depth: int) -> bytes:
    """Give the value over some tags, in order, that agree up to a depth, each with its own."""
    if len(alone) <= 1:
        return alone[0][1] if alone else _NOBODY
    at, place, mask = 0, depth >> 3, 128 >> (depth & 7)
    while at < len(alone) and not alone[at][0][place] & mask:
        at += 1
    sides = _below(alone[:at], depth + 1) + _below(alone[at:], depth + 1)
    return sha256(b"\3" + sides).digest()
