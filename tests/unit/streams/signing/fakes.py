"""A ledger and a checkpoints topic in memory, and a signer that is killed where one says."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from projections.ledger.message import Raw
from projections.proof.checkpoints import Checkpoint, parse_checkpoint
from projections.proof.kinds import COSIGNATURE, ED25519
from projections.proof.notes import Signer, Verifier, parse_note, signed
from projections.proof.tiles import TiledTree
from projections.proof.tree import EMPTY_ROOT, check_consistency, consistency
from streams.publishing.fence import FencedError
from streams.signing.signer import LogSigner

ORIGIN = "credit.example/organisation"
KEY = Signer(ORIGIN, ED25519, bytes(32))


class Killed(BaseException):
    """The process is gone; no `except Exception` sees it."""


class FakeLedger:
    topic = "credit.organisation.events.v1"

    def __init__(self, partitions: int = 3) -> None:
        self.logs: list[list[Raw]] = [[] for _ in range(partitions)]

    def append(
        self, partition: int, key: bytes | None, value: bytes | None, at_ms: int = 0
    ) -> None:
        log = self.logs[partition]
        log.append(Raw(len(log), at_ms, key, value))

    def ends(self) -> tuple[int, ...]:
        return tuple(len(log) for log in self.logs)

    def records(self, partition: int, start: int, end: int) -> Iterator[Raw]:
        yield from self.logs[partition][start:end]


class FakeTopic:
    """The broker's topic; each `FakeTopic` over the same list is another producer."""

    def __init__(self, stored: list[tuple[bytes, bytes]], owner: list[object]) -> None:
        self.stored = stored
        self.owner = owner

    def take(self) -> None:
        self.owner[:] = [self]

    def values(self) -> Iterator[tuple[bytes | None, bytes | None]]:
        yield from list(self.stored)

    def write(self, number: int, value: str) -> None:
        if self.owner != [self]:
            raise FencedError("another has taken it")
        self.stored.append((str(number).encode(), value.encode()))


class FakeWitness:
    """A witness that forgets nothing: it cosigns what goes on from what it knows, and nothing else."""

    KEY = Signer("witness.example/one", COSIGNATURE, bytes(31) + b"w")

    def __init__(self) -> None:
        self.known = Checkpoint(ORIGIN, 0, EMPTY_ROOT)

    def cosigned(self, note: str, tree: TiledTree) -> str | None:
        """Give the note with its cosignature; None where it knows more than it is asked about."""
        asked, known = parse_checkpoint(parse_note(note).text), self.known
        if asked.size < known.size:
            return None
        path = consistency(tree.node, known.size, asked.size)
        check_consistency(known.size, asked.size, known.root, asked.root, path)
        self.known = asked
        return note + signed(parse_note(note).text, [self.KEY], 1).partition("\n\n")[2]


class World:
    """What outlives a signer: ledger, topic, folder; and every checkpoint that was ever shown."""

    def __init__(self, path: Path, partitions: int = 3) -> None:
        self.path = path
        self.ledger = FakeLedger(partitions)
        self.stored: list[tuple[bytes, bytes]] = []
        self.owner: list[object] = []
        self.now_ms = 1_000_000
        self.witness: FakeWitness | None = None
        self.shown: list[str] = []

    def signer(
        self, path: Path | None = None, key: Signer = KEY, former: Collection[Verifier] = ()
    ) -> LogSigner:
        topic = FakeTopic(self.stored, self.owner)
        place = path or self.path
        return LogSigner(
            [key], place, self.ledger, topic, lambda: self.now_ms, self.witness, former
        )

    def fill(self, chance: Any, records: int, subjects: int = 9) -> None:
        for _ in range(records):
            key = f"subject-{chance.randrange(subjects)}".encode()
            self.ledger.append(
                sum(key) % len(self.ledger.logs), key, chance.randbytes(5), self.now_ms
            )

    def see(self) -> None:
        """Take note of what anybody could be shown now."""
        place = self.path / "checkpoint"
        if place.exists():
            self.shown.append(place.read_text("utf-8"))
