from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from random import Random

import pytest

from projections.proof.errors import ProofError
from projections.proof.heads import (
    EMPTY,
    Head,
    Other,
    bit,
    commitment,
    root_of_absence,
    root_of_presence,
)
from projections.proof.prefix_tree import PAGE_BITS, PrefixTree, Value

PAGE_BITS_TRIED = [0, 1, 3, PAGE_BITS]


def plainly(heads: dict[bytes, Head], depth: int = 0) -> bytes:
    """Give the root as the format defines it."""
    if not heads:
        return bytes(32)
    if len(heads) == 1:
        ((tag, head),) = heads.items()
        return sha256(b"\x02" + tag + commitment(head)).digest()
    sides: list[dict[bytes, Head]] = [{}, {}]
    for tag, head in heads.items():
        sides[bit(tag, depth)][tag] = head
    return sha256(b"\x03" + plainly(sides[0], depth + 1) + plainly(sides[1], depth + 1)).digest()


class Pages(dict[int, bytes]):
    def read(self, pages: Sequence[int]) -> dict[int, bytes]:
        return {page: self[page] for page in pages if page in self}


def made(heads: dict[bytes, Head], page_bits: int) -> tuple[PrefixTree, Pages]:
    pages = Pages()
    tree = PrefixTree(pages.read, page_bits=page_bits)
    tags = list(heads)
    for at in range(0, len(tags), 7):  # in several steps, as cuts come
        some = {tag: heads[tag] for tag in tags[at : at + 7]}
        pages.update((page, data) for page, (data, _) in tree.change(some).items())
    return tree, pages


def some_heads(seed: int, count: int) -> dict[bytes, Head]:
    chance = Random(seed)
    found = {}
    for _ in range(count):
        tag = chance.randbytes(32)
        if chance.random() < 0.5:  # many that agree in their first bits
            tag = bytes(3) + tag[3:]
        found[tag] = Head(chance.randrange(1, 9), chance.randbytes(32))
    return found


@pytest.mark.parametrize("page_bits", PAGE_BITS_TRIED)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 20, 60])
def test_the_root_is_that_of_the_definition_and_every_search_leads_to_it(
    count: int, page_bits: int
) -> None:
    heads = some_heads(count, count)
    tree, _ = made(heads, page_bits)

    assert tree.root == (plainly(heads), len(heads))
    for tag, head in heads.items():
        found = tree.search(tag)
        assert (found.head, found.other) == (head, None)
        assert root_of_presence(tag, commitment(head), found.copath) == tree.root.value
    for absent in some_heads(count + 1000, 20):
        found = tree.search(absent)
        assert found.head is None
        assert root_of_absence(absent, found.other, found.copath) == tree.root.value


def test_a_head_that_changes_costs_its_page_only() -> None:
    heads = some_heads(1, 60)
    tree, pages = made(heads, PAGE_BITS)
    tag = next(iter(heads))

    changed = tree.change({tag: Head(9, bytes(32))})
    pages.update((page, data) for page, (data, _) in changed.items())

    assert list(changed) == [int.from_bytes(tag[:2], "big")]
    assert tree.root.value == plainly({**heads, tag: Head(9, bytes(32))})
    assert tree.head(tag) == Head(9, bytes(32))


def test_a_page_that_was_altered_is_found_before_anything_rests_on_it() -> None:
    heads = some_heads(2, 30)
    tree, pages = made(heads, 3)
    page = max(pages, key=lambda each: len(pages[each]))
    inside = next(tag for tag in heads if tag[0] >> 5 == page)
    for at in (0, 33, 40):
        before = pages[page]
        pages[page] = before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :]
        with pytest.raises(ProofError, match=f"page {page}"):
            tree.head(inside)
        pages[page] = before
    pages[page] += b"x"
    with pytest.raises(ProofError, match="a page of heads"):
        tree.search(inside)


def test_a_tree_is_taken_up_again_from_the_values_of_its_pages() -> None:
    heads = some_heads(3, 40)
    pages = Pages()
    tree = PrefixTree(pages.read, page_bits=3)
    changed = tree.change(heads)
    pages.update((page, data) for page, (data, _) in changed.items())
    again = PrefixTree(pages.read, {page: value for page, (_, value) in changed.items()}, 3)
    assert again.root == tree.root
    assert {tag: again.head(tag) for tag in heads} == heads


