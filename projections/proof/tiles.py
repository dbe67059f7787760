"""Tiles: how a tree and its entries lie in files, as C2SP tlog-tiles has them. Pure.

A tile holds up to 256 hashes of one level; level 0 those of leaves, each above those of full tiles
below. Full ones never change; partial ones are named by their width, and a larger takes over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from projections.proof.errors import ProofError
from projections.proof.tree import HASH_BYTES, leaf_hash, node_hash, root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
_LEVELS: Final = 64
ENTRY_BYTES_MAX: Final = (1 << 16) - 1


class Tile(NamedTuple):
    """A tile's level, its place in the level, and how many hashes it holds; None: of entries."""

    level: int | None
    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Give its path below the prefix of the log."""
        rest = f"{self.number % 1000:03}"
        above = self.number // 1000
        while above:
            rest = f"x{above % 1000:03}/{rest}"
            above //= 1000
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{rest}{partial}"


def tile_at(path: str) -> Tile:
    """Read a path below `tile/`. Raises `ProofError` of any that no tile has."""
    head, partial, width = path.partition(".p/")
    level, *groups = head.split("/")
    digits = "".join(groups).replace("x", "")
    if not groups or not all(
        part.isascii() and part.isdecimal() for part in (digits, width if partial else "1")
    ):
        raise ProofError(f"{path[:60]!r} is the path of no tile")
    at = None if level == "entries" else _level(level)
    tile = Tile(at, int(digits[:18]), int(width[:3]) if partial else TILE_WIDTH)
    if tile.path != f"tile/{path}" or not 1 <= tile.width <= TILE_WIDTH:
        raise ProofError(f"{path[:60]!r} is the path of no tile")
    return tile


def _level(text: str) -> int:
    """Read the level of a tile, up to 63. Raises `ProofError` of any other."""
    if not (text.isascii() and text.isdecimal()) or int(text[:3]) >= _LEVELS:
        raise ProofError(f"{text[:30]!r} is no level of tiles")
    return int(text)


def tiles_of(size: int) -> Iterator[Tile]:
    """Give every tile of a tree of a size, those of entries first, partial ones last of a level."""
    for level in (None, *range(64 // TILE_HEIGHT)):
        count = size >> (TILE_HEIGHT * (level or 0))
        if count == 0:
            return
        yield from (Tile(level, index) for index in range(count // TILE_WIDTH))
        if count % TILE_WIDTH:
            yield Tile(level, count // TILE_WIDTH, count % TILE_WIDTH)


def hashes_of(tile: Tile, data: bytes) -> list[bytes]:
    """Read a tile of hashes. Raises `ProofError` where it has not as many as its width."""
    if len(data) != tile.width * HASH_BYTES:
        raise ProofError(f"{tile.path}: {len(data)} bytes, not {tile.width * HASH_BYTES}")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def pack_entries(entries: Sequence[bytes]) -> bytes:
    """Write a bundle of entries, each after its length; a long one is a `ProofError`."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > ENTRY_BYTES_MAX:
            raise ProofError(f"an entry of {len(entry)} bytes; at most {ENTRY_BYTES_MAX} are taken")
        parts.append(len(entry).to_bytes(2, "big"))
        parts.append(entry)
    return b"".join(parts)


def unpack_entries(tile: Tile, data: bytes) -> list[bytes]:
    """Read a bundle of entries. Raises `ProofError` where it does not hold as many as its width."""
    return [data[start:end] for start, end in _places(tile, data)]


def entry_of(tile: Tile, data: bytes, place: int) -> bytes:
    """Give one entry of a bundle. Raises `ProofError` where that is not as wide as it says."""
    start, end = _places(tile, data)[place]
    return data[start:end]


def _places(tile: Tile, data: bytes) -> list[tuple[int, int]]:
    """Give where each entry of a bundle begins and ends."""
    places: list[tuple[int, int]] = []
    at, size = 0, len(data)
    while at < size:
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if at > size or start > size:
            raise ProofError(f"{tile.path}: an entry reaches beyond the end of the file")
        places.append((start, at))
    if len(places) != tile.width:
        raise ProofError(f"{tile.path}: {len(places)} entries, not {tile.width}")
    return places


