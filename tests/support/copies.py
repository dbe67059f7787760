"""A ledger that is copied into files, and put back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from events.envelope import Platform
from ops.evidence.copies.exporting import Exported, copy_out
from ops.evidence.copies.files import CopiedLedger
from ops.evidence.copies.restoring import Restored, restore
from ops.evidence.settings import EvidenceSettings
from projections.ledger.message import Raw
from tests.unit.ops.evidence.test_proving import signed_world
from tests.unit.streams.signing.fakes import FakeLedger, FakeTopic, World

ORGANISATION = Platform.ORGANISATION


class Filled:
    """A ledger topic that is filled again."""

    def __init__(self, ledger: FakeLedger | None = None) -> None:
        self.ledger = ledger or FakeLedger()
        self.is_done = False

    def ends(self) -> tuple[int, ...]:
        return self.ledger.ends()

    def make_anew(self) -> None:
        self.ledger = FakeLedger()

    def fill(self, partition: int, records: Iterator[Raw]) -> None:
        self.ledger.logs[partition].extend(records)

    def finish(self) -> None:
        self.is_done = True

    def source(self) -> FakeLedger:
        return self.ledger


class Copies:
    """A signed world, and a folder for copies of it."""

    def __init__(self, folder: Path) -> None:
        self.world, self.settings = signed_world(folder)
        self.folder = folder / "copy"
        self.copied = CopiedLedger(self.folder, ORGANISATION)

    def export(self, settings: EvidenceSettings | None = None) -> Exported:
        topic = FakeTopic(self.world.stored, [])
        return copy_out(
            settings or self.settings, ORGANISATION, self.world.ledger, topic, self.folder
        )

    def restore(self, filled: Filled, world: World, *, replace_beginning: bool = False) -> Restored:
        return restore(
            *(self.settings, ORGANISATION, self.folder, filled),
            FakeTopic(world.stored, world.owner),
            replace_beginning=replace_beginning,
        )

    def more(self, seed: int) -> None:
        self.world.now_ms += 10_000
        self.world.fill(Random(seed), 60)
        self.world.now_ms += 10_000
        signer = self.world.signer()
        with signer.open() as log:
            assert signer.step(log)
