"""The heads of all subjects as of one cut, in pages of a SQLite file: a cut writes what changed.

SQLite is part of Python, and writes pages and the cut they belong to in one transaction. What is
read is checked by the tree above (`projections.proof.prefix_tree`), whose root the cut names.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from projections.proof.errors import ProofError
from projections.proof.prefix_tree import PAGE_BITS, PrefixTree, Value
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DURABLE: Final = "FULL"
"""A cut that was accepted is on the disk."""

GROUP_PAGES_BITS: Final = PAGE_BITS - PAGE_BITS // 2
"""A group holds the pages whose numbers agree in all but so many bits."""

_SQL: Final = statements(__name__)
_JOURNAL: Final = "PRAGMA journal_mode=WAL"
_SYNCHRONOUS: Final = "PRAGMA synchronous={}"


class At(NamedTuple):
    """The cut that the heads are of, as on the topic; and of each partition the last leaf hash."""

    value: str
    lasts: tuple[bytes, ...]


class HeadsFile:
    """The file `heads.sqlite` of a log's folder."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """Open it, made where there is none; a reader sees one cut while `at` and pages are read.

        Raises `ProofError` where it is no such file.
        """
        place = folder / "heads.sqlite"
        try:
            if read_only:
                uri = f"{place.absolute().as_uri()}?mode=ro"
                self._db = sqlite3.connect(uri, uri=True, isolation_level=None)
                self._db.execute(_SQL["begin_reading"])
            else:
                self._db = sqlite3.connect(place, isolation_level=None)
                self._db.execute(_JOURNAL)
                self._db.execute(_SYNCHRONOUS.format(DURABLE))
                self._db.execute(_SQL["make_page"])
                self._db.execute(_SQL["make_at"])
                self._db.execute(_SQL["make_page_group"])
        except sqlite3.Error as error:
            raise ProofError(f"{place}: {error}") from None
        self.place = place

    def close(self) -> None:
        """Let it go."""
        self._db.close()

    def at(self) -> At | None:
        """Give the cut that the heads are of; None before the first."""
        rows = self._ask(_SQL["at"])
        if not rows:
            return None
        value, lasts = rows[0]
        try:
            return At(str(value), tuple(bytes.fromhex(each) for each in json.loads(lasts)))
        except (ValueError, TypeError):
            raise ProofError(f"{self.place}: the last leaves were altered") from None

    def tree(self) -> PrefixTree:
        """Give the tree over the heads; whoever takes it compares its root with the cut."""
        return PrefixTree(self._pages, _values(self.place, self._ask(_SQL["values"])))

    def tree_by_groups(self) -> PrefixTree:
        """Give the tree to who asks for a few subjects: what is asked for is read, not the whole.

        In a file of before, which has no values of groups, the whole is read.
        """
        groups = self.groups()
        return PrefixTree.by_groups(self._pages, self._group, groups) if groups else self.tree()

    def groups(self) -> dict[int, Value]:
        """Give the values of the groups of pages; none in a file of before."""
        there = self._ask(_SQL["has_groups"])
        return _values(self.place, self._ask(_SQL["groups"])) if there else {}

    def write_groups(self, groups: Mapping[int, Value]) -> None:
        """Write the values of all groups into a file of before."""
        try:
            self._db.executemany(_SQL["write_group"], _rows(groups))
        except sqlite3.Error as error:
            raise ProofError(f"{self.place}: {error}") from None

    def write(
        self, changed: Mapping[int, tuple[bytes, Value]], groups: Mapping[int, Value], at: At
    ) -> None:
        """Write the pages and groups that changed, and the cut that they are of, all or none."""
        lasts = json.dumps([each.hex() for each in at.lasts])
        try:
            self._db.execute(_SQL["begin_writing"])
            self._db.executemany(
                _SQL["write_page"],
                [(page, data, v.value, v.subjects) for page, (data, v) in changed.items()],
            )
            self._db.executemany(_SQL["write_group"], _rows(groups))
            self._db.execute(_SQL["write_at"], (at.value, lasts))
            self._db.execute(_SQL["commit"])
        except BaseException as error:
            if self._db.in_transaction:  # a full disk has undone it already
                self._db.execute(_SQL["undo"])
            if isinstance(error, sqlite3.Error):
                raise ProofError(f"{self.place}: {error}") from None
            raise

    def _group(self, group: int) -> Mapping[int, Value]:
        first = group << GROUP_PAGES_BITS
        end = first + (1 << GROUP_PAGES_BITS)
        return _values(self.place, self._ask(_SQL["values_between"], first, end))

    def _pages(self, pages: Sequence[int]) -> dict[int, bytes]:
        found = dict(self._ask(_SQL["pages"], json.dumps(list(pages))))
        for page, data in found.items():
            if not isinstance(data, bytes):
                raise ProofError(f"{self.place}: page {page} was altered")
        return found

    def _ask(self, question: str, *of: int | str) -> list[Any]:
        try:
            return self._db.execute(question, of).fetchall()
        except sqlite3.Error as error:
            raise ProofError(f"{self.place}: {error}") from None


def _values(place: Path, rows: list[Any]) -> dict[int, Value]:
    try:
        return {int(at): Value(bytes(value), int(subjects)) for at, value, subjects in rows}
    except (ValueError, TypeError):
        raise ProofError(f"{place}: the value of a page was altered") from None


def _rows(values: Mapping[int, Value]) -> list[tuple[int, bytes, int]]:
    return [(at, value.value, value.subjects) for at, value in values.items()]