class TiledTree:
    """Reads a tree of one size from its tiles, each of them once, and hashes no node twice.

    `read` gives a tile's bytes. What it gives is not believed: whoever asks checks the root.
    """

    def __init__(self, size: int, read: Callable[[Tile], bytes]) -> None:
        """Read tiles when they are needed."""
        self.size = size
        self._read = read
        self._tiles: dict[Tile, list[bytes]] = {}
        self._nodes: dict[tuple[int, int], bytes] = {}

    def tile_of(self, level: int, index: int) -> Tile:
        """Give a tile as wide as a tree of this size has it."""
        count = self.size >> (TILE_HEIGHT * level)
        return Tile(level, index, min(TILE_WIDTH, count - index * TILE_WIDTH))

    def node(self, height: int, index: int) -> bytes:
        """Give the hash of a complete subtree."""
        known = self._nodes.get((height, index))
        if known is not None:
            return known
        level, within = divmod(height, TILE_HEIGHT)
        first = index << within
        hashes = self._hashes(self.tile_of(level, first // TILE_WIDTH))
        hashed = merged(hashes[first % TILE_WIDTH : first % TILE_WIDTH + (1 << within)])
        self._nodes[height, index] = hashed
        return hashed

    def root(self) -> bytes:
        """Give the root of the whole."""
        return root(self.node, self.size)

    def _hashes(self, tile: Tile) -> list[bytes]:
        hashes = self._tiles.get(tile)
        if hashes is None:
            hashes = self._tiles[tile] = hashes_of(tile, self._read(tile))
        return hashes


def merged(hashes: list[bytes]) -> bytes:
    """Give the hash over a complete row of hashes, of which there is a power of two."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


class Growth:
    """The right edge of a tree that grows: what is needed to append, and no more.

    `edge` holds, by level, the hashes of the partial tile there; `entries` those beside it.
    """

    def __init__(self, size: int, edge: list[list[bytes]], entries: list[bytes]) -> None:
        """Go on from a tree of a size (`resumed`), or from nothing: `Growth(0, [], [])`."""
        self.size = size
        self._edge = edge
        self._entries = entries

    @classmethod
    def resumed(cls, size: int, read: Callable[[Tile], bytes]) -> Growth:
        """Go on from the tiles of a tree; whoever does so compares the root with a signed one."""
        edge: list[list[bytes]] = []
        level = 0
        while count := size >> (TILE_HEIGHT * level):
            tile = Tile(level, count // TILE_WIDTH, count % TILE_WIDTH)
            edge.append(hashes_of(tile, read(tile)) if tile.width else [])
            level += 1
        last = Tile(None, size // TILE_WIDTH, size % TILE_WIDTH)
        entries = unpack_entries(last, read(last)) if last.width else []
        if entries and [leaf_hash(entry) for entry in entries] != edge[0]:
            raise ProofError(f"{last.path}: other entries than the hashes of the tree are of")
        return cls(size, edge, entries)

    def append(self, entry: bytes, leaf: bytes) -> list[tuple[Tile, bytes]]:
        """Append an entry, whose leaf hash is known; give the tiles that it made full."""
        self._entries.append(entry)
        self.size += 1
        if not self._edge:
            self._edge.append([])
        self._edge[0].append(leaf)
        if len(self._entries) < TILE_WIDTH:
            return []
        bundle = Tile(None, self.size // TILE_WIDTH - 1), pack_entries(self._entries)
        self._entries = []
        return [bundle, *self._filled()]

    def _filled(self) -> list[tuple[Tile, bytes]]:
        full: list[tuple[Tile, bytes]] = []
        level = 0
        while len(self._edge[level]) == TILE_WIDTH:
            hashes = self._edge[level]
            index = (self.size >> (TILE_HEIGHT * (level + 1))) - 1
            full.append((Tile(level, index), b"".join(hashes)))
            self._edge[level] = []
            level += 1
            if level == len(self._edge):
                self._edge.append([])
            self._edge[level].append(merged(hashes))
        return full

    def partial(self) -> list[tuple[Tile, bytes]]:
        """Give the partial tiles of the tree as it stands."""
        tiles: list[tuple[Tile, bytes]] = []
        if self._entries:
            tile = Tile(None, self.size // TILE_WIDTH, len(self._entries))
            tiles.append((tile, pack_entries(self._entries)))
        for level, hashes in enumerate(self._edge):
            if hashes:
                index = (self.size >> (TILE_HEIGHT * level)) // TILE_WIDTH
                tiles.append((Tile(level, index, len(hashes)), b"".join(hashes)))
        return tiles

    def node(self, height: int, index: int) -> bytes:
        """Give the hash of a complete subtree whose tile is partial: all that a root needs."""
        level, within = divmod(height, TILE_HEIGHT)
        first = (index << within) % TILE_WIDTH
        return merged(self._edge[level][first : first + (1 << within)])

    def root(self) -> bytes:
        """Give the root of the tree as it stands."""
        return root(self.node, self.size)
