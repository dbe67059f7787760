from __future__ import annotations

from random import Random

import pytest

from projections.proof.errors import ProofError
from projections.proof.heads import EMPTY, Head, branch, commitment, single
from projections.proof.heads_page import HeadsPage, head_from


def test_a_page_is_written_as_it_was_read_and_finds_who_stands_in_it() -> None:
    chance = Random(1)
    heads = {chance.randbytes(32): Head(n, chance.randbytes(32)) for n in range(1, 20)}
    page = HeadsPage(b"")
    for tag, head in heads.items():
        page.put(tag, Head(99, bytes(32)))
        page.put(tag, head)

    again = HeadsPage(page.packed())
    assert again.packed() == page.packed()
    assert again.singles == page.singles
    assert again.tags == sorted(heads)
    assert {tag: again.head(tag) for tag in heads} == heads
    assert head_from(again.rows[0]) == heads[again.tags[0]]
    assert again.head(bytes(32)) is None
    assert again.is_in_order()


def test_one_subject_stands_for_itself_and_two_for_the_branch_where_they_part() -> None:
    low, high = bytes(32), b"\x10" + bytes(31)
    page = HeadsPage(b"")
    assert page.over(0, 0, 0) == EMPTY
    page.put(high, Head(2, bytes(32)))
    alone = single(high, commitment(Head(2, bytes(32))))
    assert page.over(0, 1, 0) == alone
    page.put(low, Head(1, bytes(32)))
    both = branch(single(low, commitment(Head(1, bytes(32)))), alone)
    assert page.over(0, 2, 3) == both
    assert page.over(0, 2, 2) == branch(both, EMPTY)


def test_a_page_that_was_put_in_another_order_or_holds_one_twice_is_told() -> None:
    page = HeadsPage(b"")
    for first in (1, 2):
        page.put(bytes([first]) + bytes(31), Head(1, bytes(32)))
    row = len(page.packed()) // 2
    whole = page.packed()
    assert not HeadsPage(whole[row:] + whole[:row]).is_in_order()
    assert not HeadsPage(whole[:row] * 2).is_in_order()
    with pytest.raises(ProofError, match="a page of heads of 71 bytes"):
        HeadsPage(whole[:71])
