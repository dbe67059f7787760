"""What was altered is found before anything is signed over it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from projections.proof.errors import ProofError
from streams.signing.errors import SignerStoppedError
from streams.signing.heads_file import HeadsFile
from tests.support.signed_worlds import run
from tests.unit.streams.signing.fakes import World


@pytest.fixture(autouse=True)
def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the disk: what is killed here is a process, not the machine."""
    monkeypatch.setattr("streams.signing.folder.os.fsync", lambda _: None)
    monkeypatch.setattr("streams.signing.heads_file.DURABLE", "OFF")


def changed_record(world: World) -> None:
    log = world.ledger.logs[0]
    log[-1] = type(log[-1])(log[-1].offset, log[-1].timestamp_ms, log[-1].key, b"altered")
    world.ledger.append(0, b"a", b"new", 0)


def shorter(world: World) -> None:
    world.ledger.logs[0].pop()


def lost_topic(world: World) -> None:
    del world.stored[-2:]
    del world.stored[-2:]


def other_topic(world: World) -> None:
    key, value = world.stored[-1]
    world.stored[-1] = key, value.replace(b"cut 2", b"cut 3")


def altered(pattern: str) -> Callable[[World], None]:
    def alter(world: World) -> None:
        place = max(p for p in world.path.glob(pattern) if p.is_file())
        data = bytearray(place.read_bytes())
        data[len(data) // 2] ^= 1
        place.write_bytes(data)

    return alter


def altered_heads(world: World) -> None:
    file = HeadsFile(world.path)
    file._db.execute("UPDATE page SET subjects = subjects + 1")
    file.close()


def altered_group(world: World) -> None:
    file = HeadsFile(world.path)
    file._db.execute("UPDATE page_group SET subjects = subjects + 1")
    file.close()


def altered_pages(world: World) -> None:
    file = HeadsFile(world.path)
    file._db.execute("UPDATE page SET heads = zeroblob(length(heads))")
    file.close()
    world.fill(Random(1), 50)


def test_a_file_of_heads_of_before_gets_its_groups_when_it_is_opened(world: World) -> None:
    world.fill(Random(2), 50)
    run(world)
    file = HeadsFile(world.path)
    whole = file.groups()
    file._db.execute("DROP TABLE page_group")
    file.close()
    before = HeadsFile(world.path, read_only=True)
    assert (before.groups(), before.tree_by_groups().root) == ({}, before.tree().root)
    before.close()
    run(world)
    after = HeadsFile(world.path, read_only=True)
    assert after.groups() == whole != {}
    after.close()


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (changed_record, "0@.*reads otherwise"),
        (shorter, "has lost records that were signed"),
        (lost_topic, "the broker has lost what was signed"),
        (other_topic, "cut 3"),
        (altered("tile/0/*.p/*"), "other entries than the hashes"),
        (altered("tile/entries/*.p/*"), "other entries|reaches beyond|entries, not"),
        (altered("journal"), "altered|not the one|cannot"),
        (altered_heads, "heads.sqlite: not the heads"),
        (altered_group, "heads.sqlite: the value of a group"),
        (altered_pages, "page .* of the heads was altered"),
    ],
)
def test_what_was_altered_is_found_before_anything_is_signed_over_it(
    world: World, harm: Callable[[World], None], why: str
) -> None:
    chance = Random(9)
    for _ in range(2):
        for partition in range(3):
            world.ledger.append(partition, b"k%d" % partition, b"v", world.now_ms)
        world.fill(chance, 20)
        run(world)
    stored = len(world.stored)
    harm(world)
    kept = len(world.stored)
    with pytest.raises((SignerStoppedError, ProofError), match=why):
        run(world)
    assert len(world.stored) == kept <= stored
