"""One history, whoever dies when."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from projections.proof.checkpoints import parse_checkpoint
from projections.proof.entries import event_entry, read_cut, record_bytes
from projections.proof.errors import ProofError
from projections.proof.heads import commitment, root_of_presence, tag_of
from projections.proof.kinds import ED25519
from projections.proof.notes import Signer, parse_note, verified
from projections.proof.tiles import TiledTree, tiles_of, unpack_entries
from projections.proof.tree import check_consistency, consistency, leaf_hash
from streams.publishing.fence import FencedError
from streams.signing.errors import NotBegunError, SignerStoppedError
from streams.signing.folder import Folder
from streams.signing.heads_file import HeadsFile
from tests.support.signed_worlds import run
from tests.unit.streams.signing.fakes import KEY, Killed, World


@pytest.fixture(autouse=True)
def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the disk: what is killed here is a process, not the machine."""
    monkeypatch.setattr("streams.signing.folder.os.fsync", lambda _: None)
    monkeypatch.setattr("streams.signing.heads_file.DURABLE", "OFF")


def entries_of(world: World) -> list[bytes]:
    folder = Folder(world.path)
    size = parse_checkpoint((folder.checkpoint() or "").split("\n\n")[0] + "\n").size
    tiles = [tile for tile in tiles_of(size) if tile.level is None]
    return [e for tile in tiles for e in unpack_entries(tile, folder.read_tile(tile))]


def events_of(world: World) -> list[bytes]:
    """Give the entries that the ledger makes."""
    return sorted(
        event_entry(p, r.offset, r.timestamp_ms, record_bytes(r.key, r.value))
        for p, log in enumerate(world.ledger.logs)
        for r in log
    )


def check_all(world: World) -> None:
    """Check that everything on the ledger is logged once, in order, and all that was shown agrees."""
    entries = entries_of(world)
    assert sorted(e for e in entries if e.startswith(b"event ")) == events_of(world)
    leaves = [leaf_hash(e) for e in entries]
    tree = TiledTree(len(leaves), Folder(world.path).read_tile)
    last = parse_checkpoint(world.shown[-1].partition("\n\n")[0] + "\n")
    assert tree.root() == last.root
    assert read_cut(entries[-1]).size == len(entries) == last.size
    for told in world.shown:
        note = parse_note(told)
        assert verified(note, [KEY.verifier]) == [KEY.verifier]
        then = parse_checkpoint(note.text)
        path = consistency(tree.node, then.size, last.size)
        check_consistency(then.size, last.size, then.root, last.root, path)


def test_what_is_on_the_ledger_is_logged_and_signed(world: World) -> None:
    chance = Random(1)
    for _ in range(4):
        world.fill(chance, 300)
        run(world, 2)
    check_all(world)
    assert [key for key, _ in world.stored] == [b"1", b"1", b"2", b"2", b"3", b"3", b"4", b"4"]


def test_every_subject_is_in_the_heads_that_the_last_cut_names(world: World) -> None:
    world.fill(Random(2), 50)
    run(world)
    world.fill(Random(3), 50)
    run(world)
    cut = read_cut(entries_of(world)[-1])
    tree = HeadsFile(world.path, read_only=True).tree()
    keys = {r.key for log in world.ledger.logs for r in log}
    assert cut.subjects == len(keys)
    for key in keys:
        found = tree.search(tag_of(key))
        assert found.head is not None
        assert found.head.events == sum(r.key == key for log in world.ledger.logs for r in log)
        assert root_of_presence(tag_of(key), commitment(found.head), found.copath) == cut.heads


def test_what_the_broker_may_yet_lose_is_not_signed(world: World) -> None:
    world.ledger.append(0, b"a", b"1", world.now_ms)
    world.ledger.append(0, b"a", b"2", world.now_ms + 4_000)
    world.ledger.append(0, b"a", b"3", world.now_ms)
    run(world)
    assert read_cut(entries_of(world)[-1]).offsets == (1, 0, 0)
    run(world)
    assert read_cut(entries_of(world)[-1]).offsets == (3, 0, 0)


def test_nothing_new_makes_no_cut_and_a_clock_that_steps_back_no_earlier_one(world: World) -> None:
    world.fill(Random(4), 5)
    run(world, 3)
    assert len(world.stored) == 2
    world.now_ms -= 500_000
    world.ledger.append(0, b"a", b"1", 0)
    run(world)
    first, second = (read_cut(e) for e in entries_of(world) if e.startswith(b"cut"))
    assert second.time_ms == first.time_ms


def test_an_empty_folder_and_an_empty_topic_begin_nothing_unless_told(tmp_path: Path) -> None:
    world = World(tmp_path / "log")
    world.path.mkdir()
    with pytest.raises(NotBegunError, match="--new-log"):
        world.signer().open()


def test_a_lost_folder_is_derived_anew_to_the_same_bytes(world: World) -> None:
    chance = Random(5)
    for _ in range(3):
        world.fill(chance, 200)
        run(world)
    before = {p.name: p.read_bytes() for p in world.path.glob("tile/**/*") if p.is_file()}
    shutil.rmtree(world.path)
    world.path.mkdir()
    world.signer().open().__exit__()
    after = {p.name: p.read_bytes() for p in world.path.glob("tile/**/*") if p.is_file()}
    assert before.items() <= after.items()
    world.fill(chance, 20)
    run(world)
    check_all(world)


STEPS = ["note", "write", "accept", "sign", "show"]


