"""A ledger and a checkpoints topic in memory, and a signer that is killed where one says."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from projections.ledger.message import Raw
from projections.proof.kinds import ED25519
from projections.proof.notes import Signer, Verifier
from streams.publishing.fence import FencedError
from streams.signing.signer import LogSigner

KEY = Signer("credit.example/organisation", ED25519, bytes(32))


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


class World:
    """What outlives a signer: ledger, topic, folder; and every checkpoint that was ever shown."""

    def __init__(self, path: Path, partitions: int = 3) -> None:
        self.path = path
        self.ledger = FakeLedger(partitions)
        self.stored: list[tuple[bytes, bytes]] = []
        self.owner: list[object] = []
        self.now_ms = 1_000_000
        self.shown: list[str] = []

    def signer(
        self, path: Path | None = None, key: Signer = KEY, former: Collection[Verifier] = ()
    ) -> LogSigner:
        topic = FakeTopic(self.stored, self.owner)
        place = path or self.path
        return LogSigner([key], place, self.ledger, topic, lambda: self.now_ms, None, former)

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
