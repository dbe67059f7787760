"""The relay: what transactions wrote goes out to Kafka; notices in order, profiles as they stand.

Notices (warnings, list changes) wait in the outbox and are deleted once acknowledged. A profile is
the state of a subject, so only its newest version need go out: changes are taken from memory, and
after a crash read again from the generation up to which publication is noted.

Who takes a partition over publishes what an earlier one left, at once, and under a name that the
broker takes from the earlier one (`fence`). What another process commits meanwhile, as an
operator's verb does, is seen by a look at the tables (`Relay.look`), and read from them.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import structlog

from streams.faults import fault
from streams.publishing.fence import FencedError
from streams.publishing.line import Line
from streams.publishing.publication import PROFILES_PER_SEND

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

    from projections.projector import Applied
    from projections.store.publication import Stand
    from projections.writing.outbox import ProfileChange
    from streams.publishing.publication import Publication

_log = structlog.get_logger(__name__)

PENDING_PROFILES_MAX: Final = 20_000
_RETRY_S: Final = 1.0
_GATHER_S: Final = 0.2
_BULK_GATHER_S: Final = 5.0
"""How long profiles wait, and those of a backlog: a subject met again meanwhile goes out once."""
_WHOLE_AFTER_S: Final = 5.0
"""How long after a patch of a long profile the whole of it goes out, whatever comes meanwhile."""
_EVERY_S: Final = 1.0
"""How often profiles go out at most: each partition's are a transaction of the broker's."""
_RESTS: Final = 8.0
_EVERY_MAX_S: Final = 3.0
"""Or as many times as the last sending took, up to so long: where a machine is full, fewer go."""
_NOTE_EVERY_S: Final = 1.0
"""How often it is noted up to where profiles are published: what a crash publishes again."""


class Relay:
    """Publishes for one platform, in a task of the worker that applied."""

    def __init__(self, publication: Publication) -> None:
        """Bind to what blocks."""
        self.publication = publication
        self._lines: defaultdict[int, Line] = defaultdict(Line)
        self._due_at = math.inf
        self._rests_until = -math.inf
        self._took_s = 0.0
        self._note_at = math.inf
        self._noted_at = 0.0
        self._told: set[int] = set()
        self._failing_since: float | None = None
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    @property
    def failing_s(self) -> float:
        """For how long nothing has gone out although something waits; 0.0 while all is well."""
        return 0.0 if self._failing_since is None else time.monotonic() - self._failing_since

    def offer(self, applied: Applied, *, in_bulk: bool = False) -> None:
        """Take what a transaction changed; profiles of a backlog, `in_bulk`, may wait a little."""
        if applied.notices:
            self._told.add(applied.partition)
        line = self._lines[applied.partition]
        if not line.is_fenced:
            line.join(applied)
            wait_s = _BULK_GATHER_S if in_bulk else _GATHER_S
            due_at = max(time.monotonic() + wait_s, self._rests_until)
            self._due_at = min(self._due_at, due_at)
        if self._pending() > PENDING_PROFILES_MAX // 2:
            self._due_at = 0.0
        if self._pending() > PENDING_PROFILES_MAX:
            self._room.clear()
        self._work.set()

    def catch_up(self, partition: int, generation: int) -> None:
        """Publish what an earlier worker of this partition, at `generation`, may have left."""
        # A new line: what is under way for the old one no longer counts for anything.
        self._lines[partition] = Line(generation, is_behind=True)
        self._give_room()
        self._work.set()

    def known(self, partitions: Iterable[int]) -> dict[int, int]:
        """Give the last transaction of each partition that is known here: ask before a look."""
        return {partition: self._lines[partition].joined for partition in partitions}

    def look(self, found: Mapping[int, Stand]) -> None:
        """Compare with how the tables stand of partitions held: others may have committed too.

        What a look finds that was not offered here by the next one is read from the tables.
        """
        for partition, stand in found.items():
            line = self._lines[partition]
            if line.is_behind:
                continue
            missing_after = line.joined if stand.generation > line.joined else None
            if line.is_fenced or (
                missing_after is not None and missing_after == line.missing_after
            ):
                self.catch_up(partition, stand.generation)
            else:
                line.missing_after = missing_after
                if stand.notices_wait:
                    self._told.add(partition)
                    self._work.set()

    async def let_go(self, held: Collection[int]) -> None:
        """End the producers of partitions that others hold now, where nothing of theirs waits here.

        The first of two workers begins with all partitions, and kept the producers of half of them.
        """
        gone = [p for p, line in self._lines.items() if p not in held and not line.pending]
        for line in [self._lines[partition] for partition in gone]:
            if line.owed:
                line.lose()  # Whoever holds it now reads from the tables what is owed.
        producers = self.publication.let_go(gone)
        if producers:
            await asyncio.to_thread(producers.clear)

    async def has_room(self) -> None:
        """Wait while more is pending than memory should hold."""
        await self._room.wait()

    async def run(self) -> None:
        """Publish forever; an outage delays, and nothing is dropped."""
        while True:
            with contextlib.suppress(TimeoutError):
                next_at = min(self._due_at, self._note_at, self._whole_at())
                wait_s = max(0.0, next_at - time.monotonic())
                await asyncio.wait_for(self._work.wait(), None if wait_s == math.inf else wait_s)
            self._work.clear()
            try:
                await self._publish()
                self._failing_since = None
            except Exception as error:  # noqa: BLE001 - whatever it was, the same is tried again
                self._failing_since = self._failing_since or time.monotonic()
                _log.warning("relay_failed", error=fault(error))
                await asyncio.sleep(_RETRY_S)
                self._work.set()

    def _pending(self) -> int:
        return sum(len(line.pending) for line in self._lines.values())

    def _whole_at(self) -> float:
        return min((line.due_at for line in self._lines.values()), default=math.inf)

    def _is_due(self) -> bool:
        return min(self._due_at, self._whole_at()) <= time.monotonic()

    def _behind(self) -> list[int]:
        return sorted(partition for partition, line in self._lines.items() if line.is_behind)

    async def _publish(self) -> None:
        while self._told or self._behind() or self._is_due():
            # Only these: others may be taken over while this is awaited, and come next.
            behind = self._behind()
            # Notices go first: a supervisor waits for them, a profile is always current.
            failed = [await _tried(self._tell, behind)]
            failed += [await _tried(self._catch_up, partition) for partition in behind]
            if self._is_due():
                began = time.monotonic()
                failed.append(await _tried(self._send_pending))
                self._took_s = time.monotonic() - began
            for error in filter(None, failed):
                raise error
        if self._note_at <= time.monotonic():
            await self._note()

    async def _tell(self, behind: Collection[int]) -> None:
        """Send the notices of partitions that have some, or may have."""
        told, self._told = self._told | set(behind), set()
        if told:
            try:
                await asyncio.to_thread(self.publication.send_notices, sorted(told))
            except BaseException:
                self._told |= told
                raise

    async def _catch_up(self, partition: int) -> None:
        line = self._lines[partition]
        try:
            reached = await asyncio.to_thread(self.publication.send_missed, partition, line)
        except FencedError:
            self._lose(partition, line)
        else:
            line.reach(reached)
            if line.pending:
                self._due_at = 0.0

    async def _send_pending(self) -> None:
        """Send what is pending, or a part of it where notices wait."""
        self._due_at = math.inf
        rest_s = max(_EVERY_S, min(_RESTS * self._took_s, _EVERY_MAX_S))
        self._rests_until = time.monotonic() + rest_s
        for line in self._lines.values():
            self.publication.let_be_whole(line.take_due(time.monotonic()))
            # What changed no profile, as a day's contagion, is published once it is known.
            if line.is_all_sent and line.published < line.joined:
                line.sent_up_to(line.joined)
                self._note_at = min(self._note_at, self._noted_at + _NOTE_EVERY_S)
        # What is offered meanwhile gathers for the next time.
        left = self._pending()
        while taken := self._take(min(left, PROFILES_PER_SEND)):
            left -= sum(map(len, taken.values()))
            lines = {partition: self._lines[partition] for partition in taken}
            whole = {p: line.joined for p, line in lines.items() if not line.pending}
            failed: Mapping[int, Exception] = dict.fromkeys(taken, RuntimeError())
            patched: Collection[str] = ()
            try:
                failed, patched = await asyncio.to_thread(self.publication.send_profiles, taken)
            finally:
                for partition in failed:
                    self._put_back(lines[partition], taken[partition])
            for partition in taken.keys() - failed.keys():
                line = lines[partition]
                line.owe(taken[partition], patched, time.monotonic() + _WHOLE_AFTER_S)
                if partition in whole:
                    line.sent_up_to(whole[partition])
            self._note_at = min(self._note_at, self._noted_at + _NOTE_EVERY_S)
            self._judge(lines, failed)
            self._give_room()
            if self._told:
                self._due_at = 0.0
                return

    def _judge(self, lines: Mapping[int, Line], failed: Mapping[int, Exception]) -> None:
        """Part what others took over from what is to be tried again; raise the latter."""
        again = None
        for partition, error in failed.items():
            if isinstance(error, FencedError):
                self._lose(partition, lines[partition])
            else:
                again = error
        if again is not None:
            raise again

    def _lose(self, partition: int, line: Line) -> None:
        _log.warning("publication_taken_over", partition=partition)
        line.lose()
        line.is_behind = False
        self._give_room()

    def _give_room(self) -> None:
        if self._pending() <= PENDING_PROFILES_MAX // 2:
            self._room.set()

    def _take(self, room: int) -> dict[int, list[ProfileChange]]:
        """Take the next profiles to send, over all partitions, up to so many.

        None of a partition of which older ones are yet to be read from the tables.
        """
        taken: dict[int, list[ProfileChange]] = {}
        for partition, line in self._lines.items():
            subjects = [] if line.is_behind else list(islice(line.pending, room))
            if subjects:
                taken[partition] = [line.pending.pop(subject_id) for subject_id in subjects]
                room -= len(subjects)
        return taken

    def _put_back(self, line: Line, changes: list[ProfileChange]) -> None:
        """Let what failed wait again, but never over something newer."""
        line.pending = {change.subject_id: change for change in changes} | line.pending
        self._due_at = 0.0

    async def _note(self) -> None:
        """Note up to where profiles are published."""
        lines = {p: line for p, line in self._lines.items() if line.published > line.noted}
        reached = {partition: line.published for partition, line in lines.items()}
        if reached:
            await asyncio.to_thread(self.publication.note, reached)
        for partition, line in lines.items():
            line.noted = max(line.noted, reached[partition])
        self._noted_at, self._note_at = time.monotonic(), math.inf


async def _tried(work: Callable[..., Awaitable[None]], *given: Any) -> Exception | None:
    """Do one thing, and give why it failed: what is wrong with it stops nothing else."""
    try:
        await work(*given)
    except Exception as error:  # noqa: BLE001 - whatever it was, it is raised after all else
        return error
    return None
