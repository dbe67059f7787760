"""A ledger at which odd messages are thrown, and those who report meanwhile."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from events.envelope import Platform
from events.partitioning import partition_of
from events.topics import (
    submissions_topic,
)
from ops.generator.codes import synthetic_credit_codes
from ops.local.stack import Stack
from streams.publishing.producer import create_producer
from tests.support import builders as a
from tests.support.chaos import Worker, wait_for
from tests.support.ledger import rows, saying
from tests.support.odd_messages import ODD, Thrower
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from events.event import Event

EVERY_S = 0.5

ORGANISATION = Platform.ORGANISATION


class Others(threading.Thread):
    """Two departments that report, each twice a second, and when what they said was applied."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(name="others", daemon=True)
        self.stop = threading.Event()
        self.sent: dict[str, float] = {}
        self.waited: dict[str, float] = {}
        self._producer = create_producer(stack.kafka)
        self._postgres = stack.postgres

    def run(self) -> None:
        number = 0
        while not self.stop.wait(EVERY_S / 2):
            number += 1
            on = "2025-03-01"
            event = (
                a.a_penalty(number, on)
                if number % 2
                else a.a_judgment(number, on, subject_id=a.OTHER_SUBJECT)
            )
            self._report(event)
            self.look()

    def _report(self, event: Event) -> None:
        said = saying(event)
        self.sent[event.envelope.event_id] = time.monotonic()
        self._producer.produce(
            submissions_topic(ORGANISATION, said.department), said.value, said.key
        )
        self._producer.poll(0)

    def look(self) -> None:
        """Note of what waits what has been applied."""
        waiting = [event_id for event_id in [*self.sent] if event_id not in self.waited]
        found = rows(
            self._postgres,
            "SELECT entry_id::text FROM organisation_v1.event WHERE entry_id = ANY(%s::uuid[])",
            waiting,
        )
        now = time.monotonic()
        for (event_id,) in found:
            self.waited[event_id] = now - self.sent[event_id]

    def wait_after(self, moment: float) -> float:
        """Wait until each said something after a moment that was applied; give the longest wait."""

        def both_went_on() -> bool:
            later = [event_id for event_id, sent in [*self.sent.items()] if sent > moment]
            return sum(event_id in self.waited for event_id in later) >= 2

        wait_for(both_went_on, AMPLE_S, "the others go on")
        return max(
            self.waited.get(event_id, time.monotonic() - sent)
            for event_id, sent in [*self.sent.items()]
            if sent > moment
        )


class Scene(NamedTuple):
    """A ledger at work, and those who report meanwhile."""

    stack: Stack
    workers: list[Worker]
    others: Others
    waits: dict[str, float]
    had: list[int]

    def throw(self, what: str, topic: str, partition: int = 0) -> float:
        """Throw a message at a topic; give how long, at most, somebody else then waited."""
        began = time.monotonic()
        number = len(self.waits)
        ODD[what](Thrower(self.stack.kafka, topic, partition, THROWN_ABOUT, number))
        waited = self.others.wait_after(began)
        self.waits[f"{what}, at {topic}"] = waited
        return waited

    def settle(self) -> None:
        """Wait until what was thrown before is done with: who waits now waits for what comes now."""
        began, others = time.monotonic(), self.others
        wait_for(
            lambda: all(e in others.waited for e, sent in [*others.sent.items()] if sent < began),
            AMPLE_S,
            "what was said before is applied",
        )

    def memory(self) -> int:
        """Give the most that a worker ever had, in bytes."""
        return max(_most_memory(worker) for worker in self.workers)

    def pids(self) -> list[int | None]:
        return [worker.process.pid if worker.is_alive else None for worker in self.workers]


def _most_memory(worker: Worker) -> int:
    status = Path(f"/proc/{worker.process.pid}/status").read_text("ascii")
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(kilobytes) * 1024


def _neighbour(subject: str) -> str:
    """Give another credit code whose events stand in the same partition."""
    codes = synthetic_credit_codes(1_000)
    return next(c for c in codes if partition_of(c) == partition_of(subject) and c != subject)


THROWN_ABOUT = _neighbour(a.SUBJECT)
