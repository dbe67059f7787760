from __future__ import annotations

import pytest

from projections.proof.errors import ProofError
from projections.proof.tiles import (
    TILE_WIDTH,
    Growth,
    Tile,
    TiledTree,
    pack_entries,
    tile_at,
    tiles_of,
    unpack_entries,
)
from projections.proof.tree import inclusion, leaf_hash, node_hash, root_of_inclusion


def grown(size: int, files: dict[Tile, bytes] | None = None) -> tuple[Growth, dict[Tile, bytes]]:
    files = {} if files is None else files
    growth = Growth(0, [], [])
    for i in range(size):
        entry = str(i).encode()
        files.update(growth.append(entry, leaf_hash(entry)))
    files.update(growth.partial())
    return growth, files


def test_paths_are_those_of_tlog_tiles() -> None:
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(None, 0, 5).path == "tile/entries/000.p/5"
    assert Tile(2, 1000, 1).path == "tile/2/x001/000.p/1"


def test_a_path_is_read_in_its_one_form() -> None:
    for tile in (Tile(0, 1234067), Tile(None, 0, 5), Tile(2, 1000, 1), Tile(63, 0)):
        assert tile_at(tile.path.removeprefix("tile/")) == tile
    odd = ["", "0", "0/1", "0/0001", "64/000", "0/000.p/256", "0/000.p/0", "0/000.p/01", "00/000"]
    for path in [*odd, "../0/000", "0/x000/000", "0/000/", "entries", "x/000", "0/000.p/", "0/٠٠٠"]:
        with pytest.raises(ProofError, match=r"no tile|no level"):
            tile_at(path)


def test_a_tree_of_seventy_thousand_has_the_tiles_that_the_specification_counts() -> None:
    found = list(tiles_of(70_000))
    assert len([t for t in found if t.level == 0 and t.width == TILE_WIDTH]) == 273
    assert [t.width for t in found if t.level is not None and t.width != TILE_WIDTH] == [112, 17, 1]
    assert [t for t in tiles_of(256) if t.level is not None] == [Tile(0, 0), Tile(1, 0, 1)]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 1000, 66_000])
def test_what_grew_is_what_is_read_from_its_tiles(size: int) -> None:
    growth, files = grown(size)
    tree = TiledTree(size, files.__getitem__)

    assert tree.root() == growth.root()
    assert set(tiles_of(size)) <= set(files)
    for index in {0, size // 2, size - 1}:
        leaf = leaf_hash(str(index).encode())
        path = inclusion(tree.node, index, size)
        assert root_of_inclusion(leaf, index, size, path) == growth.root()


@pytest.mark.parametrize("size", [0, 1, 255, 256, 700])
def test_growth_goes_on_from_the_tiles_as_if_it_had_never_stopped(size: int) -> None:
    _, files = grown(size)
    again = Growth.resumed(size, files.__getitem__)
    whole, _ = grown(size + 300)
    for i in range(size, size + 300):
        entry = str(i).encode()
        files.update(again.append(entry, leaf_hash(entry)))
    files.update(again.partial())

    assert again.root() == whole.root()
    tree = TiledTree(size + 300, files.__getitem__)
    assert tree.root() == whole.root()


def test_a_bundle_is_read_as_it_was_written_or_refused() -> None:
    entries = [b"", b"a", b"b" * 65_535]
    data = pack_entries(entries)
    assert unpack_entries(Tile(None, 0, 3), data) == entries
    for odd in (data[:-1], data + b"\0", data[:1]):
        with pytest.raises(ProofError):
            unpack_entries(Tile(None, 0, 3), odd)
    with pytest.raises(ProofError, match="not 2"):
        unpack_entries(Tile(None, 0, 2), data)
    with pytest.raises(ProofError, match="65536"):
        pack_entries([bytes(65_536)])


def test_a_tile_that_is_short_is_refused_by_its_path() -> None:
    with pytest.raises(ProofError, match=r"tile/0/000\.p/2"):
        TiledTree(2, lambda _: bytes(63)).root()


def test_the_root_of_a_full_tile_stands_in_the_level_above() -> None:
    _, files = grown(256)
    row = [leaf_hash(str(i).encode()) for i in range(256)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    assert files[Tile(1, 0, 1)] == row[0]
