"""What a signer keeps beside its tiles: journal, heads, and the checkpoint that it shows.

All of it can be derived anew, so nothing rests on it but the signer's own next step and what is
proved of it; where it was altered, an audit says in which file, and at which place.
"""

from __future__ import annotations

import json
import re
import sqlite3
from base64 import b64encode
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from ops.anew.checkpoints import signed_by
from ops.anew.found import FoundAt, differs
from ops.anew.trees import GROUP_BITS, PAGE_BITS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from ops.anew.checkpoints import SignedCut
    from ops.anew.found import DiffersError
    from ops.anew.trees import SubjectTree

_NAMED: Final = re.compile(r"^-- ([a-z_]+) --$", re.MULTILINE)
_PARTS: Final = _NAMED.split((files("ops.anew") / "kept.sql").read_text("utf-8"))[1:]
_SQL: Final = dict(zip(_PARTS[::2], _PARTS[1::2], strict=True))
_NODE: Final = "{} subjects, {}"


class KeptBySigner:
    """The signer's own files of a log; a mirror has tiles alone, and is asked for no others.

    Make it before the checkpoints topic is read: the heads are then no newer than the topic.
    """

    def __init__(self, folder: Path, topic: str) -> None:
        """Look at one cut of the heads until it is closed. Raises `DiffersError`.

        `topic` is that of the checkpoints.
        """
        self._topic = topic
        self._beyond: set[str] = set()
        self._folder = folder
        self._journal = folder / "journal"
        self._file = folder / "heads.sqlite"
        self._is_there = self._journal.exists() or self._file.exists()
        self._db: sqlite3.Connection | None = None
        self._at: tuple[str, str] | None = None
        if self._file.exists():
            try:
                uri = f"{self._file.absolute().as_uri()}?mode=ro"
                self._db = sqlite3.connect(uri, uri=True, isolation_level=None)
                self._db.execute(_SQL["begin"])
            except sqlite3.Error as error:
                raise self._in_heads("file", "a file of heads", error) from None
            rows = self._asked(_SQL["at"])
            self._at = rows[0] if rows else None

    def close(self) -> None:
        """Let the heads go."""
        if self._db is not None:
            self._db.close()

    def check_not_begun(self) -> None:
        """Check that nothing was ever shown; the first cut may be written down here alone."""
        shown = (self._folder / "checkpoint").exists()
        if self._is_there and (shown or sum(1 for _ in self._lines()) > 1):
            raise differs(
                "checkpoints", "cuts", "those of the folder", "none", FoundAt(self._topic)
            )

    def check_shown(self, cuts: Sequence[SignedCut], vkeys: Collection[str]) -> None:
        """Check that what is shown is the newest cut of the topic, or a later one, or that before.

        The one before is shown while witnesses are too few for the newest; nothing, before the
        first. A mirror may be as old as it likes.
        """
        place, newest = self._folder / "checkpoint", cuts[-1]
        note = place.read_bytes().decode("utf-8", "replace") if place.exists() else ""
        if not note and (not self._is_there or newest.number == 1):
            return
        size = note.partition("\n\n")[0].split("\n")[1:2]
        if size and size[0].isdecimal() and int(size[0][:19]) > newest.size:
            holds = signed_by(note, vkeys)
        else:
            holds = note in {cut.note for cut in (cuts[-2:] if self._is_there else cuts)}
        if not holds:  # which of the two was altered, nobody can tell
            expected, said = "the newest signed cut of the topic", note[:80] or "none"
            at = FoundAt(f"{place} or {self._topic}")
            raise differs("folder", "checkpoint", expected, said, at)

    def check_journal(self, cuts: Sequence[SignedCut]) -> None:
        """Check that every cut is written down there once, as on the topic."""
        number = 0
        for number, line in enumerate(self._lines() if self._is_there else (), 1):
            is_told = number <= len(cuts)
            told = _told(cuts[number - 1]) if is_told else self._noted_beyond(number, line)
            if line != (json.dumps({"number": number, "value": told}) + "\n").encode():
                said = line.decode("utf-8", "replace")
                raise self._in_journal(number, f"cut {number}: {told}", said)
        if self._is_there and number < len(cuts):
            raise self._in_journal(number + 1, f"cut {number + 1}", "nothing")

    def number_of_heads(self, cuts: Sequence[SignedCut]) -> int:
        """Give the number of the cut that the heads are of; 0 where there are none.

        Heads of a cut that the journal has and the topic has not: the topic lost its end.
        """
        if not self._is_there:
            return 0
        told = "nothing" if self._at is None else str(self._at[0])
        number = next((cut.number for cut in cuts if _told(cut) == told), 0)
        if told in self._beyond:
            last, at = cuts[-1].number, FoundAt(self._topic)
            raise differs("checkpoints", "newest cut", told.partition("\n")[0], f"cut {last}", at)
        if not number:
            raise self._in_heads("at", "a cut of the topic", told)
        return number

    def check_heads(
        self,
        heads: Mapping[bytes, bytes],
        subjects: SubjectTree,
        lasts: Sequence[bytes],
    ) -> None:
        """Check every head, the values above them, and the last leaf of each partition."""
        told = json.dumps([last.hex() for last in lasts])
        if self._at is not None and self._at[1] != told:
            raise self._in_heads("last leaves", told, self._at[1])
        values, tags = subjects.values(PAGE_BITS), subjects.tags()
        pages = {page: (count, value.hex()) for page, (count, value) in values.items()}
        for page, data, value, count in self._asked(_SQL["pages"]):
            expected = b"".join(tag + heads[tag] for tag in sorted(tags.get(page, ())))
            if data != expected:
                raise self._in_heads(f"page {page}", expected.hex(), _hex(data))
            self._check_node(f"page {page}", pages.pop(page, None), (count, _hex(value)))
        if pages:
            raise self._in_heads(f"page {min(pages)}", "heads", "nothing")
        self._check_groups(subjects)

    def _check_groups(self, subjects: SubjectTree) -> None:
        if not self._asked(_SQL["has_groups"]):
            return  # a file of before
        groups = self._asked(_SQL["groups"])
        found = {group: (count, _hex(value)) for group, count, value in groups}
        for group, (count, value) in subjects.values(GROUP_BITS).items():
            self._check_node(f"group {group}", (count, value.hex()), found.pop(group, (0, "")))
        if found:
            raise self._in_heads(f"group {min(found)}", "nothing", "a value")

    def _check_node(self, what: str, known: tuple[int, str] | None, found: tuple[int, str]) -> None:
        if known != found:
            raise self._in_heads(what, _NODE.format(*known or (0, "")), _NODE.format(*found))

    def _noted_beyond(self, number: int, line: bytes) -> str:
        """Give what is written down of a cut that the topic did not have when it was read."""
        try:
            noted = str(json.loads(line)["value"])
        except (ValueError, KeyError, TypeError):
            said = line.decode("utf-8", "replace")
            raise self._in_journal(number, f"cut {number}", said) from None
        self._beyond.add(noted)
        return noted

    def _lines(self) -> Iterator[bytes]:
        """Give the journal's lines; one that was never finished bound nobody."""
        try:
            with self._journal.open("rb") as file:
                yield from (line for line in file if line.endswith(b"\n"))
        except OSError as error:
            raise self._in_folder("file", "a file", error.strerror, self._journal) from None

    def _asked(self, statement: str) -> list[tuple[Any, ...]]:
        try:
            return [] if self._db is None else self._db.execute(statement).fetchall()
        except sqlite3.Error as error:
            raise self._in_heads("file", "a file of heads", error) from None

    def _in_journal(self, line: int, expected: str, found: str) -> DiffersError:
        return self._in_folder(f"line {line}", expected, found, self._journal)

    def _in_heads(self, field: str, expected: object, found: object) -> DiffersError:
        return self._in_folder(field, expected, found, self._file)

    def _in_folder(self, field: str, expected: object, found: object, file: Path) -> DiffersError:
        return differs("folder", field, expected, found, FoundAt(str(file)))


def _told(cut: SignedCut) -> str:
    """Give what is written down of a cut before it is signed."""
    text = f"{cut.origin}\n{cut.size}\n{b64encode(cut.root).decode()}\n"
    return f"{cut.entry.decode()}\n{text}"


def _hex(data: object) -> str:
    return data.hex() if isinstance(data, bytes) else str(data)
