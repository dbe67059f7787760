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
    row_commitment,
)
from projections.proof.heads_page import HeadsPage, head_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    ReadPages = Callable[[Sequence[int]], Mapping[int, bytes]]

PAGE_BITS: Final = 16
_PAGES_AT_ONCE: Final = 1_000
"""So many pages of a cut are read by one question, and held until they are hashed."""


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


class PrefixTree:
    """All heads of a cut. `read_pages` gives the bytes of those pages that there are."""

    def __init__(
        self,
        read_pages: ReadPages,
        values: Mapping[int, Value] | None = None,
        page_bits: int = PAGE_BITS,
    ) -> None:
        """Take the value of each page that is not empty; the nodes above follow from them."""
        self._read_pages = read_pages
        self._page_bits = page_bits
        self._nodes: dict[int, Value] = {}
        self._group_bits = page_bits // 2
        self._read_group: Callable[[int], Mapping[int, Value]] | None = None
        self._groups_read: set[int] = set()
        self._take(page_bits, values or {}, 1)

    @classmethod
    def by_groups(
        cls,
        read_pages: ReadPages,
        read_group: Callable[[int], Mapping[int, Value]],
        groups: Mapping[int, Value],
        page_bits: int = PAGE_BITS,
    ) -> PrefixTree:
        """Take the value of each group of pages; a group's pages are read once they are asked for.

        Such a tree is asked, and not changed.
        """
        tree = cls(read_pages, page_bits=page_bits)
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
        return self._page(self._page_of(tag)).head(tag)

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
        by_page = self._by_page(tags)
        pages = list(by_page)
        for at in range(0, len(pages), _PAGES_AT_ONCE):
            some = pages[at : at + _PAGES_AT_ONCE]
            data = self._read_pages(some)
            for page in some:
                there = self._checked(page, data.get(page, b""))
                for tag in by_page[page]:
                    there.put(tag, head_after(tag, there.head(tag)))
                value = self._value_over(there)
                self._nodes[first + page] = value
                changed[page] = there.packed(), value
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
        return self._ended(tag, copath, self._page(node - (1 << self._page_bits)), 0)

    def _within_page(self, tag: bytes, copath: list[bytes]) -> SearchEnd:
        page = self._page(self._page_of(tag))
        low, high, depth = 0, len(page.tags), self._page_bits
        while high - low > 1:
            at = page.split(low, high, depth)
            side, depth = bit(tag, depth), depth + 1
            copath.append(page.over(low, at, depth) if side else page.over(at, high, depth))
            low, high = (at, high) if side else (low, at)
        if low == high:
            return SearchEnd(copath, None, None)
        return self._ended(tag, copath, page, low)

    @staticmethod
    def _ended(tag: bytes, copath: list[bytes], page: HeadsPage, at: int) -> SearchEnd:
        alone, row = page.tags[at], page.rows[at]
        if alone == tag:
            return SearchEnd(copath, head_from(row), None)
        return SearchEnd(copath, None, Other(alone, row_commitment(row)))

    def _page_of(self, tag: bytes) -> int:
        return int.from_bytes(tag, "big") >> (BITS - self._page_bits)

    def _by_page(self, tags: set[bytes]) -> dict[int, list[bytes]]:
        tags_by_page: dict[int, list[bytes]] = {}
        for tag in sorted(tags):
            tags_by_page.setdefault(self._page_of(tag), []).append(tag)
        return tags_by_page

    def _page(self, page: int) -> HeadsPage:
        """Read a page. Raises `ProofError` where it is not the one that the tree was made of."""
        return self._checked(page, self._read_pages([page]).get(page, b""))

    def _checked(self, page: int, data: bytes) -> HeadsPage:
        there = HeadsPage(data)
        expected, tags = self._value((1 << self._page_bits) + page), there.tags
        is_it = there.is_in_order() and self._value_over(there) == expected
        if not is_it or any(self._page_of(tag) != page for tag in tags[:1] + tags[-1:]):
            raise ProofError(f"page {page} of the heads was altered: its value is another")
        return there

    def _value_over(self, page: HeadsPage) -> Value:
        count = len(page.tags)
        return Value(page.over(0, count, self._page_bits), count)

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
