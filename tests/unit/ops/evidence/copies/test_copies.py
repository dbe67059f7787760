"""Across export and restore: a copy goes on where it stopped, is checked by the log on its way out and in, and comes back equal."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.anew.found import DiffersError
from ops.evidence.copies import exporting
from ops.evidence.copies.exporting import copy_out
from ops.evidence.copies.files import CopyAlteredError
from ops.evidence.copies.restoring import NotEmptyError, check_copy, restore
from projections.ledger.message import Raw
from projections.proof.errors import ProofError
from projections.proof.tiles import Tile
from streams.signing import heads_file
from streams.signing.folder import Folder
from tests.support.copies import ORGANISATION, Copies, Filled
from tests.unit.ops.evidence.test_proving import signed_world
from tests.unit.streams.signing.fakes import KEY, FakeLedger, FakeTopic, World


@pytest.fixture(autouse=True)
def without_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody cuts the power here."""
    monkeypatch.setattr(heads_file, "DURABLE", "OFF")
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def copies(tmp_path: Path) -> Copies:
    return Copies(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Copies:
    """Give one that is copied whole."""
    found = Copies(tmp_path_factory.mktemp("whole"))
    found.export()
    return found


def test_a_copy_goes_on_where_it_stopped_and_is_restored_with_the_same_roots(
    copies: Copies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "CUTS_AT_ONCE", 3)
    monkeypatch.setattr(exporting, "_FILE_BYTES", 100)
    count = sum(copies.world.ledger.ends())
    assert copies.export() == (count, 7)
    assert copies.export() == (0, 7)
    copies.more(1)
    assert copies.export() == (60, 8)
    assert check_copy(copies.settings, copies.copied, ORGANISATION).cut.number == 8

    elsewhere = World(tmp_path / "anew")
    elsewhere.path.mkdir()
    filled = Filled()
    assert copies.restore(filled, elsewhere) == (count + 60, 8)
    assert filled.is_done
    assert filled.ledger.logs == copies.world.ledger.logs
    assert elsewhere.stored == copies.world.stored
    elsewhere.ledger = filled.ledger
    with elsewhere.signer().open() as log, copies.world.signer().open() as before:
        assert (log.cut, log.checkpoint) == (before.cut, before.checkpoint)


def test_a_copy_that_was_killed_before_its_cuts_were_written_begins_there_again(
    copies: Copies,
) -> None:
    copies.export()
    (cuts,) = copies.copied.cut_files()
    cuts.place.unlink()
    (copies.copied.folder / "records/0/5-9.new").write_bytes(b"half of a file")
    assert copies.export() == (sum(copies.world.ledger.ends()), 7)
    check_copy(copies.settings, copies.copied, ORGANISATION)


def test_what_is_not_as_it_was_logged_is_not_copied(copies: Copies, tmp_path: Path) -> None:
    log = copies.world.ledger.logs[1]
    kept, log[4] = log[4], Raw(4, log[4].timestamp_ms, log[4].key, b"other")
    with pytest.raises(ProofError, match="1@4: the record is not the one that was logged"):
        copies.export()
    log[4] = kept
    tile = min((copies.settings.log_folder(ORGANISATION) / "tile/0").glob("*[0-9]"))
    data = bytearray(tile.read_bytes())
    data[7] ^= 1
    tile.write_bytes(data)
    with pytest.raises(DiffersError):
        copies.export()
    data[7] ^= 1
    tile.write_bytes(data)
    copies.export()
    other, settings = signed_world(tmp_path / "other", cuts=8, records=20)
    with pytest.raises(ProofError, match="a copy of another history"):
        copy_out(settings, ORGANISATION, other.ledger, FakeTopic(other.stored, []), copies.folder)


def test_an_export_that_goes_on_reads_the_files_of_what_is_new_and_checks_them(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(12):
        copies.more(seed)
    copies.export()
    copies.more(12)
    log, read = copies.settings.log_folder(ORGANISATION), list[Tile]()
    real = Folder.read_tile

    def noted(folder: Folder, tile: Tile) -> bytes:
        read.append(tile)
        return real(folder, tile)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "read_tile", noted)
        shutil.copytree(copies.folder, log / "copy")
        assert copies.export().records == 60
    assert {tile.path for tile in read if tile.number < 2 and tile.level in (0, None)} == set()
    shutil.rmtree(copies.folder)
    for pattern in ("tile/entries/*", "tile/0/*", "tile/1/*"):
        shutil.rmtree(copies.folder, ignore_errors=True)
        shutil.copytree(log / "copy", copies.folder)
        newest = max((p for p in log.glob(f"{pattern}.p/*") if p.is_file()), key=_written_last)
        true = newest.read_bytes()
        newest.write_bytes(true[:-1] + bytes([true[-1] ^ 1]))
        with pytest.raises((DiffersError, ProofError), match="tile"):
            copies.export()
        newest.write_bytes(true)
        copies.export()


def _written_last(place: Path) -> tuple[str, int]:
    return place.parent.name, int(place.name)


def flip(pattern: str, at: int) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        place = min(folder.glob(pattern))
        data = bytearray(place.read_bytes())
        data[at % len(data)] ^= 1
        place.write_bytes(bytes(data))

    return alter


def drop(pattern: str) -> Callable[[Path], None]:
    return lambda folder: min(folder.glob(pattern)).unlink()


def rename(pattern: str, name: str) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        place = min(folder.glob(pattern))
        place.rename(place.with_name(name))

    return alter


def truncate(pattern: str, by: int) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        place = min(folder.glob(pattern))
        place.write_bytes(place.read_bytes()[:-by])

    return alter


def lines(change: Callable[[list[bytes]], None]) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        place = min(folder.glob("cuts/*"))
        found = place.read_bytes().splitlines(keepends=True)
        change(found)
        place.write_bytes(b"".join(found))

    return alter


ALTERED: list[Callable[[Path], None]] = [
    *(flip("records/0/*", at) for at in range(0, 120, 3)),
    *(flip("records/2/*", -at) for at in range(1, 40, 2)),
    *(flip("cuts/*", at) for at in range(0, 900, 23)),
    *(flip("cuts/*", -at) for at in range(1, 60, 7)),
    *(truncate(f"records/{p}/*", by) for p in range(3) for by in (1, 8, 30)),
    *(truncate("cuts/*", by) for by in (1 + 10, 200, 900)),
    *(drop(f"records/{p}/*") for p in range(3)),
    drop("cuts/*"),
    rename("records/1/*", "0-5"),
    rename("records/1/*", "1-5"),
    rename("cuts/*", "1-6"),
    rename("cuts/*", "2-8"),
    lines(lambda found: found.reverse()),
    lines(lambda found: found.insert(0, found[0])),
    lines(lambda found: found.pop()),
    lambda folder: (folder / "export.json").write_text("{}") and None,
    lambda folder: (folder / "export.json").unlink(),
]


@pytest.mark.parametrize("number", range(len(ALTERED)))
def test_an_altered_copy_is_not_restored_and_the_place_is_named(
    whole: Copies, number: int, tmp_path: Path
) -> None:
    shutil.copytree(whole.folder, tmp_path / "copy")
    folder = tmp_path / "copy" / ORGANISATION
    ALTERED[number](folder)
    filled = Filled()
    with pytest.raises(CopyAlteredError, match=str(folder)):
        restore(whole.settings, ORGANISATION, folder.parent, filled, FakeTopic([], []))
    assert not any(filled.ends())


def test_only_an_empty_topic_is_filled_and_a_beginning_is_replaced_when_told(
    copies: Copies,
) -> None:
    copies.export()
    held = FakeLedger()
    held.logs = [list(log) for log in copies.world.ledger.logs]
    del held.logs[1][-3:]
    filled = Filled(held)
    with pytest.raises(NotEmptyError, match="only an empty topic is filled"):
        copies.restore(filled, copies.world)
    assert filled.ledger is held
    held.logs[2][3] = Raw(3, 1, b"a", b"other")
    with pytest.raises(NotEmptyError, match="2@3: another record than in the export"):
        copies.restore(filled, copies.world, replace_beginning=True)
    held.logs[2][3] = copies.world.ledger.logs[2][3]
    held.logs[0].append(Raw(len(held.logs[0]), 1, b"a", b"after the copy"))
    with pytest.raises(NotEmptyError, match="what it holds beyond would be lost"):
        copies.restore(filled, copies.world, replace_beginning=True)
    assert filled.ledger is held
    held.logs[0].pop()
    copies.restore(filled, copies.world, replace_beginning=True)
    assert filled.ledger.logs == copies.world.ledger.logs


def test_an_older_copy_than_what_was_signed_is_not_put_back(copies: Copies) -> None:
    copies.export()
    copies.more(2)
    with pytest.raises(
        CopyAlteredError, match="up to cut 7, and the checkpoints topic knows cut 8"
    ):
        copies.restore(Filled(), copies.world)


def test_keys_of_another_log_do_not_vouch_for_a_copy(copies: Copies) -> None:
    copies.export()
    (copies.settings.keys / "organisation.vkey").write_text(
        KEY.verifier.vkey().replace("credit.example", "other.example")
    )
    with pytest.raises((CopyAlteredError, ProofError)):
        check_copy(copies.settings, copies.copied, ORGANISATION)


def test_a_file_of_cuts_holds_them_as_the_topic_has_them(copies: Copies) -> None:
    copies.export()
    (cuts,) = copies.copied.cut_files()
    found = [json.loads(line).encode() for line in cuts.place.read_bytes().splitlines()]
    assert found == [value for _, value in copies.world.stored[1::2]]
