"""The tree is that of RFC 6962: its published roots, and its own definitions written down plainly."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.proof.errors import ProofError
from projections.proof.tree import (
    EMPTY_ROOT,
    check_consistency,
    consistency,
    inclusion,
    leaf_hash,
    root,
    root_of_inclusion,
)

CT_ENTRIES = [
    bytes.fromhex(each)
    for each in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Of the reference data that implementations of Certificate Transparency are tested with."""


def mth(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, as it stands there."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def node_of(entries: list[bytes]):  # noqa: ANN201 - what the module calls a Node
    return lambda height, index: mth(entries[index << height : (index + 1) << height])


def some(count: int) -> list[bytes]:
    return [str(i).encode() for i in range(count)]


def test_the_published_roots_come_out() -> None:
    node = node_of(CT_ENTRIES)
    assert [root(node, n).hex() for n in range(1, 9)] == CT_ROOTS
    assert root(node, 0) == EMPTY_ROOT == mth([])


def test_every_leaf_of_every_small_tree_is_proved_and_no_other() -> None:
    entries = some(40)
    node = node_of(entries)
    for size in range(1, 41):
        for index in range(size):
            path = inclusion(node, index, size)
            leaf = leaf_hash(entries[index])
            assert root_of_inclusion(leaf, index, size, path) == mth(entries[:size])
            if size > 1:
                assert root_of_inclusion(leaf_hash(b"x"), index, size, path) != mth(entries[:size])


def test_every_small_tree_is_proved_to_be_the_beginning_of_every_larger() -> None:
    entries = some(40)
    node = node_of(entries)
    for new in range(41):
        for old in range(new + 1):
            path = consistency(node, old, new)
            check_consistency(old, new, mth(entries[:old]), mth(entries[:new]), path)


@given(st.integers(1, 300), st.integers(1, 300), st.data())
@settings(max_examples=60)
def test_an_altered_path_proves_nothing(a: int, b: int, data: st.DataObject) -> None:
    old, new = sorted((a, b))
    node = node_of(some(new))
    entries = some(new)
    path = consistency(node, old, new)
    if not path:
        return
    at = data.draw(st.integers(0, len(path) - 1))
    how = data.draw(st.sampled_from(["flip", "drop", "double"]))
    altered = list(path)
    if how == "flip":
        altered[at] = bytes([altered[at][0] ^ 1]) + altered[at][1:]
    elif how == "drop":
        del altered[at]
    else:
        altered.insert(at, altered[at])
    with pytest.raises(ProofError):
        check_consistency(old, new, mth(entries[:old]), mth(entries), altered)


def test_another_history_is_not_consistent() -> None:
    entries, other = some(20), [*some(7), b"x", *some(20)[8:]]
    path = consistency(node_of(entries), 9, 20)
    with pytest.raises(ProofError, match="old root"):
        check_consistency(9, 20, mth(other[:9]), mth(entries), path)
    with pytest.raises(ProofError, match="different roots"):
        check_consistency(20, 20, mth(other), mth(entries), [])


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 0)])
def test_a_leaf_beyond_the_tree_is_refused(index: int, size: int) -> None:
    with pytest.raises(ProofError, match="is not in a tree"):
        inclusion(node_of(some(3)), index, size)
    with pytest.raises(ProofError, match="is not in a tree"):
        root_of_inclusion(bytes(32), index, size, [])
