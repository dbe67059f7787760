"""The audit on a ledger in memory: equal where all is well, and each alteration named by its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from events.envelope import Platform
from ops.anew import audit, checkpoints, ledger, log, submissions
from ops.anew.audit import AuditedLog
from ops.anew.found import DiffersError
from ops.anew.ledger import LedgerPart, Stands
from ops.anew.progress import in_parallel
from ops.anew.submissions import KeptPart
from projections.ledger.message import Raw
from projections.proof.kinds import ED25519
from projections.proof.notes import Signer
from streams.signing.folder import Folder
from tests.unit.ops.evidence.test_proving import signed_world
from tests.unit.streams.signing.fakes import KEY, World

Alters = Callable[[World, Path], None]


class AuditedWorld:
    """What the fakes hold, as the audit's reader gives it; jobs run one after the other."""

    def __init__(self, world: World, folder: Path | None, patch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.folder = folder
        for module in (ledger, checkpoints, log, submissions):
            patch.setattr(module, "everything", self._everything)
        patch.setattr(audit, "kept_parts", self._kept)
        patch.setattr(audit, "in_parallel", lambda jobs, *_: [job(*given) for job, given in jobs])

    def _held(self, topic: str) -> list[list[Stands]]:
        if topic == self.world.ledger.topic:
            logs = self.world.ledger.logs
            return [
                [Stands(n, r.timestamp_ms, r.key, r.value) for n, r in enumerate(rows)]
                for rows in logs
            ]
        return [[Stands(n, 1, *pair) for n, pair in enumerate(self.world.stored)]]

    def _everything(self, part: LedgerPart, start: int = 0) -> Iterator[Stands]:
        rows = self._held(part.topic)[part.partition]
        if len(rows) < part.end:
            raise ledger.differs(
                "ledger",
                "offsets",
                part.end,
                len(rows),
                ledger.FoundAt(part.topic, part.partition, len(rows)),
            )
        yield from rows[start : part.end]

    def _kept(self, kafka: Any, prefix: str) -> list[KeptPart]:
        del kafka
        rows = self._held(prefix)
        return [KeptPart(LedgerPart({}, prefix, p, len(each)), 0) for p, each in enumerate(rows)]

    def audited(self) -> AuditedLog:
        return AuditedLog({}, Platform.ORGANISATION, [KEY.verifier.vkey()], self.folder)


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AuditedWorld:
    world, settings = signed_world(tmp_path, cuts=5, records=200)
    return AuditedWorld(world, settings.log_folder(Platform.ORGANISATION), monkeypatch)


def test_what_was_signed_is_derived_anew_also_without_the_folder(begun: AuditedWorld) -> None:
    count = sum(len(rows) for rows in begun.world.ledger.logs)
    assert begun.audited().check_log() == (count, 5, 0)
    begun.folder = None
    begun.world.ledger.append(1, b"later", b"in no cut")
    assert begun.audited().check_log() == (count, 5, 1)


def record(partition: int, offset: int, **changes: Any) -> Alters:
    def alter(world: World, _: Path) -> None:
        rows = world.ledger.logs[partition]
        known = rows[offset]
        fields = {
            "timestamp_ms": known.timestamp_ms,
            "key": known.key,
            "value": known.value,
        } | changes
        rows[offset] = Raw(known.offset, fields["timestamp_ms"], fields["key"], fields["value"])

    return alter


def swap(world: World, _: Path) -> None:
    rows = world.ledger.logs[0]
    rows[4], rows[5] = rows[5], rows[4]


def cut_off(world: World, _: Path) -> None:
    del world.ledger.logs[2][-3:]


def written(at: int, old: bytes, new: bytes) -> Alters:
    def alter(world: World, _: Path) -> None:
        key, value = world.stored[at]
        assert old in value
        world.stored[at] = key, value.replace(old, new)

    return alter


def unsigned(world: World, _: Path) -> None:
    key, value = world.stored[1]
    line = value.rstrip(b"\n").rpartition(b"\n")[2]
    world.stored[1] = key, value.replace(line, line[:-6] + b"AAAA==")


def dropped(world: World, _: Path) -> None:
    del world.stored[2:4]


def flip(name: str) -> Alters:
    def alter(_: World, folder: Path) -> None:
        place = min(folder.glob(name))
        data = bytearray(place.read_bytes())
        data[len(data) // 2] ^= 1
        place.write_bytes(bytes(data))

    return alter


def lost(name: str) -> Alters:
    return lambda _, folder: min(folder.glob(name)).unlink()


def other_checkpoint(_: World, folder: Path) -> None:
    place = folder / "checkpoint"
    place.write_text(
        place.read_text("utf-8").replace("credit.example/org", "other.example/org"), "utf-8"
    )


ALTERED: dict[str, tuple[Alters, str, str]] = {
    "value": (record(1, 3, value=b"other"), "ledger", "digest"),
    "null value": (record(1, 3, value=None), "ledger", "digest"),
    "key": (record(0, 0, key=b"somebody"), "ledger", "digest"),
    "time": (record(2, 7, timestamp_ms=5), "ledger", "timestamp_ms"),
    "order": (swap, "ledger", "digest"),
    "lost end": (cut_off, "ledger", "offsets"),
    "heads": (written(-2, b"heads ", b"heads 1"), "checkpoints", "subjects"),
    "root": (written(-1, b"credit.example", b"other.example"), "checkpoints", "origin"),
    "time of a cut": (written(0, b"time ", b"time 9"), "checkpoints", "time_ms"),
    "signature": (unsigned, "checkpoints", "signature"),
    "a cut left out": (dropped, "checkpoints", "number"),
    "entries": (flip("tile/entries/*"), "folder", "hash"),
    "hashes": (flip("tile/0/*[0-9]"), "folder", "hash"),
    "hashes above": (flip("tile/1/*.p/2"), "folder", "hash"),
    "no tile": (lost("tile/0/*[0-9]"), "folder", "file"),
    "checkpoint": (other_checkpoint, "folder", "checkpoint"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_each_alteration_is_found_and_named(begun: AuditedWorld, name: str) -> None:
    alter, where, field = ALTERED[name]
    assert begun.folder is not None
    alter(begun.world, begun.folder)
    with pytest.raises(DiffersError) as caught:
        begun.audited().check_log()
    found = caught.value.difference
    assert (found.where, field in found.field) == (where, True)
    assert found.topic
    assert found.expected != found.found


def test_the_record_is_named_with_its_subject(begun: AuditedWorld) -> None:
    key = begun.world.ledger.logs[1][3].key or b""
    record(1, 3, value=b"other")(begun.world, Path())
    with pytest.raises(DiffersError, match="1@3") as caught:
        begun.audited().check_log()
    found = caught.value.difference
    assert (found.partition, found.offset, found.subject_id) == (1, 3, key.decode())
    assert caught.value.__reduce__() == (DiffersError, (found,))


def test_without_the_folder_the_cut_is_named(begun: AuditedWorld) -> None:
    record(1, 3, value=b"other")(begun.world, Path())
    begun.folder = None
    with pytest.raises(DiffersError) as caught:
        begun.audited().check_log()
    assert (caught.value.difference.where, caught.value.difference.field) == (
        "log",
        "root of cut 1",
    )


def test_before_the_cut_from_which_on_it_looks_heads_and_roots_are_taken_as_they_are(
    begun: AuditedWorld,
) -> None:
    begun.folder = None
    assert begun.audited().check_log(4).cuts == 5


def test_what_was_cosigned_and_shown_while_the_topic_was_read_is_no_difference(
    begun: AuditedWorld,
) -> None:
    audited, world = begun.audited(), begun.world
    key, value = world.stored[-1]
    more = value + "\u2014 witness.example AAAAAAAA\n".encode()
    place = world.path / "checkpoint"
    place.write_bytes(more.partition(b"\n\n")[2])
    with pytest.raises(DiffersError, match="checkpoint"):
        audited.check_log()
    real, read = audited.cuts, list[int]()

    def cuts() -> Any:
        if read:
            world.stored.append((key, more))
        read.append(1)
        return real()

    audited.cuts = cuts  # type: ignore[method-assign]
    audited.check_log()
    assert len(read) == 2


def test_an_audit_of_a_log_begun_after_another_ended_passes_that_one_by(
    begun: AuditedWorld, tmp_path: Path
) -> None:
    """Where signed records are lost for good; whoever trusts the old one alone is told it ended."""
    world = begun.world
    del world.ledger.logs[2][-3:]
    other = Signer("credit-2.example/organisation", ED25519, bytes(32))
    anew = tmp_path / "anew"
    Folder(anew).begin()
    signer = world.signer(anew, key=other)
    world.now_ms += 10_000
    with signer.open() as signed:
        assert signer.step(signed) is not None
    vkeys = [other.verifier.vkey()]
    count = sum(len(rows) for rows in world.ledger.logs)
    for folder in (anew, None):
        audited = AuditedLog({}, Platform.ORGANISATION, vkeys, folder)
        assert audited.check_log() == (count, 1, 0)
    with pytest.raises(DiffersError, match="checkpoints") as caught:
        begun.audited().check_log()
    assert other.name in caught.value.difference.found


def doubled(n: int) -> int:
    if n > 5:
        raise DiffersError(begun_difference())
    return 2 * n


def begun_difference() -> Any:
    return ledger.differs("ledger", "a", 1, 2).difference


def test_processes_give_what_they_found_in_order_and_what_is_wrong_as_it_is() -> None:
    assert in_parallel([(doubled, (n,)) for n in (3, 1, 2)], "", 3, str) == [6, 2, 4]
    with pytest.raises(DiffersError, match="1 must stand there, and 2 is found"):
        in_parallel([(doubled, (n,)) for n in (1, 7)], "", 2, str)
