"""Across all that a signer reads: whatever was altered, it stops and says where, or the log is the true one.

What lies before the last cut is found by an audit: `ops/evidence/test_tamper_matrix.py`.
`SIGNER_TAMPERED=5000` for a long night.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from events.errors import LedgerError
from projections.ledger.message import Raw
from projections.proof.checkpoints import Checkpoint, parse_checkpoint
from projections.proof.notes import parse_note
from projections.proof.tiles import TiledTree
from projections.proof.tree import check_consistency, consistency
from streams.signing.checkpoints import read_told
from streams.signing.folder import Folder
from tests.support.tampering import HARMS, Harm, in_parts
from tests.unit.streams.signing.fakes import World

CASES = int(os.environ.get("SIGNER_TAMPERED", "210"))


def in_file(pattern: str, width: int) -> Callable[[Random, World, Harm], None]:
    """Harm one of the files of a pattern, in pieces of so many bytes; 0: lines."""

    def alter(chance: Random, world: World, harm: Harm) -> None:
        place = chance.choice(sorted(p for p in world.path.glob(pattern) if p.is_file()))
        place.write_bytes(b"".join(harm(chance, in_parts(place.read_bytes(), width))))

    return alter


def on_topic(chance: Random, world: World, harm: Harm) -> None:
    keys = [key for key, _ in world.stored]
    values = harm(chance, [value for _, value in world.stored])
    world.stored[:] = list(zip([*keys, keys[-1]], values, strict=False))


def on_ledger(chance: Random, world: World, harm: Harm) -> None:
    partition = chance.randrange(len(world.ledger.logs))
    log = world.ledger.logs[partition]
    values = harm(chance, [raw.value or b"" for raw in log])
    world.ledger.logs[partition] = [
        Raw(i, log[min(i, len(log) - 1)].timestamp_ms, log[min(i, len(log) - 1)].key, value)
        for i, value in enumerate(values)
    ]


TARGETS = {
    "tiles": in_file("tile/[0-9]/**/*", 32),
    "entries": in_file("tile/entries/**/*", 70),
    "heads": in_file("heads.sqlite", 64),
    "journal": in_file("journal", 0),
    "checkpoint": in_file("checkpoint", 0),
    "topic": on_topic,
    "ledger": on_ledger,
}


@pytest.fixture
def true_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("streams.signing.folder.os.fsync", lambda _: None)
    monkeypatch.setattr("streams.signing.heads_file.DURABLE", "OFF")
    world = World(tmp_path / "true", partitions=2)
    Folder(world.path).begin()
    chance = Random(1)
    for _ in range(4):
        world.fill(chance, 150, subjects=30)
        run(world)
    return world


def run(world: World) -> None:
    signer = world.signer()
    with signer.open() as log:
        world.now_ms += 5_000
        signer.step(log)


def copied(true: World, path: Path) -> World:
    world = World(path, partitions=2)
    shutil.copytree(true.path, path)
    world.ledger.logs = [list(log) for log in true.ledger.logs]
    world.stored[:] = true.stored
    world.now_ms = true.now_ms
    return world


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_signed_over_what_was_altered(
    true_log: World, tmp_path: Path, target: str
) -> None:
    """What lies before the last cut of the ledger is for an audit to find, not for the signer."""
    shown = parse_checkpoint(parse_note(Folder(true_log.path).checkpoint() or "").text)
    found = set()
    for case in range(CASES // len(TARGETS)):
        chance = Random(f"{target} {case}")
        harm = chance.choice(HARMS)
        world = copied(true_log, tmp_path / f"{target}-{case}")
        TARGETS[target](chance, world, harm)
        world.fill(chance, 20, subjects=30)
        stored = len(world.stored)
        try:
            run(world)
        except LedgerError as error:
            found.add(harm.__name__)
            assert any(place in str(error) for place in PLACES[target])  # noqa: PT017 - or no error
            assert all(read_told(v.decode()).note is None for _, v in world.stored[stored:])
        else:
            if target != "ledger":
                check_true(world, shown, tmp_path / "anew")
        shutil.rmtree(world.path)
    assert found or target == "checkpoint"


def check_true(world: World, shown: Checkpoint, anew: Path) -> None:
    """Check that the log goes on from what was shown, and is derived to the same from nothing."""
    folder = Folder(world.path)
    last = parse_checkpoint(parse_note(folder.checkpoint() or "").text)
    tree = TiledTree(last.size, folder.read_tile)
    path = consistency(tree.node, shown.size, last.size)
    check_consistency(shown.size, last.size, shown.root, last.root, path)
    anew.mkdir()
    with world.signer(anew).open() as log:
        assert log.checkpoint == last
    shutil.rmtree(anew)


PLACES = {
    "tiles": ["tile"],
    "entries": ["tile"],
    "heads": ["heads"],
    "journal": ["journal"],
    "checkpoint": ["checkpoint"],
    "topic": ["checkpoints topic"],
    "ledger": ["credit.organisation.events.v1, 0@", "credit.organisation.events.v1, 1@"],
}
