"""The heads of all subjects as of one cut, in pages of a SQLite file: a cut writes what changed.

SQLite is part of Python, and writes pages and the cut they belong to in one transaction. What is
read is checked by the tree above (`projections.proof.prefix_tree`), whose root the cut names.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from projections.proof.errors import ProofError
from projections.proof.prefix_tree import PrefixTree, Value
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DURABLE: Final = "FULL"
"""A cut that was accepted is on the disk."""

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
        except sqlite3.Error as error:
            raise ProofError(f"{place}: {error}") from None
        self._place = place

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
            raise ProofError(f"{self._place}: the last leaves were altered") from None

    def tree(self) -> PrefixTree:
        """Give the tree over the heads; whoever takes it compares its root with the cut."""
        rows = self._ask(_SQL["values"])
        try:
            values = {int(page): Value(bytes(value), int(n)) for page, value, n in rows}
        except (ValueError, TypeError):
            raise ProofError(f"{self._place}: the value of a page was altered") from None
        return PrefixTree(self._page, values)

    def write(self, changed: Mapping[int, tuple[bytes, Value]], at: At) -> None:
        """Write the pages that changed and the cut that they are of, both or neither."""
        lasts = json.dumps([each.hex() for each in at.lasts])
        try:
            self._db.execute(_SQL["begin_writing"])
            self._db.executemany(
                _SQL["write_page"],
                [(page, data, v.value, v.subjects) for page, (data, v) in changed.items()],
            )
            self._db.execute(_SQL["write_at"], (at.value, lasts))
            self._db.execute(_SQL["commit"])
        except BaseException as error:
            if self._db.in_transaction:  # a full disk has undone it already
                self._db.execute(_SQL["undo"])
            if isinstance(error, sqlite3.Error):
                raise ProofError(f"{self._place}: {error}") from None
            raise

    def _page(self, page: int) -> bytes:
        rows = self._ask(_SQL["page"], page)
        if rows and not isinstance(rows[0][0], bytes):
            raise ProofError(f"{self._place}: page {page} was altered")
        return rows[0][0] if rows else b""

    def _ask(self, question: str, *of: int) -> list[Any]:
        try:
            return self._db.execute(question, of).fetchall()
        except sqlite3.Error as error:
            raise ProofError(f"{self._place}: {error}") from None
