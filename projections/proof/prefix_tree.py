"""The prefix tree over heads, kept in pages so that a cut costs what changed. Pure.

The first bits of a tag name its page; a page holds the heads of a dozen subjects, sorted by tag.
Above the pages the values of all nodes are held in memory; who asks for one subject takes the tree
by groups of pages, and reads one of them. A page is read through a function, is checked against the
value above it, and is found where anybody altered it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from projections.proof.errors import ProofError
from projections.proof.heads import (
    BITS,
    EMPTY,
    Head,
    Other,
    bit,
    branch,
    commitment,
    single,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PAGE_BITS: Final = 16
_TAG: Final = 32
_COUNT: Final = 8
_HEAD_BYTES: Final = 32
_ROW: Final = _TAG + _COUNT + _HEAD_BYTES


class Value(NamedTuple):
    """The value of a subtree, and how many subjects stand below it."""

    value: bytes
    subjects: int


NOBODY: Final = Value(EMPTY, 0)


class SearchEnd(NamedTuple):
    """Where a search ended: the values beside its way, from the root down, and who stands there."""

    copath: list[bytes]
    head: Head | None
    other: Other | None


def join(zero: Value, one: Value) -> Value:
    """Give the value over two sides; one subject alone stands for itself, at any depth."""
    if zero.subjects == 0:
        return one if one.subjects <= 1 else Value(branch(EMPTY, one.value), one.subjects)
    if one.subjects == 0:
        return zero if zero.subjects == 1 else Value(branch(zero.value, EMPTY), zero.subjects)
    return Value(branch(zero.value, one.value), zero.subjects + one.subjects)


def pack_page(heads: Mapping[bytes, Head]) -> bytes:
    """Write a page."""
    return b"".join(
        tag + heads[tag].events.to_bytes(_COUNT, "big") + heads[tag].head for tag in sorted(heads)
    )


def unpack_page(data: bytes) -> dict[bytes, Head]:
    """Read a page. Raises `ProofError` where it is none."""
    if len(data) % _ROW:
        raise ProofError(f"a page of heads of {len(data)} bytes; a head has {_ROW}")
    heads: dict[bytes, Head] = {}
    for at in range(0, len(data), _ROW):
        count = int.from_bytes(data[at + _TAG : at + _TAG + _COUNT], "big")
        heads[data[at : at + _TAG]] = Head(count, data[at + _TAG + _COUNT : at + _ROW])
    return heads


class _Leaf(NamedTuple):
    tag: bytes
    value: bytes


class PrefixTree:
    """All heads of a cut. `read_page` gives a page's bytes, empty of one that there is not."""

    def __init__(
        self,
        read_page: Callable[[int], bytes],
        values: Mapping[int, Value] | None = None,
        page_bits: int = PAGE_BITS,
    ) -> None:
        """Take the value of each page that is not empty; the nodes above follow from them."""
        self._read_page = read_page
        self._page_bits = page_bits
        self._nodes: dict[int, Value] = {}
        self._group_bits = page_bits // 2
        self._read_group: Callable[[int], Mapping[int, Value]] | None = None
        self._groups_read: set[int] = set()
        self._take(page_bits, values or {}, 1)

    @classmethod
    def by_groups(
        cls,
        read_page: Callable[[int], bytes],
        read_group: Callable[[int], Mapping[int, Value]],
        groups: Mapping[int, Value],
        page_bits: int = PAGE_BITS,
    ) -> PrefixTree:
        """Take the value of each group of pages; a group's pages are read once they are asked for.

        Such a tree is asked, and not changed.
        """
        tree = cls(read_page, page_bits=page_bits)
        tree._read_group = read_group
        tree._take(tree._group_bits, groups, 1)
        return tree

    def groups(self, pages: Iterable[int] | None = None) -> dict[int, Value]:
        """Give the value of each group of pages, or of those groups in which some pages stand.

        The pages of a group begin with the same bits.
        """
        shift, first = self._page_bits - self._group_bits, 1 << self._group_bits
        groups = range(first) if pages is None else {page >> shift for page in pages}
        nodes = ((group, self._nodes.get(first + group, NOBODY)) for group in groups)
        return {group: value for group, value in nodes if value.subjects}

    @property
    def root(self) -> Value:
        """Give the root, and the number of subjects."""
        return self._nodes.get(1, NOBODY)

    def head(self, tag: bytes) -> Head | None:
        """Give the head of a subject, if it has one."""
        return self._page(self._page_of(tag)).get(tag)

    def change(self, heads: Mapping[bytes, Head]) -> dict[int, tuple[bytes, Value]]:
        """Set the heads of subjects; give each page that is now another, with its value."""
        return self.advance(set(heads), lambda tag, _: heads[tag])

    def advance(
        self, tags: set[bytes], head_after: Callable[[bytes, Head | None], Head]
    ) -> dict[int, tuple[bytes, Value]]:
        """Set the heads of subjects, each by that which stood before; reads each page once.

        Gives each page that is now another, with its value.
        """
        changed: dict[int, tuple[bytes, Value]] = {}
        first = 1 << self._page_bits
        for page, wanted in self._by_page(tags).items():
            there, values = self._read(page)
            for tag in wanted:
                head = there[tag] = head_after(tag, there.get(tag))
                values[tag] = single(tag, commitment(head))
            value = self._value_of(values)
            self._nodes[first + page] = value
            changed[page] = pack_page(there), value
        self._renew({first + page for page in changed})
        return changed

    def search(self, tag: bytes) -> SearchEnd:
        """Search for a subject, as far as the way to it goes."""
        copath: list[bytes] = []
        node = 1
        for depth in range(self._page_bits):
            if self._value(node).subjects <= 1:
                break
            side = bit(tag, depth)
            copath.append(self._value(2 * node + 1 - side).value)
            node = 2 * node + side
        standing = self._value(node)
        if standing.subjects == 0:
            return SearchEnd(copath, None, None)
        if standing.subjects > 1:
            return self._within_page(tag, copath)
        while node < 1 << self._page_bits:
            node = 2 * node + self._value(2 * node + 1).subjects
        ((alone, head),) = self._page(node - (1 << self._page_bits)).items()
        return self._ended(tag, copath, alone, head)

    def _within_page(self, tag: bytes, copath: list[bytes]) -> SearchEnd:
        heads = self._page(self._page_of(tag))
        leaves = [_leaf(each, heads[each]) for each in sorted(heads)]
        depth = self._page_bits
        while len(leaves) > 1:
            side = bit(tag, depth)
            beside = [leaf for leaf in leaves if bit(leaf.tag, depth) != side]
            leaves = [leaf for leaf in leaves if bit(leaf.tag, depth) == side]
            depth += 1
            copath.append(_over(beside, depth).value)
        if not leaves:
            return SearchEnd(copath, None, None)
        return self._ended(tag, copath, leaves[0].tag, heads[leaves[0].tag])

    @staticmethod
    def _ended(tag: bytes, copath: list[bytes], alone: bytes, head: Head) -> SearchEnd:
        if alone == tag:
            return SearchEnd(copath, head, None)
        return SearchEnd(copath, None, Other(alone, commitment(head)))

    def _page_of(self, tag: bytes) -> int:
        return int.from_bytes(tag, "big") >> (BITS - self._page_bits)

    def _by_page(self, tags: set[bytes]) -> dict[int, list[bytes]]:
        tags_by_page: dict[int, list[bytes]] = {}
        for tag in sorted(tags):
            tags_by_page.setdefault(self._page_of(tag), []).append(tag)
        return tags_by_page

    def _page(self, page: int) -> dict[bytes, Head]:
        """Read a page. Raises `ProofError` where it is not the one that the tree was made of."""
        return self._read(page)[0]

    def _read(self, page: int) -> tuple[dict[bytes, Head], dict[bytes, bytes]]:
        """Read a page, with the value of each subject alone, from which that of the page follows.

        Raises `ProofError` where it is not the one that the tree was made of.
        """
        there = unpack_page(self._read_page(page))
        values = {tag: single(tag, commitment(head)) for tag, head in there.items()}
        expected = self._value((1 << self._page_bits) + page)
        if self._value_of(values) != expected or any(self._page_of(t) != page for t in there):
            raise ProofError(f"page {page} of the heads was altered: its value is another")
        return there, values

    def _value_of(self, values: Mapping[bytes, bytes]) -> Value:
        return _over([_Leaf(tag, values[tag]) for tag in sorted(values)], self._page_bits)

    def _value(self, node: int) -> Value:
        """Give the value of a node; below a group that was not read yet, it is read now."""
        below = node.bit_length() - 1 - self._group_bits
        if below > 0 and self._read_group is not None:
            above = node >> below
            group = above - (1 << self._group_bits)
            if group not in self._groups_read:
                self._groups_read.add(group)
                told = self._nodes.pop(above, NOBODY)
                self._take(self._page_bits, self._read_group(group), above)
                if self._nodes.get(above, NOBODY) != told:
                    raise ProofError(
                        f"group {group} of the heads was altered: its value is another"
                    )
        return self._nodes.get(node, NOBODY)

    def _take(self, bits: int, values: Mapping[int, Value], top: int) -> None:
        """Set the values of nodes of one level, and of all above them, up to the node `top`."""
        first = 1 << bits
        for at, value in values.items():
            self._nodes[first + at] = value
        self._renew({first + at for at in values}, top)

    def _renew(self, nodes: set[int], top: int = 1) -> None:
        """Give the nodes above these their values anew, each once."""
        while nodes and nodes != {top}:
            nodes = {node >> 1 for node in nodes}
            for node in nodes:
                zero = self._nodes.get(2 * node, NOBODY)
                self._nodes[node] = join(zero, self._nodes.get(2 * node + 1, NOBODY))


def _leaf(tag: bytes, head: Head) -> _Leaf:
    return _Leaf(tag, single(tag, commitment(head)))


def _over(leaves: list[_Leaf], depth: int) -> Value:
    """Give the value over leaves in the order of their tags, which agree in the bits before."""
    if len(leaves) <= 1:
        return Value(leaves[0].value, 1) if leaves else NOBODY
    low, high = 0, len(leaves)
    while low < high:  # the first whose bit is 1: they are sorted
        middle = (low + high) // 2
        if bit(leaves[middle].tag, depth):
            high = middle
        else:
            low = middle + 1
    return join(_over(leaves[:low], depth + 1), _over(leaves[low:], depth + 1))
