"""Every requirement that software must meet is shown by a test that names it, or awaits by name."""

from __future__ import annotations

from tests.trace import MUST, problems, requirements

LATER = {18, 19, 25, 27, 33, 48, 52}
"""Access rights, sealing and proofs: whole requirements of later steps."""

LATER_IN_PART = {24, 47, 91}


def test_list_and_tests_agree() -> None:
    assert problems() == []


def test_the_list_is_whole() -> None:
    assert sum(row.fit == "must" for row in requirements()) == MUST
    numbers = [row.no for row in requirements()]
    assert numbers == sorted(set(numbers))


def test_nothing_waits_that_need_not() -> None:
    waiting = {row.no for row in requirements() if row.awaits}
    assert waiting == LATER | LATER_IN_PART
    shown_in_part = {row.no for row in requirements() if row.awaits and row.shown_by}
    assert shown_in_part == LATER_IN_PART
