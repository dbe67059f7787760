"""The cuts of a log by number, or by what they reach: found in the folder's journal by halving.

A journal is written for good, so it grows by the year; nothing here reads it whole. What is found
is believed by nobody: a proof made of it leads to a signed root, or is refused.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

from events.errors import LedgerError
from ops.evidence.standing import newest_cut
from projections.proof.entries import read_cut
from projections.proof.errors import LogAlteredError, ProofError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from events.envelope import Platform
    from ops.evidence.settings import EvidenceSettings
    from ops.evidence.standing import ReportShown
    from projections.proof.entries import Cut


class CutUnknownError(LedgerError):
    """The log has no such cut."""

    exit_code = 1


class KnownCuts:
    """The cuts of one platform's log that are signed and shown."""

    def __init__(self, settings: EvidenceSettings, platform: Platform) -> None:
        """Look at the newest. Raises `ProofError` where none is signed, or a file was altered."""
        self.shown: ReportShown = newest_cut(settings, platform)
        self._place = settings.log_folder(platform) / "journal"
        self._log = settings.log_name(platform)

    def numbered(self, number: int) -> Cut:
        """Give a cut by its number. Raises `CutUnknownError`."""
        newest = self.shown.cut.number
        found = None
        if 1 <= number <= newest:
            found = self.first(lambda cut: cut.number >= number)
        if found is None or found.number != number:
            raise CutUnknownError(
                f"{self._log} has no cut {number}; the newest is {newest}",
                number=number,
                newest=newest,
            )
        return found

    def first(self, reaches: Callable[[Cut], bool]) -> Cut | None:
        """Give the first cut that reaches something, as all after it do; None where none does."""
        if not reaches(self.shown.cut):
            return None
        found = _first(self._place, reaches)
        if found is None or found.number > self.shown.cut.number:
            why = f"cut {self.shown.cut.number} is signed and does not stand there: altered"
            raise LogAlteredError(self._place, why)
        return found


def _first(place: Path, reaches: Callable[[Cut], bool]) -> Cut | None:
    if not place.exists():
        raise LogAlteredError(place, "it is not there")
    with place.open("rb") as journal:
        low, high = 0, journal.seek(0, 2)
        found = None
        while low < high:
            middle = (low + high) // 2
            line = _line_from(journal, middle)
            cut = _cut(place, line) if line else None
            if cut is None or reaches(cut):
                found, high = cut or found, middle
            else:
                low = middle + 1
        return found


def _cut(place: Path, line: bytes) -> Cut:
    try:
        entry, _, _ = str(json.loads(line)["value"]).partition("\n\n")
        return read_cut(f"{entry}\n".encode())
    except (ValueError, KeyError, TypeError, ProofError):
        raise LogAlteredError(place, "a line cannot be read, so it was altered") from None


def _line_from(journal: BinaryIO, at: int) -> bytes:
    """Give the first whole line that begins there or later; empty where none does."""
    journal.seek(max(0, at - 1))
    if at:
        journal.readline()
    line = journal.readline()
    return line if line.endswith(b"\n") else b""
