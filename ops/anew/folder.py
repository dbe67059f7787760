"""The files of a log, as C2SP tlog-tiles has them, checked by themselves, entries to root."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from ops.anew.found import FoundAt, differs
from ops.anew.trees import LeafTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WIDTH: Final = 256
_DIGEST: Final = 32
_BUNDLES_TOLD: Final = 40


def check_tiles(folder: Path, size: int, root: bytes, tell: Callable[[int], None]) -> None:
    """Check every tile and entry of a tree of a size. Raises `DiffersError` naming the file."""
    tree = LeafTree()
    row: list[bytes] = []
    for number, width in _tiles(size):
        place, entries = entries_of(folder, number, width, size)
        hashes = [sha256(b"\0" + entry).digest() for entry in entries]
        _check_tile(folder, 0, number, width, size, b"".join(hashes), place)
        if width == WIDTH:
            row.append(_merged(hashes))
            tree.append(row[-1], WIDTH)
        else:
            tree.extend(hashes)
        if number % _BUNDLES_TOLD == 0:
            tell(_BUNDLES_TOLD * WIDTH)
    if tree.root() != root:
        raise differs(
            "folder", "root", root.hex(), tree.root().hex(), FoundAt(str(folder / "tile"))
        )
    level = 1
    while row:
        above: list[bytes] = []
        for number, width in _tiles(len(row)):
            hashes = row[number * WIDTH : number * WIDTH + width]
            _check_tile(folder, level, number, width, len(row), b"".join(hashes), None)
            if width == WIDTH:
                above.append(_merged(hashes))
        row, level = above, level + 1


def entries_of(folder: Path, number: int, width: int, size: int) -> tuple[Path, list[bytes]]:
    """Read a bundle of entries, of a tree of a size; give its file too. Raises `DiffersError`."""
    place = _found(folder / "tile/entries", number, width)
    data, at = _bytes(place), 0
    entries: list[bytes] = []
    while at < len(data) and len(entries) < width:
        length = int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if len(entries) != width or at > len(data):
        said = f"{width} entries of {size}"
        raise differs("folder", "entries", said, str(len(entries)), FoundAt(str(place)))
    if at < len(data) and _is_of(place, width):
        raise differs("folder", "bytes", at, len(data), FoundAt(str(place)))
    return place, entries


def _check_tile(
    folder: Path, level: int, number: int, width: int, size: int, hashes: bytes, beside: Path | None
) -> None:
    place = _found(folder / f"tile/{level}", number, width)
    whole = _bytes(place)
    data = whole[: width * _DIGEST]
    if data != hashes:
        at = next(
            (i for i in range(0, len(hashes), _DIGEST) if data[i:][:32] != hashes[i:][:32]), 0
        )
        index = number * WIDTH + at // _DIGEST
        what = f"{beside} or {place}" if beside else str(place)
        expected, found = hashes[at:][:_DIGEST].hex(), data[at:][:_DIGEST].hex()
        raise differs(
            "folder", f"hash {index} of {size}", expected, found or "nothing", FoundAt(what)
        )
    if len(whole) > len(data) and _is_of(place, width):
        raise differs("folder", "bytes", len(data), len(whole), FoundAt(str(place)))


def _tiles(size: int) -> Iterator[tuple[int, int]]:
    for number in range(-(-size // WIDTH)):
        yield number, min(WIDTH, size - number * WIDTH)


def _found(folder: Path, number: int, width: int) -> Path:
    """Give a tile's file: the partial one of this width, or the full one that took its place."""
    groups = [f"{number % 1_000:03}"]
    while number >= 1_000:  # noqa: PLR2004 - three digits a folder
        number //= 1_000
        groups.insert(0, f"x{number % 1_000:03}")
    full = folder.joinpath(*groups)
    partial = full.with_name(f"{full.name}.p") / str(width)
    return partial if width < WIDTH and (partial.exists() or not full.exists()) else full


def _is_of(place: Path, width: int) -> bool:
    """Say whether a file is a tile of this width, and not the full one that took its place."""
    return width == WIDTH or place.parent.name.endswith(".p")


def _bytes(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError as error:
        raise differs("folder", "file", "a file", error.strerror, FoundAt(str(place))) from None


def _merged(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [sha256(b"\1" + left + right).digest() for left, right in pairs]
    return hashes[0]
