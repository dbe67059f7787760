"""The folder of a log: tiles and checkpoint as C2SP tlog-tiles has them, and the signer's journal.

All in it can be derived anew from Kafka, so what is read here is checked by whoever reads it. A
file comes into being whole: it is written beside its place and moved there.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from projections.proof.errors import ProofError
from projections.proof.tiles import TILE_WIDTH, pack_entries, unpack_entries
from projections.proof.tree import HASH_BYTES
from streams.durable import sync
from streams.signing.errors import SignerStoppedError, TakenError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from projections.proof.tiles import Tile

_LINE_BYTES_MAX: Final = 64 * 1024
_FILES_MANY: Final = 8
_FILES_AT_ONCE: Final = 2


class Written(NamedTuple):
    """A line of the journal: the number of a cut, its entry and its text, as on the topic."""

    number: int
    value: str


class Folder:
    """One platform's folder; it is made when something is first written."""

    def __init__(self, path: Path) -> None:
        """Name it."""
        self.path = path
        self._unsynced: list[Path] = []
        self._superseded: list[Path] = []

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder against other signers. Raises `TakenError` where one has it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise TakenError(f"{self.path}: another process signs from this folder") from None
            yield

    def read_tile(self, tile: Tile) -> bytes:
        """Give a tile's bytes. Raises `ProofError` naming one that is not there."""
        try:
            return (self.path / tile.path).read_bytes()
        except OSError as error:
            full = self.path / tile._replace(width=TILE_WIDTH).path
            if isinstance(error, FileNotFoundError) and full.is_file():
                return beginning(tile, full.read_bytes())
            raise ProofError(f"{self.path / tile.path}: {error.strerror}") from None

    def write_tiles(self, tiles: Iterable[tuple[Tile, bytes]]) -> None:
        """Write tiles, many of them side by side; `sync` brings them to the disk."""
        places = {self.path / tile.path: (tile, data) for tile, data in tiles}
        for folder in {place.parent for place in places}:
            folder.mkdir(parents=True, exist_ok=True)
        _side_by_side(self._write, places, [data for _, data in places.values()])
        self._unsynced += places
        for place, (tile, _) in places.items():
            if tile.width == TILE_WIDTH:
                self._superseded.append(place.with_name(f"{place.name}.p"))

    def sync(self) -> None:
        """Bring to the disk what was written: all at once, which costs little more than one."""
        folders = {place.parent for place in self._unsynced}
        _side_by_side(sync, self._unsynced)
        for place in folders:
            sync(place)
        self._unsynced.clear()

    def checkpoint(self) -> str | None:
        """Give the newest signed checkpoint that may be shown, if there is one.

        Raises `ProofError` where it is no text.
        """
        place = self.path / "checkpoint"
        try:
            return place.read_bytes().decode()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            raise ProofError(f"{place}: it holds bytes that are no UTF-8; it was altered") from None

    def show(self, checkpoint: str) -> None:
        """Show a signed checkpoint from now on; partial tiles that are full by now may go."""
        place = self.path / "checkpoint"
        self._write(place, checkpoint.encode())
        sync(place)
        sync(self.path)
        for partial in self._superseded:
            shutil.rmtree(partial, ignore_errors=True)
        self._superseded.clear()

    def begin(self) -> None:
        """Note that a log may be begun here; without it an empty folder is a lost one."""
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "begun").touch()
        sync(self.path)

    @property
    def has_begun(self) -> bool:
        """Whether a log may be begun here."""
        return (self.path / "begun").exists()

    def note(self, written: Written) -> None:
        """Write a cut down in the journal, on the disk, before anybody may sign it."""
        before = self.last_noted()
        if before is not None and written.number == before.number and written != before:
            raise SignerStoppedError(f"the journal holds another cut {written.number}")
        if before is None or written.number > before.number:  # heads may lag behind the journal
            self._add(written)

    def supersede(self, written: Written) -> None:
        """Write down another cut in the place of the last, which was never on the topic."""
        with (self.path / "journal").open("rb+") as handle:
            size = handle.seek(0, os.SEEK_END)
            handle.seek(max(0, size - _LINE_BYTES_MAX))
            tail = handle.read()
            handle.truncate(size - len(tail) + tail[:-1].rfind(b"\n") + 1)
        self._add(written)

    def _add(self, written: Written) -> None:
        line = json.dumps({"number": written.number, "value": written.value}) + "\n"
        with (self.path / "journal").open("ab") as handle:
            handle.write(line.encode())
            handle.flush()
            os.fsync(handle.fileno())
        sync(self.path)

    def last_noted(self) -> Written | None:
        """Give the last whole line of the journal; one that was never finished bound nobody."""
        place = self.path / "journal"
        if not place.exists():
            return None
        with place.open("rb+") as handle:
            size = handle.seek(0, os.SEEK_END)
            start = max(0, size - _LINE_BYTES_MAX)
            handle.seek(start)
            tail = handle.read()
            whole = tail[: tail.rfind(b"\n") + 1]
            if len(whole) < len(tail):
                handle.truncate(start + len(whole))
        if not whole:
            return None
        line = whole[:-1].rpartition(b"\n")[2]
        try:
            found = json.loads(line)
            return Written(int(found["number"]), str(found["value"]))
        except (ValueError, KeyError, TypeError):
            raise SignerStoppedError(
                f"{place}: the last line cannot be read; it was altered. Move the folder away, and"
                " the signer derives all of it anew from Kafka"
            ) from None

    @staticmethod
    def _write(place: Path, data: bytes) -> None:
        beside = place.with_name(f"{place.name}.new")
        beside.write_bytes(data)
        beside.replace(place)


def _side_by_side(work: Callable[..., None], *given: Collection[Any]) -> None:
    """Do the same with many files; what the kernel does for one need not wait for another.

    All are done, or have failed, when it ends. Raises what the first of them raised.
    """
    if len(given[0]) < _FILES_MANY:
        for each in zip(*given, strict=True):
            work(*each)
        return
    with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
        list(pool.map(work, *given))


def beginning(tile: Tile, data: bytes) -> bytes:
    """Give a partial tile, of the full one that took its place."""
    if tile.level is not None:
        return data[: tile.width * HASH_BYTES]
    return pack_entries(unpack_entries(tile._replace(width=TILE_WIDTH), data)[: tile.width])
