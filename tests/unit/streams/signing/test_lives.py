"""Across all of the signer: lives of several who are killed, sleep, lose disk, folder or broker; one history.

Each life is made up from its seed. `SIGNER_LIVES=5000` for a long night; `SIGNER_LIFE=17` for one.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from events.errors import LedgerError
from projections.proof.checkpoints import parse_checkpoint
from projections.proof.notes import parse_note, verified
from projections.proof.tiles import TiledTree
from projections.proof.tree import check_consistency, consistency
from streams.publishing.fence import FencedError
from streams.signing import signer
from streams.signing.folder import Folder
from streams.signing.heads_file import HeadsFile
from tests.unit.streams.signing.fakes import KEY, FakeLedger, FakeTopic, FakeWitness, Killed, World
from tests.unit.streams.signing.test_signer import entries_of, events_of

LIVES = int(os.environ.get("SIGNER_LIVES", "240"))
ONE = os.environ.get("SIGNER_LIFE")

PLACES: dict[str, tuple[Any, str]] = {
    "read": (FakeLedger, "records"),
    "tiles written": (Folder, "write_tiles"),
    "a file moved to its place": (Folder, "_write"),
    "tiles on the disk": (Folder, "sync"),
    "journal": (Folder, "note"),
    "topic": (FakeTopic, "write"),
    "heads": (HeadsFile, "write"),
    "signature": (signer, "signed"),
    "witness answer": (FakeWitness, "cosigned"),
    "checkpoint shown": (Folder, "show"),
}


class Trap:
    """What happens at a place, before or after it, when it is passed for the nth time."""

    def __init__(self, place: str, nth: int, *, after: bool, happens: Callable[[], None]) -> None:
        self.place = place
        self.left = nth
        self.after = after
        self.happens = happens

    def passes(self, place: str, *, after: bool) -> None:
        if (place, after) != (self.place, self.after):
            return
        self.left -= 1
        if self.left == -1:
            self.happens()


class Life:
    """Several folders over one ledger and one topic, and what went on, for who looks for why."""

    def __init__(self, world: World, chance: Random) -> None:
        self.world = world
        self.chance = chance
        self.folders = [world.path]
        self.backups: list[Path] = []
        self.trap: Trap | None = None
        self.story: list[str] = []

    def passes(self, place: str, *, after: bool) -> None:
        if self.trap is not None:
            self.trap.passes(place, after=after)

    def run(self, path: Path, steps: int = 1) -> None:
        """Let a signer live on a folder; on the way out what it held is closed, as of one killed."""
        at_work = self.world.signer(path)
        log = at_work.open()
        try:
            for _ in range(steps):
                self.world.now_ms += 5_000
                at_work.step(log)
        finally:
            log.__exit__()
            self.see()

    def see(self) -> None:
        """Take note of whatever anybody could be shown now, of whichever folder."""
        for path in self.folders:
            told = Folder(path).checkpoint()
            if told is not None and told not in self.world.shown:
                self.world.shown.append(told)

    def dies(self) -> None:
        raise Killed

    def disk_full(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def broker_away(self) -> None:
        raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    def sleeps(self) -> None:
        """Sleep while another takes over, and wake up in the midst of it."""
        self.trap = None
        other = self.chance.choice(self.folders)
        if other == self.at_work:
            other = self.elsewhere()
        self.world.fill(self.chance, self.chance.randrange(9))
        self.run(other, self.chance.randrange(3))

    def elsewhere(self) -> Path:
        """Start elsewhere: from nothing, or with a copy of a folder as it stands."""
        new = self.world.path.with_name(f"elsewhere-{len(self.folders)}")
        if self.chance.random() < 0.5:
            shutil.copytree(self.chance.choice(self.folders), new)
        else:
            new.mkdir()
        self.folders.append(new)
        return new

    def day(self) -> None:
        """Live through one day: something new, a signer at work, and what befalls it."""
        chance = self.chance
        self.world.fill(chance, chance.randrange(40))
        self.befall_folder()
        self.at_work = chance.choice(self.folders)
        befalls = chance.choice(
            [self.dies, self.dies, self.disk_full, self.broker_away, self.sleeps]
        )
        place, after, nth = (
            chance.choice(list(PLACES)),
            chance.random() < 0.5,
            chance.choice([0, 0, 1, 2]),
        )
        self.trap = Trap(place, nth, after=after, happens=befalls)
        told = f"{self.at_work.name}: {befalls.__name__} {'after' if after else 'before'} {place} {nth}"
        try:
            self.run(self.at_work, chance.randrange(1, 3))
            self.story.append(f"{told}: went well")
        except (Killed, OSError, KafkaException, FencedError) as error:
            self.story.append(f"{told}: {error!r}")
        except LedgerError as error:
            raise AssertionError("\n".join([*self.story, f"{told}: {error}"])) from error
        finally:
            self.trap = None

    def befall_folder(self) -> None:
        chance, path = self.chance, self.chance.choice(self.folders)
        match chance.randrange(10):
            case 0:
                self.story.append(f"{path.name} is lost")
                shutil.rmtree(path)
                path.mkdir()
            case 1:
                backup = self.world.path.with_name(f"backup-{len(self.backups)}")
                shutil.copytree(path, backup)
                self.backups.append(backup)
            case 2 if self.backups:
                self.story.append(f"{path.name} is that of a backup")
                shutil.rmtree(path)
                shutil.copytree(chance.choice(self.backups), path)
            case 3 if len(self.folders) < 3:
                self.story.append(f"{self.elsewhere().name} begins")
            case _:
                pass


@pytest.fixture
def lives(monkeypatch: pytest.MonkeyPatch) -> list[Life]:
    """Set traps at every place of the life that stands in the list."""
    living: list[Life] = []
    monkeypatch.setattr("streams.signing.folder.os.fsync", lambda _: None)
    monkeypatch.setattr("streams.signing.heads_file.DURABLE", "OFF")
    for place, (owner, name) in PLACES.items():
        real = owner.__dict__[name]
        call = real.__func__ if isinstance(real, staticmethod) else real

        def passed(*args: Any, place: str = place, call: Callable[..., Any] = call) -> Any:
            living[0].passes(place, after=False)
            found = call(*args)
            living[0].passes(place, after=True)
            return found

        monkeypatch.setattr(owner, name, staticmethod(passed) if call is not real else passed)
    return living


def check(life: Life) -> None:
    """Whoever is left goes on, each in turn; nothing is missing, and all that was shown agrees."""
    world = life.world
    for path in life.folders:
        world.ledger.append(0, b"last", path.name.encode(), world.now_ms)
        world.path = path
        life.run(path, 2)
        entries = entries_of(world)
        assert sorted(e for e in entries if e.startswith(b"event ")) == events_of(world)
        tree = TiledTree(len(entries), Folder(path).read_tile)
        newest = parse_note(Folder(path).checkpoint() or "")
        last = parse_checkpoint(newest.text)
        if world.witness is not None:
            assert verified(newest, [world.witness.KEY.verifier])
        assert (last.size, last.root) == (len(entries), tree.root())
        for told in world.shown:
            note = parse_note(told)
            assert verified(note, [KEY.verifier])
            then = parse_checkpoint(note.text)
            between = consistency(tree.node, then.size, last.size)
            check_consistency(then.size, last.size, then.root, last.root, between)


@pytest.mark.parametrize("first", [int(ONE)] if ONE else range(0, LIVES, 20))
def test_whoever_dies_sleeps_or_loses_what_there_is_one_history(
    tmp_path: Path, lives: list[Life], first: int
) -> None:
    for seed in [first] if ONE else range(first, first + 20):
        world = World(tmp_path / str(seed) / "log", partitions=2)
        world.path.parent.mkdir()
        Folder(world.path).begin()
        if seed % 2:
            world.witness = FakeWitness()
        life = Life(world, Random(seed))
        lives[:] = [life]
        world.fill(life.chance, 5)
        life.run(world.path)
        for _ in range(7):
            life.day()
        try:
            check(life)
        except (LedgerError, AssertionError) as error:
            raise AssertionError("\n".join([f"life {seed}", *life.story, str(error)])) from error