def killed_at(signer: Any, log: Any, place: str, *, after: bool) -> None:
    owner, name = {
        "note": (signer._folder, "note"),
        "write": (signer._topic, "write"),
        "accept": (log, "accept"),
        "sign": (signer, "_sign"),
        "show": (signer._folder, "show"),
    }[place]
    real: Callable[..., Any] = getattr(owner, name)

    def dies(*args: Any) -> None:
        if after:
            real(*args)
        raise Killed

    setattr(owner, name, dies)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("place", STEPS)
def test_whoever_is_killed_finds_what_was_written_down_and_signs_that(
    world: World, place: str, *, after: bool
) -> None:
    chance = Random(place)
    world.fill(chance, 40)
    run(world)
    for _ in range(2):
        world.fill(chance, 30)
        signer = world.signer()
        log = signer.open()
        killed_at(signer, log, place, after=after)
        world.now_ms += 5_000
        with pytest.raises(Killed):
            signer.step(log)
        log.__exit__()
        world.see()
        world.fill(chance, 10)  # what comes meanwhile must not get into the cut that was begun
    run(world, 2)
    check_all(world)


def test_fifteen_seeded_lives_leave_one_history(tmp_path: Path) -> None:
    for seed in range(15):
        chance = Random(seed)
        world = World(tmp_path / str(seed))
        Folder(world.path).begin()
        for _ in range(6):
            world.fill(chance, chance.randrange(1, 60))
            signer = world.signer()
            log = signer.open()
            if chance.random() < 0.7:
                killed_at(signer, log, chance.choice(STEPS), after=chance.random() < 0.5)
            if chance.random() < 0.2:
                world.signer().open().__exit__()  # a second one takes over
            world.now_ms += 5_000
            with contextlib.suppress(Killed, FencedError):
                signer.step(log)
            log.__exit__()
            world.see()
            if chance.random() < 0.2:
                shutil.rmtree(world.path)
                world.path.mkdir()
                Folder(world.path).begin()
        world.fill(chance, 1)
        run(world, 2)
        check_all(world)


@pytest.mark.parametrize("folder_too", [False, True])
def test_who_lost_the_key_signs_on_with_a_new_one_in_the_same_history(
    world: World, tmp_path: Path, *, folder_too: bool
) -> None:
    world.fill(Random(6), 40)
    run(world)
    new = Signer(KEY.name, ED25519, bytes(31) + b"2")
    if folder_too:
        world.path = tmp_path / "anew"
        world.path.mkdir()
    world.fill(Random(7), 40)
    with pytest.raises(SignerStoppedError, match="no key that is known here signed cut 1"):
        world.signer(key=new).open()
    signer = world.signer(key=new, former=[KEY.verifier, new.verifier])
    with signer.open() as log:
        world.now_ms += 5_000
        assert signer.step(log) is not None
        world.see()
    old, now = (parse_note(told) for told in (world.shown[0], world.shown[-1]))
    assert verified(old, [KEY.verifier]) == [KEY.verifier]
    assert verified(now, [KEY.verifier, new.verifier]) == [new.verifier]
    then, last = parse_checkpoint(old.text), parse_checkpoint(now.text)
    tree = TiledTree(last.size, Folder(world.path).read_tile)
    path = consistency(tree.node, then.size, last.size)
    check_consistency(then.size, last.size, then.root, last.root, path)


def test_where_signed_records_are_lost_for_good_another_log_begins_under_another_name(
    world: World, tmp_path: Path
) -> None:
    for seed in (8, 9):
        world.fill(Random(seed), 40)
        run(world)
    held = list(world.ledger.logs[1])
    del world.ledger.logs[1][-2:]
    with pytest.raises(SignerStoppedError, match="runbook LogLostItsEnd"):
        world.signer().open()
    anew, other = tmp_path / "anew", Signer("credit-2.example/organisation", ED25519, bytes(32))
    with pytest.raises(ProofError, match=r"the log of credit\.example/organisation"):
        world.signer(world.path, key=other).open()
    anew.mkdir()
    with pytest.raises(SignerStoppedError):
        world.signer(anew).open()
    shutil.rmtree(anew)
    anew.mkdir()
    with pytest.raises(NotBegunError, match="--new-log"):
        world.signer(anew, key=other).open()
    Folder(anew).begin()
    before, world.path = world.path, anew
    for number in (1, 2):  # it goes on where it was opened again
        world.fill(Random(10), 5)
        world.now_ms += 5_000
        signer = world.signer(key=other)
        with signer.open() as log:
            cut = signer.step(log)
            assert (cut and cut.number, log.checkpoint.origin) == (number, other.name)
    assert sorted(e for e in entries_of(world) if e.startswith(b"event ")) == events_of(world)
    world.ledger.logs[1] = [*held, *world.ledger.logs[1][len(held) :]]
    with pytest.raises(SignerStoppedError, match="this one has ended"):
        world.signer(before).open()


def test_a_zombie_is_refused_before_it_shows_anything(world: World) -> None:
    world.fill(Random(6), 10)
    run(world)
    zombie = world.signer()
    log = zombie.open()
    world.fill(Random(7), 10)
    run(world)
    shown = Folder(world.path).checkpoint()
    world.fill(Random(8), 10)
    world.now_ms += 5_000
    with pytest.raises((FencedError, SignerStoppedError, ProofError)):
        zombie.step(log)
    log.__exit__()
    assert Folder(world.path).checkpoint() == shown


def test_a_cut_that_the_broker_had_not_flushed_is_written_there_again(world: World) -> None:
    world.fill(Random(1), 30)
    run(world, 2)
    before = list(world.stored)
    del world.stored[-2:]
    world.fill(Random(2), 9)
    run(world)
    assert world.stored[: len(before)] == before
    check_all(world)
