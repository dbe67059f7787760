"""A document as patched is the later one, byte for byte; and a patch is what changed, no more."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.writing.document import profile_document
from projections.writing.patch import PatchUnfitError, patch_of, patched
from tests.unit.projections.writing.test_document import PROFILES

CANONICAL = msgspec.json.Encoder(order="sorted")

NAMES = st.text("ab/~0", max_size=3)
"""Names that a path must escape, and few of them, so that both documents have some."""
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text("甲a", max_size=2)


class Item(msgspec.Struct, frozen=True):
    """What stands in a list, known by its id."""

    item_id: str
    said: int
    of: tuple[str, ...] = ()


ITEMS = st.builds(Item, st.sampled_from("abcdef"), st.integers(0, 2), st.lists(NAMES).map(tuple))
PARTS = st.recursive(
    SCALARS | st.lists(ITEMS, max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(NAMES, PARTS, max_size=5)


def holds(before: Any, after: Any) -> list[dict[str, Any]]:
    """Hold a patched document to the later one; give the operations."""
    patch = patch_of(before, after)
    assert patched(CANONICAL.encode(before), patch) == CANONICAL.encode(after)
    operations: list[dict[str, Any]] = json.loads(patch)
    return operations


@given(DOCUMENTS, DOCUMENTS)
def test_what_is_patched_is_the_later_document_byte_for_byte(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    holds(before, after)


@given(st.lists(ITEMS, unique_by=lambda each: each.item_id), st.data())
def test_items_that_come_and_go_touch_no_other(before: list[Item], data: st.DataObject) -> None:
    """Each item of a list is known by its id, wherever it comes to stand."""
    gone = data.draw(st.sets(st.sampled_from("abcdef")))
    new = data.draw(st.lists(st.sampled_from("ghij"), unique=True))
    after = [each for each in before if each.item_id not in gone]
    for name in new:
        after.insert(data.draw(st.integers(0, len(after))), Item(name, 0))

    operations = holds({"items": before}, {"items": after})

    removed = len(before) + len(new) - len(after)
    assert sorted(op["op"] for op in operations) == ["add"] * len(new) + ["remove"] * removed


@pytest.mark.parametrize("number", range(0, len(PROFILES) - 1, 3))
def test_one_profile_becomes_another_byte_for_byte(number: int) -> None:
    before, after = PROFILES[number], PROFILES[number + 1]
    assert not isinstance(before, bytes)
    assert not isinstance(after, bytes)
    patch = patch_of(before, after)
    assert patched(profile_document(before), patch) == profile_document(after)


def test_what_two_documents_share_is_not_in_the_patch() -> None:
    shared = [Item(str(number), number) for number in range(1_000)]
    more = Item("new", 1, ("a",))
    operations = holds({"items": shared, "n": 1}, {"items": [*shared, more], "n": 2})
    assert operations == [
        {"op": "add", "path": "/items/1000", "value": {"item_id": "new", "of": ["a"], "said": 1}},
        {"op": "replace", "path": "/n", "value": 2},
    ]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/b"},
        {"op": "replace", "path": "/b", "value": 1},
        {"op": "replace", "path": "/a/1", "value": 1},
        {"op": "add", "path": "/a/2", "value": 1},
        {"op": "add", "path": "/b/c", "value": 1},
        {"op": "add", "path": "/c/d", "value": 1},
    ],
)
def test_a_patch_of_another_document_is_refused(operation: dict[str, Any]) -> None:
    with pytest.raises(PatchUnfitError, match=operation["path"]):
        patched(b'{"a":[0],"c":3}', msgspec.json.encode([operation]))
