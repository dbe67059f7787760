"""Proofs from the files of a log: that an event stands in it, that one cut begins another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ops.evidence.cuts import KnownCuts
from projections.proof.entries import event_entry
from projections.proof.errors import LogAlteredError, NotYetSignedError, ProofError
from projections.proof.inclusion import InclusionProof
from projections.proof.tiles import TILE_WIDTH, Tile, entry_of
from projections.proof.tree import (
    check_consistency,
    consistency,
    inclusion,
    leaf_hash,
    root,
    root_of_inclusion,
)
from streams.signing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.envelope import Platform
    from ops.evidence.settings import EvidenceSettings
    from projections.proof.entries import Cut


class EventProof(NamedTuple):
    """A proof of an event: the cut that took it in, its entry, and the proof as a file."""

    cut: int
    entry: str
    told: str


def prove(
    settings: EvidenceSettings,
    platform: Platform,
    partition: int,
    offset: int,
    record: bytes | None = None,
) -> EventProof:
    """Prove that what Kafka holds at a place stands in the log that the newest checkpoint is of.

    `record` is what is said to stand there by whoever named the place, who is not believed. Raises
    `ProofError` where another was logged, where the place is in no signed cut yet, or the files
    were altered.
    """
    cuts = KnownCuts(settings, platform)
    cut = cuts.first(lambda each: _offset(each, partition) > offset)
    if cut is None:
        raise NotYetSignedError(
            f"{partition}@{offset} is in no signed cut yet: the signer takes it in within seconds;"
            " `credit-ledger status` says how far it has come"
        )
    before = cuts.numbered(cut.number - 1) if cut.number > 1 else None
    index = _index(cut, before, partition, offset)
    entry = _entry(Folder(settings.log_folder(platform)), cuts.shown.tree.size, index)
    tree = cuts.shown.tree
    path = inclusion(tree.node, index, tree.size)
    is_it = entry.startswith(f"event {partition} {offset} ".encode())
    if not is_it or root_of_inclusion(leaf_hash(entry), index, tree.size, path) != tree.root():
        why = f"leaf {index} is not that of {partition}@{offset}, so one was altered"
        raise LogAlteredError(f"{settings.log_folder(platform)}/tile", why)
    timestamp_ms = int(entry.split()[3])
    if record is not None and event_entry(partition, offset, timestamp_ms, record) != entry:
        raise ProofError(
            f"{partition}@{offset}: another record was logged here than the read models hold, so"
            " they were altered; `credit-ledger audit` names the first difference"
        )
    proof = InclusionProof(index, tuple(path), cuts.shown.note, entry)
    return EventProof(cut.number, entry.decode(), proof.told())


def prove_consistency(
    settings: EvidenceSettings, platform: Platform, old: int, new: int
) -> Sequence[bytes]:
    """Prove that the tree of cut `old` begins that of cut `new`, by their numbers.

    Raises `CutUnknownError` of a cut that there is not, `ProofError` where the files were altered.
    """
    if old > new:
        raise ProofError(f"cut {old} is after cut {new}: name the older one first")
    cuts = KnownCuts(settings, platform)
    sizes = [cuts.numbered(number).size for number in (old, new)]
    tree = cuts.shown.tree
    path = consistency(tree.node, *sizes)
    roots = [root(tree.node, size) for size in sizes]
    check_consistency(sizes[0], sizes[1], roots[0], roots[1], path)
    rest = consistency(tree.node, sizes[1], tree.size)
    check_consistency(sizes[1], tree.size, roots[1], tree.root(), rest)
    return path


def _offset(cut: Cut, partition: int) -> int:
    if partition >= len(cut.offsets):
        raise ProofError(f"the log has {len(cut.offsets)} partitions, from 0: none is {partition}")
    return cut.offsets[partition]


def _index(cut: Cut, before: Cut | None, partition: int, offset: int) -> int:
    """Give the leaf of a place, which came with a cut: partitions ascend, in each the offsets."""
    starts = before.offsets if before else (0,) * len(cut.offsets)
    index = before.size if before else 0
    index += sum(cut.offsets[each] - starts[each] for each in range(partition))
    return index + offset - starts[partition]


def _entry(folder: Folder, size: int, index: int) -> bytes:
    number, place = divmod(index, TILE_WIDTH)
    bundle = Tile(None, number, min(TILE_WIDTH, size - number * TILE_WIDTH))
    return entry_of(bundle, folder.read_tile(bundle), place)