def test_heads_go_on_from_those_before_and_each_page_is_read_once() -> None:
    heads = some_heads(5, 40)
    pages, asked = Pages(), list[int]()

    def read(wanted: Sequence[int]) -> dict[int, bytes]:
        asked.extend(wanted)
        return pages.read(wanted)

    tree, wanted = PrefixTree(read, page_bits=3), PrefixTree(lambda _: {}, page_bits=3)
    half = dict(list(heads.items())[::2])
    pages.update((page, data) for page, (data, _) in tree.change(half).items())
    asked.clear()

    def one_more(tag: bytes, before: Head | None) -> Head:
        assert before == half.get(tag)
        return Head(heads[tag].events + 1, heads[tag].head)

    changed = tree.advance(set(heads), one_more)
    assert len(asked) == len(set(asked)) == len(changed)
    after = {tag: Head(head.events + 1, head.head) for tag, head in heads.items()}
    assert wanted.change(after) == changed
    assert tree.root == wanted.root


@pytest.mark.parametrize("page_bits", [0, 1, 3, 6])
@pytest.mark.parametrize("count", [0, 1, 2, 5, 60])
def test_by_groups_a_search_reads_one_group_and_ends_where_the_whole_tree_ends(
    page_bits: int, count: int
) -> None:
    heads = some_heads(5, count)
    pages = Pages()
    tree = PrefixTree(pages.read, page_bits=page_bits)
    values = {}
    for page, (data, value) in tree.change(heads).items():
        pages[page], values[page] = data, value
    shift, asked = page_bits - page_bits // 2, list[int]()

    def group(number: int) -> dict[int, Value]:
        asked.append(number)
        return {page: value for page, value in values.items() if page >> shift == number}

    for tag in [*heads, *some_heads(6, 20)]:
        asked.clear()
        part = PrefixTree.by_groups(pages.read, group, tree.groups(), page_bits)
        assert part.root == tree.root
        assert part.search(tag) == tree.search(tag)
        assert part.head(tag) == heads.get(tag)
        assert len(asked) <= 2  # another's may be the one subject at which the search ends


def test_a_group_that_was_altered_is_found_where_it_is_read() -> None:
    heads = some_heads(7, 60)
    tree, pages = made(heads, 6)
    true = tree.groups()
    group = max(true, key=lambda each: true[each].subjects)
    tag = next(tag for tag in heads if tag[0] >> 5 == group)
    other = PrefixTree.by_groups(pages.read, lambda _: {}, true, 6)
    with pytest.raises(ProofError, match=f"group {group} of the heads was altered"):
        other.search(tag)
    altered = true | {group: Value(bytes(32), true[group].subjects)}
    assert PrefixTree.by_groups(pages.read, lambda _: {}, altered, 6).root != tree.root


def test_nobody_who_is_there_is_shown_to_be_absent() -> None:
    """Each way to say so ends at another root, or is refused."""
    heads = some_heads(4, 30)
    tree, _ = made(heads, 3)
    tag, head = next(iter(heads.items()))
    copath = tree.search(tag).copath
    with pytest.raises(ProofError, match="ends at the subject"):
        root_of_absence(tag, Other(tag, commitment(head)), copath)
    both = tag + commitment(head)
    for middle in (31, 33):  # hashed, they are as both of 32 bytes
        with pytest.raises(ProofError, match="32 bytes"):
            root_of_absence(tag, Other(both[:middle], both[middle:]), copath)
    for cut_off in range(len(copath) + 1):
        assert root_of_absence(tag, None, copath[:cut_off]) != tree.root.value
    for other, theirs in heads.items():
        if other == tag:
            continue
        for cut_off in range(len(copath) + 1):
            try:
                found = root_of_absence(tag, Other(other, commitment(theirs)), copath[:cut_off])
            except ProofError:
                continue
            assert found != tree.root.value


def test_a_copath_has_no_more_values_than_a_tag_has_bits() -> None:
    with pytest.raises(ProofError, match="257"):
        root_of_absence(bytes(32), None, [EMPTY] * 257)
    with pytest.raises(ProofError, match="32 bytes"):
        root_of_absence(bytes(32), None, [b"x"])
