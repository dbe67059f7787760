"""The files of an export: they need nothing but this page to be read.

    export.json              what it is of: format, platform, topic, number of partitions
    records/P/FIRST-END      the records of partition P from an offset on up to before another;
                             each: u64 timestamp in ms, u32 length of key, key, u32 length of
                             value, value; a null has the length 0xFFFFFFFF and no bytes
    cuts/FIRST-LAST          cuts by their numbers, one JSON string a line: as the checkpoints
                             topic has each of them, signed

Numbers are big-endian. Cuts are written after the records that they are of, so a copy that stopped
in between is whole up to its last cut. A file comes into being whole, and is never changed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from events.errors import LedgerError
from projections.ledger.message import Raw
from projections.proof.entries import record_bytes
from projections.proof.errors import ProofError
from streams.durable import write_durably
from streams.signing.checkpoints import read_told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from events.envelope import Platform
    from streams.signing.checkpoints import ToldCheckpoint

FORMAT: Final = "credit-ledger.export.v1"
_STAMP: Final = 8
_LENGTH: Final = 4
_NULL: Final = 0xFFFFFFFF


class CopyAlteredError(LedgerError):
    """An export is not as it was written: take another copy."""

    exit_code = 1


class CopiedFile(NamedTuple):
    """A file of an export: where it is, what it begins with, and what follows its last."""

    place: Path
    first: int
    end: int


class CopiedLedger:
    """One platform's export in a folder."""

    def __init__(self, folder: Path, platform: Platform) -> None:
        """Name it; nothing is read yet."""
        self.folder = folder / platform
        self._platform = platform

    @property
    def is_there(self) -> bool:
        """Whether anything was exported here."""
        return (self.folder / "export.json").is_file()

    def begin(self, topic: str, partitions: int) -> None:
        """Say what it is of. Raises `CopyAlteredError` where it is of something else."""
        told = {
            "format": FORMAT,
            "platform": str(self._platform),
            "topic": topic,
            "partitions": partitions,
        }
        if not self.is_there:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_durably(self.folder / "export.json", [_about_told(told)])
        elif self._about() != told:
            raise CopyAlteredError(f"{self.folder}/export.json: an export of something else")

    def _about(self) -> dict[str, object]:
        place = self.folder / "export.json"
        try:
            data = place.read_bytes()
            found = json.loads(data)
        except (OSError, ValueError):
            data, found = b"", None
        named = {"format": FORMAT, "platform": str(self._platform)}
        is_whole = isinstance(found, dict) and found.keys() == {*named, "topic", "partitions"}
        if not is_whole or _about_told(found | named) != data:
            raise CopyAlteredError(
                f"{place}: it does not say that the {self._platform} ledger was exported here"
            )
        return dict(found)

    @property
    def topic(self) -> str:
        """Give the ledger topic that it is of."""
        return str(self._about()["topic"])

    @property
    def partitions(self) -> int:
        """Give how many partitions that has."""
        try:
            return int(str(self._about()["partitions"]))
        except ValueError:
            raise CopyAlteredError(f"{self.folder}/export.json: partitions is no number") from None

    def record_files(self, partition: int) -> list[CopiedFile]:
        """Give the files of a partition in order. Raises `CopyAlteredError` of one missing."""
        return _joined(self.folder / "records" / str(partition), 0)

    def cut_files(self) -> list[CopiedFile]:
        """Give the files of cuts in order. Raises `CopyAlteredError` where one is missing."""
        return _joined(self.folder / "cuts", 1)

    def cuts(self) -> Iterator[ToldCheckpoint]:
        """Give each cut in order, as it was signed. Raises `CopyAlteredError`."""
        for file in self.cut_files():
            lines = file.place.read_bytes().splitlines()
            if len(lines) != file.end - file.first:
                raise CopyAlteredError(f"{file.place}: {len(lines)} cuts, not as its name says")
            for number, line in enumerate(lines, file.first):
                told = _told(file.place, line)
                if told.cut.number != number:
                    raise CopyAlteredError(f"{file.place}: cut {told.cut.number} for {number}")
                yield told

    def last_cut(self) -> ToldCheckpoint | None:
        """Give the last cut that was exported. Raises `CopyAlteredError`."""
        files = self.cut_files()
        if not files:
            return None
        return _told(files[-1].place, files[-1].place.read_bytes().splitlines()[-1])

    def write_records(self, partition: int, records: list[Raw]) -> None:
        """Write a file of records, that follow one another."""
        folder = self.folder / "records" / str(partition)
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{records[0].offset}-{records[-1].offset + 1}"
        write_durably(folder / name, map(_framed, records))

    def drop_after(self, partition: int, offset: int) -> None:
        """Drop files of records that no cut was written for: a copy stopped there."""
        for file in self.record_files(partition):
            if file.first >= offset:
                file.place.unlink()

    def write_cuts(self, first: int, values: list[str]) -> None:
        """Write a file of cuts, of whose records all files are there."""
        (self.folder / "cuts").mkdir(parents=True, exist_ok=True)
        name = f"{first}-{first + len(values) - 1}"
        write_durably(
            self.folder / "cuts" / name, (json.dumps(each).encode() + b"\n" for each in values)
        )


