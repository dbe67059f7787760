"""Export a ledger as far as it is signed: each record checked against the log before it is kept."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from ops.anew.found import FoundAt, differs
from ops.evidence.copies.files import CopiedLedger
from ops.evidence.keys import policy_of
from ops.evidence.standing import newest_cut
from ops.terms.language import spoken
from projections.proof.entries import event_entry, record_bytes
from projections.proof.errors import ProofError
from projections.proof.notes import parse_note
from projections.proof.tiles import TILE_WIDTH, Growth, Tile, unpack_entries
from projections.proof.tree import leaf_hash
from streams.signing.checkpoints import cuts_told, told_value
from streams.signing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from events.envelope import Platform
    from ops.evidence.settings import EvidenceSettings
    from projections.ledger.message import Raw
    from projections.proof.checkpoints import Checkpoint
    from projections.proof.entries import Cut
    from projections.proof.tiles import TiledTree
    from streams.signing.checkpoints import CheckpointTopic, ToldCheckpoint
    from streams.signing.ledger import LedgerSource

CUTS_AT_ONCE: Final = 10_000
"""So many cuts make one file, and their records are read together, partition by partition."""

_FILE_BYTES: Final = 64 * 1024 * 1024


class Exported(NamedTuple):
    """How many records were added by an export, and up to which cut the copy now goes."""

    records: int
    cut: int


class _Numbered(NamedTuple):
    cut: Cut
    value: str


def copy_out(
    settings: EvidenceSettings,
    platform: Platform,
    ledger: LedgerSource,
    topic: CheckpointTopic,
    folder: Path,
    say: Callable[[str], None] = lambda _: None,
) -> Exported:
    """Copy what is signed and not copied yet; it goes on where the last export stopped.

    Raises `ProofError` naming the first record that is not the one in the log, `DiffersError` where
    the log's own files were altered, `CopyAlteredError` where the copy was.
    """
    shown = newest_cut(settings, platform)
    copied = CopiedLedger(folder, platform)
    copied.begin(ledger.topic, len(shown.cut.offsets))
    last = copied.last_cut()
    before = last.cut if last else None
    _check_tiles(Folder(settings.log_folder(platform)), _checked(settings, last), shown.tree)
    if before is not None and _cut_leaf(shown.tree, before) != leaf_hash(before.entry()):
        raise ProofError(
            f"{copied.folder}: its cut {before.number} is none of this log: it is a copy of another"
            " history. Keep both as they are, and export into an empty folder"
        )
    for partition in range(len(shown.cut.offsets)):
        copied.drop_after(partition, before.offsets[partition] if before else 0)
    added = 0
    told = cuts_told(topic.values(), settings.log_name(platform))
    for some in _in_parts(told, before.number if before else 0, shown.cut.number):
        added += _copy(copied, ledger, shown.tree, before, [each.cut for each in some])
        copied.write_cuts(some[0].cut.number, [each.value for each in some])
        before = some[-1].cut
        whose, cut = spoken(platform, "platforms"), f"{before.number:,}"
        say(spoken("copied", "progress", platform=whose, records=f"{added:,}", cut=cut))
    return Exported(added, before.number if before else 0)


def _checked(settings: EvidenceSettings, last: ToldCheckpoint | None) -> Checkpoint | None:
    """Give the tree of which all was checked when it was copied; None where nobody vouches."""
    try:
        return policy_of(settings).check_log(parse_note((last and last.note) or ""))
    except ProofError:
        return None


def _check_tiles(log: Folder, before: Checkpoint | None, tree: TiledTree) -> None:
    """Check the tiles and entries of a log that came after a tree, down to the signed root.

    So an export costs what is new. Raises `DiffersError` naming the file.
    """
    growth = Growth(0, [], [])
    if before is not None and before.size <= tree.size:
        growth = Growth.resumed(before.size, log.read_tile)
        _check_root(log, before.root, growth)
    for number in range(growth.size // TILE_WIDTH, -(-tree.size // TILE_WIDTH)):
        bundle = Tile(None, number, min(TILE_WIDTH, tree.size - number * TILE_WIDTH))
        entries = unpack_entries(bundle, log.read_tile(bundle))
        for entry in entries[growth.size - number * TILE_WIDTH :]:
            for tile, data in growth.append(entry, leaf_hash(entry)):
                _check_tile(log, tile, data)
    for tile, data in growth.partial():
        _check_tile(log, tile, data)
    _check_root(log, tree.root(), growth)


def _check_root(log: Folder, signed: bytes, growth: Growth) -> None:
    if growth.root() != signed:
        place = FoundAt(str(log.path / "tile"))
        of = f"root of {growth.size} leaves"
        raise differs("folder", of, signed.hex(), growth.root().hex(), place)


def _check_tile(log: Folder, tile: Tile, derived: bytes) -> None:
    if log.read_tile(tile) != derived:
        place = FoundAt(str(log.path / tile.path))
        raise differs("folder", "hashes", "those of the entries", "others", place)


def _in_parts(
    values: Iterable[tuple[bytes | None, ToldCheckpoint]], after: int, last: int
) -> Iterator[list[_Numbered]]:
    """Give the cuts beyond `after`, each as it was told last, so many at once."""
    some: list[_Numbered] = []
    for _, of_cut in groupby(values, key=lambda pair: pair[0]):
        *_, (_, told) = of_cut
        if not after < told.cut.number <= last:
            continue
        some.append(_Numbered(told.cut, told_value(told.cut, told.note or "")))
        if len(some) == CUTS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _copy(
    copied: CopiedLedger,
    ledger: LedgerSource,
    tree: TiledTree,
    before: Cut | None,
    cuts: Sequence[Cut],
) -> int:
    """Copy the records of some cuts, partition by partition."""
    added = 0
    for partition, end in enumerate(cuts[-1].offsets):
        start = before.offsets[partition] if before else 0
        if start == end:
            continue
        leaves = _leaves(partition, before, cuts)
        kept: list[Raw] = []
        size = 0
        for raw in ledger.records(partition, start, end):
            _check(ledger.topic, partition, raw, tree.node(0, next(leaves)))
            kept.append(raw)
            size += raw.size
            if size > _FILE_BYTES:
                copied.write_records(partition, kept)
                kept, size = [], 0
            added += 1
        if kept:
            copied.write_records(partition, kept)
    return added


def _leaves(partition: int, before: Cut | None, cuts: Sequence[Cut]) -> Iterator[int]:
    """Give the place in the log of each record of a partition that came with these cuts."""
    for cut in cuts:
        starts = before.offsets if before else (0,) * len(cut.offsets)
        index = before.size if before else 0
        index += sum(cut.offsets[each] - starts[each] for each in range(partition))
        yield from range(index, index + cut.offsets[partition] - starts[partition])
        before = cut


def _check(topic: str, partition: int, raw: Raw, leaf: bytes) -> None:
    record = record_bytes(raw.key, raw.value)
    if leaf_hash(event_entry(partition, raw.offset, raw.timestamp_ms, record)) != leaf:
        raise ProofError(
            f"{topic}, {partition}@{raw.offset}: the record is not the one that was logged: the"
            " ledger was altered. `credit-ledger audit --log-only` looks at the whole"
        )


def _cut_leaf(tree: TiledTree, cut: Cut) -> bytes | None:
    """Give what stands in the log where a cut would stand."""
    return tree.node(0, cut.size - 1) if cut.size <= tree.size else None
