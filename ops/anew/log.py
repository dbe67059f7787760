"""The log in its order, from what was derived of each partition: every cut's root and heads."""

from __future__ import annotations

from hashlib import sha256
from mmap import ACCESS_READ, mmap
from typing import TYPE_CHECKING, Final

from ops.anew.folder import WIDTH, entries_of
from ops.anew.found import FoundAt, differs
from ops.anew.ledger import ROW, LedgerPart, everything
from ops.anew.trees import LeafTree, SubjectTree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ops.anew.checkpoints import SignedCut
    from ops.anew.found import DiffersError
    from ops.anew.kept import KeptBySigner

_TELL_EVERY: Final = 50_000


class DerivedLog:
    """The log of a platform as it follows from the ledger: leaf by leaf, and its heads."""

    def __init__(self, rows: Sequence[Path], first: int = 1) -> None:
        """Take what was derived of each partition; roots and heads are checked from cut `first`."""
        self._rows = [_mapped(place) for place in rows]
        self._first = first
        self._tree = LeafTree()
        self._subjects = SubjectTree()
        self._heads: dict[bytes, bytes] = {}

    def check(
        self,
        cuts: Sequence[SignedCut],
        part: LedgerPart,
        folder: Path | None,
        kept: KeptBySigner | None,
        tell: Callable[[int], None],
    ) -> None:
        """Check every cut against its checkpoint. Raises `DiffersError` naming the first record.

        Where the folder of the log is at hand, its entries say which record is another; and what
        the signer `kept` of heads is checked at the cut that it is of.
        """
        before = (0,) * len(self._rows)
        of_heads = kept.number_of_heads(cuts) if kept is not None else 0
        for cut in cuts:
            begins = self._tree.size
            leaves: list[bytes] = []
            for partition, (start, end) in enumerate(zip(before, cut.offsets, strict=True)):
                leaves += self._take(partition, start, end)
                tell(end - start)
            self._tree.append(sha256(b"\0" + cut.entry).digest())
            if cut.number >= self._first and self._tree.root() != cut.root:
                raise self._difference(cut, before, begins, leaves, part, folder)
            if cut.number >= self._first:
                self._check_heads(cut)
            if kept is not None and cut.number == of_heads:
                self._subjects.root()
                kept.check_heads(self._heads, self._subjects, self._lasts(cut))
            before = cut.offsets

    def _lasts(self, cut: SignedCut) -> list[bytes]:
        """Give the leaf of the last record of each partition; empty of one without records."""
        return [
            rows[(end - 1) * ROW.size : (end - 1) * ROW.size + 32] if end else b""
            for rows, end in zip(self._rows, cut.offsets, strict=True)
        ]

    def _take(self, partition: int, start: int, end: int) -> list[bytes]:
        rows = list(ROW.iter_unpack(self._rows[partition][start * ROW.size : end * ROW.size]))
        leaves = [leaf for leaf, _, _ in rows]
        self._tree.extend(leaves)
        changed = {tag: head for _, tag, head in rows}  # the last of each
        self._heads |= changed
        for tag, head in changed.items():
            self._subjects.put(tag, head)
        return leaves

    def _check_heads(self, cut: SignedCut) -> None:
        subjects, root = self._subjects.root()
        expected = f"{subjects} subjects, {root.hex()}"
        found = f"{cut.subjects} subjects, {cut.heads.hex()}"
        if expected != found:
            raise differs(
                "heads", f"heads of cut {cut.number}", expected, found, FoundAt(cut.topic)
            )

    def _difference(
        self,
        cut: SignedCut,
        before: tuple[int, ...],
        begins: int,
        leaves: Sequence[bytes],
        part: LedgerPart,
        folder: Path | None,
    ) -> DiffersError:
        """Give the first record of a cut that is another than was logged."""
        at = begins
        for partition, (start, end) in enumerate(zip(before, cut.offsets, strict=True)):
            for offset in range(start, end):
                entry = None if folder is None else _entry(folder, at, cut.size)
                leaf = leaves[at - begins]
                if entry is not None and sha256(b"\0" + entry.encode()).digest() != leaf:
                    return _record(part._replace(partition=partition, end=offset + 1), entry)
                at += 1
        root = self._tree.root().hex()
        field = f"root of cut {cut.number}"
        return differs("log", field, root, cut.root.hex(), FoundAt(cut.topic))


def _record(part: LedgerPart, logged: str) -> DiffersError:
    """Name the field in which a record of the ledger is another than was logged."""
    [stands] = everything(part, part.end - 1)
    entry = stands.entry(part.partition)
    names = ("", "partition", "offset", "timestamp_ms", "digest of key and value")
    expected, found = logged.split(), entry.split()
    at = next((i for i, (e, f) in enumerate(zip(expected, found, strict=False)) if e != f), 0)
    subject = None if stands.key is None else stands.key.decode("utf-8", "replace")
    return differs(
        *("ledger", names[at] or "entry", expected[at], found[at]),
        FoundAt(part.topic, part.partition, stands.offset),
        subject,
    )


def _entry(folder: Path, index: int, size: int) -> str:
    number, at = divmod(index, WIDTH)
    width = min(WIDTH, size - number * WIDTH)
    return entries_of(folder, number, width, size)[1][at].decode("ascii", "replace")


def _mapped(place: Path) -> bytes | mmap:
    if not place.stat().st_size:
        return b""
    with place.open("rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ)
