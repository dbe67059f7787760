"""The log of a platform as it grows: from records to tiles, heads and a cut. Signs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Self

from projections.proof.checkpoints import Checkpoint
from projections.proof.entries import Cut, check_follows, event_entry, record_bytes
from projections.proof.errors import LogAlteredError, ProofError
from projections.proof.heads import Head, first_head, next_head, tag_of
from projections.proof.tiles import Growth, TiledTree
from projections.proof.tree import EMPTY_ROOT, HASH_BYTES, check_consistency, consistency, leaf_hash
from streams.signing.checkpoints import read_told, told_value
from streams.signing.errors import SignerStoppedError
from streams.signing.heads_file import At, HeadsFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from projections.proof.prefix_tree import PrefixTree, Value
    from projections.proof.tiles import Tile
    from streams.signing.folder import Folder
    from streams.signing.ledger import LedgerSource

CUT_RECORDS_MAX: Final = 200_000
"""More records than these make several cuts, so that memory does not grow with what waits."""
_TILES_AT_ONCE: Final = 64


class Closed(NamedTuple):
    """A cut that was derived, its checkpoint, and what is yet to be written of the heads."""

    cut: Cut
    checkpoint: Checkpoint
    changed: Mapping[int, tuple[bytes, Value]]
    lasts: tuple[bytes, ...]

    @property
    def value(self) -> str:
        """What is written down of it before it is signed."""
        return told_value(self.cut, self.checkpoint.text())


class _Chains:
    """The subjects of a batch: of each where its chain would start, and its leaves in order.

    All of a subject stands in one piece of memory: a batch holds a hundred thousand of them.
    """

    def __init__(self) -> None:
        self.hashes: dict[bytes | None, bytearray] = {}

    def add(self, key: bytes | None, record: bytes, leaf: bytes) -> None:
        key = key or None
        known = self.hashes.get(key)
        if known is None:
            self.hashes[key] = bytearray(first_head(record) + leaf)
        else:
            known += leaf

    def onto(self, tree: PrefixTree) -> dict[int, tuple[bytes, Value]]:
        """Set the new head of each, by that which stood before; give the pages that changed.

        They are used up by it: what is left is let go while pages are made.
        """
        by_tag = {tag_of(key): hashes for key, hashes in self.hashes.items()}
        self.hashes.clear()

        def head_after(tag: bytes, before: Head | None) -> Head:
            hashes = bytes(by_tag.pop(tag))
            events, head = before or Head(0, hashes[:HASH_BYTES])
            for at in range(HASH_BYTES, len(hashes), HASH_BYTES):
                head = next_head(head, hashes[at : at + HASH_BYTES])
            return Head(events + len(hashes) // HASH_BYTES - 1, head)

        return tree.advance(set(by_tag), head_after)


class SignedLog:
    """The log up to a cut, and what it takes to go on. After an error it is opened anew."""

    def __init__(self, origin: str, folder: Folder, ledger: LedgerSource) -> None:
        """Take it up where the heads stand. Raises `ProofError` where the folder was altered."""
        self._origin = origin
        self._folder = folder
        self._ledger = ledger
        self._file = HeadsFile(folder.path)
        self._heads = self._file.tree()
        self.cut: Cut | None = None
        self.checkpoint = Checkpoint(origin, 0, EMPTY_ROOT)
        self._lasts: tuple[bytes, ...] = ()
        at = self._file.at()
        if at is not None:
            self.cut, self.checkpoint, _ = read_told(at.value)
            self._lasts = at.lasts
        self._growth = Growth.resumed(self.checkpoint.size, folder.read_tile)
        self._check()

    def __enter__(self) -> Self:
        """Lend it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its file."""
        self._file.close()

    def _check(self) -> None:
        """Check what was read from the folder against the cut that it is of."""
        place = self._folder.path
        if self.checkpoint.origin != self._origin:
            raise ProofError(f"{place}: the log of {self.checkpoint.origin}, not {self._origin}")
        if self._growth.root() != self.checkpoint.root:
            raise LogAlteredError(
                f"{place}/tile", f"not the tiles of {self.checkpoint.size} leaves"
            )
        root = self._heads.root
        if self.cut is not None and root != (self.cut.heads, self.cut.subjects):
            raise LogAlteredError(
                f"{place}/heads.sqlite", f"not the heads of cut {self.cut.number}"
            )
        groups, known = self._heads.groups(), self._file.groups()
        if groups and not known:  # a file of before
            self._file.write_groups(groups)
        elif groups != known:
            raise LogAlteredError(
                f"{place}/heads.sqlite", "the value of a group of pages was altered"
            )

    @property
    def offsets(self) -> tuple[int, ...]:
        """Give the first offset of each partition that is not in the log."""
        return self.cut.offsets if self.cut else tuple(0 for _ in self._ledger.ends())

    def next_cut(self, now_ms: int, settled_ms: int) -> Closed | None:
        """Derive the next cut, of what the broker took before `settled_ms`; None of nothing new."""
        self._check_ends(self.offsets)
        ends = self._ledger.ends()
        room = max(1, CUT_RECORDS_MAX // len(ends))
        wanted = [min(end, start + room) for start, end in zip(self.offsets, ends, strict=True)]
        time_ms = max(now_ms, self.cut.time_ms if self.cut else 0)
        return self._derive(wanted, time_ms, settled_ms)

    def again(self, cut: Cut) -> Closed:
        """Derive a cut that was written down before. Raises `SignerStoppedError` if it differs."""
        self._check_ends(cut.offsets)
        closed = self._derive(cut.offsets, cut.time_ms, None)
        if closed is None or closed.cut != cut:
            raise SignerStoppedError(
                f"cut {cut.number} of {self._origin} cannot be derived again: the ledger no longer"
                " reads as it did when the cut was written down. Keep both as they are, and restore"
                " the topic from a copy that a kept checkpoint agrees with"
            )
        return closed

    def check_standing(self) -> None:
        """Check that the ledger still holds the last record that was logged of each partition.

        Raises `SignerStoppedError` naming the first place where it does not.
        """
        self._check_ends(self.offsets)
        for partition, end in enumerate(self.offsets if self._lasts else ()):
            for raw in self._ledger.records(partition, end - 1, end) if end else ():
                record = record_bytes(raw.key, raw.value)
                entry = event_entry(partition, raw.offset, raw.timestamp_ms, record)
                self._check_last(partition, raw.offset, leaf_hash(entry))

    def accept(self, closed: Closed) -> None:
        """Go on from a cut that was written down, and write its heads."""
        groups = self._heads.groups(closed.changed)
        self._file.write(closed.changed, groups, At(closed.value, closed.lasts))
        self.cut, self.checkpoint, self._lasts = closed.cut, closed.checkpoint, closed.lasts

    def _check_ends(self, wanted: Sequence[int]) -> None:
        for partition, (end, start) in enumerate(zip(self._ledger.ends(), wanted, strict=True)):
            if end < start:
                raise SignerStoppedError(
                    f"{self._ledger.topic}, {partition}@{end}: the ledger ends here, and the log"
                    f" goes up to {start}: the broker has lost records that were signed."
                    " `credit-ledger restore` heals it from a copy; what to do without one is said"
                    " in the runbook LogLostItsEnd"
                )

    def _derive(self, wanted: Sequence[int], time_ms: int, settled_ms: int | None) -> Closed | None:
        chains = _Chains()
        full: list[tuple[Tile, bytes]] = []
        offsets: list[int] = []
        lasts = list(self._lasts) or [b""] * len(wanted)
        for partition, (start, end) in enumerate(zip(self.offsets, wanted, strict=True)):
            at = start
            if end > start:
                for raw in self._ledger.records(partition, max(0, start - 1), end):
                    record = record_bytes(raw.key, raw.value)
                    entry = event_entry(partition, raw.offset, raw.timestamp_ms, record)
                    leaf = leaf_hash(entry)
                    if raw.offset < start:
                        self._check_last(partition, raw.offset, leaf)
                        continue
                    if settled_ms is not None and raw.timestamp_ms > settled_ms:
                        break
                    full += self._growth.append(entry, leaf)
                    if len(full) >= _TILES_AT_ONCE:
                        self._folder.write_tiles(full)
                        full = []
                    chains.add(raw.key, record, leaf)
                    lasts[partition] = leaf
                    at = raw.offset + 1
            offsets.append(at)
        self._folder.write_tiles(full)
        if not chains.hashes:
            return None
        return self._close(tuple(offsets), time_ms, chains, tuple(lasts))

    def _check_last(self, partition: int, offset: int, leaf: bytes) -> None:
        if leaf != self._lasts[partition]:
            raise SignerStoppedError(
                f"{self._ledger.topic}, {partition}@{offset}: the record now reads otherwise than"
                " when it was logged: the ledger was altered, or lost its end and grew again"
            )

    def _close(
        self, offsets: tuple[int, ...], time_ms: int, chains: _Chains, lasts: tuple[bytes, ...]
    ) -> Closed:
        changed = chains.onto(self._heads)
        root, before = self._heads.root, self.cut
        number = before.number + 1 if before else 1
        cut = Cut(number, time_ms, self._ledger.topic, offsets, root.subjects, root.value)
        check_follows(cut, before)
        entry = cut.entry()
        self._folder.write_tiles(self._growth.append(entry, leaf_hash(entry)))
        self._folder.write_tiles(self._growth.partial())
        self._folder.sync()
        checkpoint = Checkpoint(self._origin, self._growth.size, self._growth.root())
        self._witness(cut, checkpoint)
        return Closed(cut, checkpoint, changed, lasts)

    def _witness(self, cut: Cut, checkpoint: Checkpoint) -> None:
        """Be a witness to oneself: by the tiles on disk, the old tree begins the new one."""
        if cut.size != checkpoint.size:
            raise SignerStoppedError(f"{checkpoint.size} leaves in a tree of {cut.size}")
        old = self.checkpoint
        tree = TiledTree(checkpoint.size, self._folder.read_tile)
        path = consistency(tree.node, old.size, checkpoint.size)
        check_consistency(old.size, checkpoint.size, old.root, checkpoint.root, path)
