"""Whoever appends asks first whether the ledger still holds what was signed of it."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from events.envelope import Platform
from projections.ledger.message import Raw
from streams.signing.errors import SignerStoppedError
from streams.signing.standing import SignedLedger
from streams.witness import LogChangedError
from tests.unit.streams.signing.fakes import World

if TYPE_CHECKING:
    from pathlib import Path


class Message:
    def __init__(self, raw: Raw) -> None:
        self._raw = raw

    def offset(self) -> int:
        return self._raw.offset

    def timestamp(self) -> tuple[int, int]:
        return 1, self._raw.timestamp_ms

    def key(self) -> bytes | None:
        return self._raw.key

    def value(self) -> bytes | None:
        return self._raw.value


class Looks:
    """What a witness gives of the fakes."""

    def __init__(self, world: World) -> None:
        self._world = world

    def last_value(self, topic: str) -> bytes | None:
        assert topic == "credit.organisation.checkpoints.v1"
        return self._world.stored[-1][1] if self._world.stored else None

    def settled_end(self, _: str, partition: int, __: int) -> int:
        return len(self._world.ledger.logs[partition])

    def record(self, _: str, partition: int, offset: int) -> Message:
        return Message(self._world.ledger.logs[partition][offset])


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two cuts of a ledger, in the folder `organisation`."""
    path = tmp_path / "organisation"
    path.mkdir()
    world = World(path)
    signer = world.signer()
    signer._folder.begin()
    with signer.open() as log:
        for n in (1, 2):
            world.fill(Random(n), 40)
            world.now_ms += 10_000
            assert signer.step(log)
    return world


def looked(world: World, *, folder: bool = True) -> None:
    folders = world.path.parent if folder else None
    SignedLedger(Looks(world), folders).check(Platform.ORGANISATION)  # type: ignore[arg-type]


def test_what_holds_all_that_was_signed_and_more_is_appended_to(world: World) -> None:
    looked(world)
    world.ledger.append(1, b"later", b"in no cut")
    looked(world)


@pytest.mark.parametrize("folder", [True, False])
@pytest.mark.parametrize("partition", [0, 1, 2])
def test_a_ledger_shorter_than_its_log_is_named_by_its_place(
    world: World, partition: int, *, folder: bool
) -> None:
    end = len(world.ledger.logs[partition])
    del world.ledger.logs[partition][-1]
    with pytest.raises(LogChangedError, match=f"cut 2 of the signed log goes up to {end}") as found:
        looked(world, folder=folder)
    assert (found.value.partition, found.value.next_offset) == (partition, end)
    with pytest.raises(SignerStoppedError, match=f"{partition}@{end - 1}: the ledger ends here"):
        world.signer().open()


@pytest.mark.parametrize(
    "changed", [{"value": b"other"}, {"key": b"other"}, {"timestamp_ms": 7}, {"value": None}]
)
@pytest.mark.parametrize("partition", [0, 1, 2])
def test_a_record_that_reads_otherwise_than_when_it_was_logged_is_named(
    world: World, partition: int, changed: dict[str, Any]
) -> None:
    log = world.ledger.logs[partition]
    log[-1] = Raw(
        **{
            **{n: getattr(log[-1], n) for n in ("offset", "timestamp_ms", "key", "value")},
            **changed,
        }
    )
    with pytest.raises(LogChangedError, match=f"the record at {len(log) - 1} reads otherwise"):
        looked(world)
    with pytest.raises(SignerStoppedError, match=f"{partition}@{len(log) - 1}: the record now"):
        world.signer().open()


def test_a_folder_of_another_time_or_altered_says_nothing_and_the_topic_goes_on_saying(
    world: World,
) -> None:
    world.stored[-1:] = []
    world.stored[-1:] = []
    looked(world)  # the topic ends at cut 1, the folder is of cut 2
    (world.path / "heads.sqlite").write_bytes(b"altered")
    looked(world)
    world.stored.append((b"3", b"no cut"))
    looked(world)
    world.stored.clear()
    looked(world)
