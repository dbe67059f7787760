"""The auditor's trees agree with the signer's, of which they share no line."""

from __future__ import annotations

from hashlib import sha256
from random import Random

from ops.anew.trees import LeafTree, SubjectTree
from projections.proof.heads import Head
from projections.proof.prefix_tree import PrefixTree
from projections.proof.tree import EMPTY_ROOT, root
from tests.unit.projections.proof.reports import node_of


def test_every_tree_of_leaves_has_the_same_root() -> None:
    tree, leaves = LeafTree(), [sha256(bytes([n])).digest() for n in range(70)]
    assert tree.root() == EMPTY_ROOT
    for size, leaf in enumerate(leaves, 1):
        tree.append(leaf)
        assert (tree.size, tree.root()) == (size, root(node_of(leaves), size))


def test_leaves_that_come_in_many_at_once_give_the_same_root() -> None:
    leaves = [sha256(bytes([n])).digest() for n in range(70)]
    for first in range(20):
        for many in range(50):
            tree = LeafTree()
            tree.extend(leaves[:first])
            tree.extend(leaves[first : first + many])
            tree.append(leaves[first + many])
            size = first + many + 1
            assert (tree.size, tree.root()) == (size, root(node_of(leaves), size))


def test_a_complete_subtree_stands_for_its_leaves() -> None:
    leaves = [sha256(bytes([n])).digest() for n in range(27)]
    tree = LeafTree()
    for at in range(0, 24, 8):
        tree.append(node_of(leaves)(3, at >> 3), 8)
    tree.extend(leaves[24:])
    assert (tree.size, tree.root()) == (27, root(node_of(leaves), 27))


def test_subjects_that_come_and_change_give_the_same_root() -> None:
    chance = Random(3)
    pages: dict[int, bytes] = {}
    theirs, ours = PrefixTree(lambda _: pages), SubjectTree()
    assert ours.root() == (0, bytes(32))
    known: list[bytes] = []
    for _ in range(60):
        # Tags that share their beginning, so that pages and paths are deep.
        known += [
            bytes([chance.randrange(2)]) * chance.choice([1, 2, 5]) + chance.randbytes(31)
            for _ in range(chance.randrange(1, 4))
        ]
        changed = {
            tag[:32].ljust(32, b"\0"): Head(chance.randrange(1, 9), chance.randbytes(32))
            for tag in chance.sample(known, min(len(known), 5))
        }
        pages |= {page: data for page, (data, _) in theirs.change(changed).items()}
        for tag, head in changed.items():
            ours.put(tag, head.events.to_bytes(8, "big") + head.head)
        assert ours.root() == (theirs.root.subjects, theirs.root.value)
