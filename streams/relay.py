"""The relay: what transactions wrote goes out to Kafka; notices in order, profiles as they stand.

Notices (warnings, list changes) wait in the outbox and are deleted once acknowledged. A profile is
the state of a subject, so only its newest version need go out: changes are taken from memory, and
after a crash read again from the generation up to which publication is noted.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Final

import structlog

from streams.publication import PROFILES_PER_SEND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.projector import Applied
    from projections.writing.outbox import ProfileChange
    from streams.publication import Publication

_log = structlog.get_logger(__name__)

PENDING_PROFILES_MAX: Final = 20_000
_RETRY_S: Final = 1.0
_GATHER_S: Final = 0.2
_BULK_GATHER_S: Final = 5.0
"""How long profiles wait, and those of a backlog: a subject met again meanwhile goes out once."""
_NOTE_EVERY_S: Final = 1.0
"""How often it is noted up to where profiles are published: what a crash publishes again."""


class _Line:
    """The profiles of one partition: those that wait, and those sent since the last note."""

    def __init__(self) -> None:
        self.pending: dict[str, ProfileChange] = {}
        self.floor = 0  # the generation found at assignment; what is older is another worker's
        self.offered = 0  # the generation of the newest offer
        self.published = 0  # up to which all is sent
        self.noted = 0  # up to which that is noted
        self.sent: set[str] = set()


class Relay:
    """Publishes for one platform, in a task of the worker that applied."""

    def __init__(self, publication: Publication, owner: str) -> None:
        """Bind to what blocks; `owner` is what this worker's projector writes beside positions."""
        self._publication = publication
        self._owner = owner
        self._lines: defaultdict[int, _Line] = defaultdict(_Line)
        self._due_at = math.inf
        self._note_at = math.inf
        self._noted_at = 0.0
        self._told: set[int] = set()
        self._behind: set[int] = set()
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def offer(self, applied: Applied, *, in_bulk: bool = False) -> None:
        """Take what a transaction changed; profiles of a backlog, `in_bulk`, may wait a little."""
        if applied.notices:
            self._told.add(applied.partition)
        line = self._lines[applied.partition]
        # What an earlier assignment left behind may be older than what another has published.
        if applied.generation > line.floor:
            line.offered = applied.generation
            for change in applied.profiles:
                line.pending[change.subject_id] = change
            wait_s = _BULK_GATHER_S if in_bulk else _GATHER_S
            self._due_at = min(self._due_at, time.monotonic() + wait_s)
        if self._pending() > PENDING_PROFILES_MAX // 2:
            self._due_at = 0.0
        if self._pending() > PENDING_PROFILES_MAX:
            self._room.clear()
        self._work.set()

    def catch_up(self, partition: int, generation: int) -> None:
        """Publish what an earlier worker of this partition, at `generation`, may have left."""
        line = self._lines[partition]
        line.floor = generation
        line.pending = {}
        self._give_room()
        self._behind.add(partition)
        self._work.set()

    async def has_room(self) -> None:
        """Wait while more is pending than memory should hold."""
        await self._room.wait()

    async def run(self) -> None:
        """Publish forever; an outage delays, and nothing is dropped."""
        while True:
            with contextlib.suppress(TimeoutError):
                wait_s = max(0.0, min(self._due_at, self._note_at) - time.monotonic())
                await asyncio.wait_for(self._work.wait(), None if wait_s == math.inf else wait_s)
            self._work.clear()
            try:
                await self._publish()
            except Exception as error:  # noqa: BLE001 - whatever it was, the same is tried again
                _log.warning("relay_failed", error=type(error).__name__)
                await asyncio.sleep(_RETRY_S)
                self._work.set()

    def _pending(self) -> int:
        return sum(len(line.pending) for line in self._lines.values())

    async def _publish(self) -> None:
        while self._told or self._behind or self._due_at <= time.monotonic():
            # Notices go first: a supervisor waits for them, a profile is always current.
            told, self._told = self._told | self._behind, set()
            try:
                if told:
                    await asyncio.to_thread(self._publication.send_notices, sorted(told))
            except BaseException:
                self._told |= told
                raise
            for partition in sorted(self._behind):
                await self._catch_up(partition)
                self._behind.discard(partition)
            if self._due_at <= time.monotonic():
                await self._send_pending()
        if self._note_at <= time.monotonic():
            await self._note()

    async def _catch_up(self, partition: int) -> None:
        line = self._lines[partition]
        unsure_after = line.noted if line.sent else None
        reached = await asyncio.to_thread(self._publication.send_missed, partition, unsure_after)
        line.noted = line.published = reached
        line.sent.clear()

    async def _send_pending(self) -> None:
        """Send what is pending, or a part of it where notices wait."""
        self._due_at = math.inf
        # What is offered meanwhile gathers for the next time.
        left = self._pending()
        while taken := self._take(min(left, PROFILES_PER_SEND)):
            left -= sum(map(len, taken.values()))
            lines = {partition: self._lines[partition] for partition in taken}
            floors = {partition: line.floor for partition, line in lines.items()}
            whole = {p: line.offered for p, line in lines.items() if not line.pending}
            for partition, changes in taken.items():
                lines[partition].sent.update(change.subject_id for change in changes)
            self._note_at = min(self._note_at, self._noted_at + _NOTE_EVERY_S)
            try:
                await asyncio.to_thread(self._publication.send_profiles, taken)
            except BaseException:
                self._put_back(taken, floors)
                raise
            for partition, generation in whole.items():
                lines[partition].published = max(lines[partition].published, generation)
            self._give_room()
            if self._told:
                self._due_at = 0.0
                return

    def _give_room(self) -> None:
        if self._pending() <= PENDING_PROFILES_MAX // 2:
            self._room.set()

    def _take(self, room: int) -> dict[int, list[ProfileChange]]:
        """Take the next profiles to send, over all partitions, up to so many."""
        taken: dict[int, list[ProfileChange]] = {}
        for partition, line in self._lines.items():
            subjects = list(islice(line.pending, room))
            if subjects:
                taken[partition] = [line.pending.pop(subject_id) for subject_id in subjects]
                room -= len(subjects)
        return taken

    def _put_back(
        self, taken: Mapping[int, list[ProfileChange]], floors: Mapping[int, int]
    ) -> None:
        """Let what failed wait again, but never over something newer."""
        for partition, changes in taken.items():
            line = self._lines[partition]
            if line.floor == floors[partition]:
                line.pending = {change.subject_id: change for change in changes} | line.pending
        self._due_at = 0.0

    async def _note(self) -> None:
        """Note up to where profiles are published, and mend what was sent by a zombie.

        A worker that slept past its session wakes with old profiles at hand, and nothing stops
        the broker from taking them after those of its successor. Whoever finds that another has
        moved the position therefore sends the newest again: the last word is never an old one.
        """
        lines = {partition: line for partition, line in self._lines.items() if line.sent}
        reached = {partition: line.published for partition, line in lines.items()}
        owners = await asyncio.to_thread(self._publication.note, reached)
        for partition, line in lines.items():
            if owners.get(partition) != self._owner:
                await asyncio.to_thread(
                    self._publication.send_overtaken, partition, line.noted, list(line.sent)
                )
            line.noted = max(line.noted, reached[partition])
            line.sent.clear()
        self._noted_at, self._note_at = time.monotonic(), math.inf
