"""The Merkle tree of RFC 6962, section 2.1: roots, inclusion, consistency. Pure.

A tree is known by its size and by a function that gives the hash of any complete subtree, so
leaves may lie in tiles, in memory or in a test's list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from projections.proof.errors import ProofError

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

Node = Callable[[int, int], bytes]
"""The hash of the complete subtree of a height that begins at leaf `index << height`."""


def leaf_hash(entry: bytes) -> bytes:
    """Give the hash of an entry as a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of a node of two children."""
    return sha256(b"\x01" + left + right).digest()


def root(node: Node, size: int) -> bytes:
    """Give the hash over the first `size` leaves."""
    return _over(node, 0, size) if size else EMPTY_ROOT


def inclusion(node: Node, index: int, size: int) -> list[bytes]:
    """Prove that a leaf stands at an index of the tree of a size (RFC 6962, 2.1.1).

    From the leaf's sibling up to the child of the root. Raises `ProofError` of an index beyond.
    """
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is not in a tree of {size} leaves")
    return _path(node, index, 0, size)


def consistency(node: Node, old: int, new: int) -> list[bytes]:
    """Prove that the tree of size `old` is the beginning of that of size `new` (RFC 6962, 2.1.2).

    Empty where the sizes are equal or the old tree is. Raises `ProofError` where it is larger.
    """
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {old} leaves is not the beginning of one of {new}")
    return _subproof(node, old, 0, new, whole=True) if 0 < old < new else []


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Give the root to which a leaf's path leads. Raises `ProofError` where its length is wrong."""
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is not in a tree of {size} leaves")
    _check_hashes(path)
    node, at, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            raise ProofError("the path of inclusion is too long")
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        at >>= 1
        last >>= 1
    if last:
        raise ProofError("the path of inclusion is too short")
    return node


def check_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Check that one tree is the beginning of another; raise `ProofError` if that is not proved."""
    _check_hashes(path)
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {old} leaves is not the beginning of one of {new}")
    if old in (0, new):
        if path:
            raise ProofError("the path of consistency is too long")
        if old == new and old_root != new_root:
            raise ProofError(f"two trees of {new} leaves have different roots")
        if old == 0 and old_root != EMPTY_ROOT:
            raise ProofError("the root of the empty tree is another")
        return
    hashes = list(path)
    if old & (old - 1) == 0:  # the old tree is complete: its root is left out of the path
        hashes.insert(0, old_root)
    if not hashes:
        raise ProofError("the path of consistency is too short")
    found_old, found_new = _consistent_roots(old - 1, new - 1, hashes)
    if found_old != old_root:
        raise ProofError("the path of consistency does not lead to the old root")
    if found_new != new_root:
        raise ProofError("the path of consistency does not lead to the new root")


def _consistent_roots(at: int, last: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Climb from the last leaf of the old tree to both roots (RFC 9162, 2.1.4.2)."""
    while at & 1:
        at >>= 1
        last >>= 1
    found_old = found_new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofError("the path of consistency is too long")
        if at & 1 or at == last:
            found_old = node_hash(sibling, found_old)
            found_new = node_hash(sibling, found_new)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            found_new = node_hash(found_new, sibling)
        at >>= 1
        last >>= 1
    if last:
        raise ProofError("the path of consistency is too short")
    return found_old, found_new


def _check_hashes(path: Sequence[bytes]) -> None:
    if any(len(each) != HASH_BYTES for each in path):
        raise ProofError(f"a hash of a path has not {HASH_BYTES} bytes")


def _split(count: int) -> int:
    """Give the largest power of two below a count of two or more."""
    return 1 << ((count - 1).bit_length() - 1)


def _over(node: Node, start: int, end: int) -> bytes:
    """Give the hash over leaves, of which `start` begins a subtree that reaches beyond `end`."""
    count = end - start
    if count & (count - 1) == 0:
        height = count.bit_length() - 1
        return node(height, start >> height)
    middle = start + _split(count)
    return node_hash(_over(node, start, middle), _over(node, middle, end))


def _path(node: Node, index: int, start: int, end: int) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(node, index, start, middle), _over(node, middle, end)]
    return [*_path(node, index, middle, end), _over(node, start, middle)]


def _subproof(node: Node, old: int, start: int, end: int, *, whole: bool) -> list[bytes]:
    """Give SUBPROOF of RFC 6962; `whole` while the old tree's root needs not be told."""
    if old == end:
        return [] if whole else [_over(node, start, end)]
    middle = start + _split(end - start)
    if old <= middle:
        return [
            *_subproof(node, old, start, middle, whole=whole),
            _over(node, middle, end),
        ]
    return [*_subproof(node, old, middle, end, whole=False), _over(node, start, middle)]