class CopiedRecords:
    """The records of one partition of an export, read on from wherever one stopped."""

    def __init__(self, copied: CopiedLedger, partition: int) -> None:
        """Read nothing yet."""
        self._folder = copied.folder / "records" / str(partition)
        self.files = copied.record_files(partition)
        self._rest: Iterator[Raw] = iter(())
        self._last: Raw | None = None

    @property
    def end(self) -> int:
        """Give the offset after the last."""
        return self.files[-1].end if self.files else 0

    def between(self, start: int, end: int) -> Iterator[Raw]:
        """Give the records from `start` up to before `end`. Raises `CopyAlteredError`."""
        if self._last is not None and self._last.offset == start:
            yield self._last
            start += 1
        if self._last is None or self._last.offset + 1 != start:
            self._rest = self._from(start)
        for offset in range(start, end):
            self._last = next(self._rest, None)
            if self._last is None:
                raise CopyAlteredError(f"{self._folder}: no record {offset}; a file is missing")
            yield self._last

    def _from(self, start: int) -> Iterator[Raw]:
        for file in self.files:
            if file.end > start:
                yield from (raw for raw in _records(file) if raw.offset >= start)


class CopiedSource:
    """An export as a signer reads a ledger."""

    def __init__(self, copied: CopiedLedger) -> None:
        """Look at its files. Raises `CopyAlteredError`."""
        self.topic = copied.topic
        self._parts = [CopiedRecords(copied, each) for each in range(copied.partitions)]

    def ends(self) -> tuple[int, ...]:
        """Give the offset after the last of each partition."""
        return tuple(part.end for part in self._parts)

    def records(self, partition: int, start: int, end: int) -> Iterator[Raw]:
        """Give the records of a partition from `start` up to before `end`, none left out."""
        return self._parts[partition].between(start, end)


def _joined(folder: Path, start: int) -> list[CopiedFile]:
    """Give the files of a folder, by what their names say; each begins where the last ends."""
    found = []
    for place in folder.glob("*-*") if folder.is_dir() else ():
        first, _, last = place.name.partition("-")
        if first.isdigit() and last.isdigit():
            found.append(CopiedFile(place, int(first), int(last) + (start == 1)))
    found.sort(key=lambda file: file.first)
    for file in found:
        if file.first != start or file.end <= start:
            raise CopyAlteredError(f"{folder}: nothing from {start} on; a file of it is missing")
        start = file.end
    return found


def _told(place: Path, line: bytes) -> ToldCheckpoint:
    try:
        value = json.loads(line)
        is_one = isinstance(value, str) and json.dumps(value).encode() == line
        told = read_told(value if is_one else "")
    except (ValueError, ProofError) as error:
        raise CopyAlteredError(f"{place}: no cut: {error}") from None
    return told


def _records(file: CopiedFile) -> Iterator[Raw]:
    data, at = file.place.read_bytes(), 0
    for offset in range(file.first, file.end):
        stamp = int.from_bytes(data[at : at + _STAMP], "big")
        at += _STAMP
        parts: list[bytes | None] = []
        for _ in range(2):
            length = int.from_bytes(data[at : at + _LENGTH], "big")
            at += _LENGTH
            parts.append(None if length == _NULL else data[at : at + length])
            at += 0 if length == _NULL else length
        is_last = offset + 1 == file.end
        if at > len(data) or (is_last and at < len(data)):
            raise CopyAlteredError(f"{file.place}: not the records that its name says")
        yield Raw(offset, stamp, parts[0], parts[1])


def _framed(raw: Raw) -> bytes:
    return raw.timestamp_ms.to_bytes(_STAMP, "big") + record_bytes(raw.key, raw.value)


def _about_told(about: Mapping[str, object]) -> bytes:
    """Write what an export is of, in its one form."""
    return json.dumps(about, sort_keys=True).encode()
