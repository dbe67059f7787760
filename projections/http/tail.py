"""One reader of the newest warnings for all streams of a process, however many are open.

It asks the database ten times a second while anybody listens, less often where more than a hundred
do, and keeps what was told last. A stream that is as far as the tail waits for it in memory. One
that is behind reads for itself, a few at a time, up to where the tail stands, and joins it there.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import asynccontextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import psycopg
import psycopg_pool

from projections.queries import warning_log
from projections.queries.warning_log import CursorForeignError, format_cursor
from projections.store.database import OtherShapeError, ProjectionMissingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from events.envelope import Platform
    from projections.http.asking.asked import Service
    from projections.queries.warning_log import WarningCursor, WarningTold

POLL_S: Final = 0.1
TELLING_ONE_S: Final = 0.001
"""What telling one stream takes, and as much again for all else that the process has to do."""
AWAY_S: Final = 1.0
KEPT_NOTICES: Final = 4_000
"""So many are kept for who is a little behind: who is further behind asks the database, which is
what a service with much to do has no time for."""
AWAY: Final = (
    psycopg.OperationalError,
    psycopg_pool.PoolTimeout,
    ProjectionMissingError,
    OtherShapeError,
)
"""The database does not answer now: the streams stay open and wait."""
_log: Final = logging.getLogger(__name__)


class Framed(NamedTuple):
    """A notice, the cursor behind it, and both as one event: made once for all streams."""

    cursor: WarningCursor
    told: WarningTold
    frame: bytes


class TailBatch(NamedTuple):
    """What was told between two looks."""

    number: int
    told: Sequence[Framed]


class TailPlace(NamedTuple):
    """Where the tail stands: behind batch `number`; `epoch` rises when read models are replaced."""

    epoch: int
    number: int
    cursor: WarningCursor


class Tail:
    """Follows the warnings of one platform while somebody listens."""

    def __init__(self, service: Service, platform: Platform) -> None:
        """Begin with nobody listening."""
        self._service, self._platform = service, platform
        self._place: TailPlace | None = None
        self._epoch = 0
        self._batches: deque[TailBatch] = deque()
        self._kept = 0
        self._moved: asyncio.Future[None] | None = None
        self._listeners = 0
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Tail]:
        """Follow for as long as this lasts, if nobody made it follow already."""
        self._listeners += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())
        try:
            yield self
        finally:
            self._listeners -= 1

    async def place(self) -> TailPlace:
        """Give where the tail stands; wait for its first look."""
        while self._place is None:
            await asyncio.shield(self._next_move())
        return self._place

    async def after(self, place: TailPlace, wait_s: float) -> list[TailBatch] | None:
        """Wait for what comes after a place; empty after `wait_s`, None where it is not kept."""
        if not self._has_moved(place):
            await asyncio.wait((self._next_move(),), timeout=wait_s)
        now = self._place
        if now is None or now.epoch != place.epoch:
            return None
        lacking = now.number - place.number
        if lacking > len(self._batches):
            return None
        return [*islice(reversed(self._batches), lacking)][::-1]

    def _next_move(self) -> asyncio.Future[None]:
        """Give what is done once there is something to read: one for all who wait."""
        if self._moved is None:
            self._moved = asyncio.get_running_loop().create_future()
        return self._moved

    def _has_moved(self, place: TailPlace) -> bool:
        now = self._place
        return now is None or (now.epoch, now.number) != (place.epoch, place.number)

    async def _follow(self) -> None:
        try:
            while self._listeners:
                try:
                    is_head = await self._look()
                except AWAY:
                    await asyncio.sleep(AWAY_S)
                except Exception:  # noqa: BLE001 - streams outlive whatever it is, and it is logged
                    _log.exception("the tail of warnings looks again")
                    await asyncio.sleep(AWAY_S)
                else:
                    await asyncio.sleep(self._rest_s() if is_head else 0)
        finally:
            self._place = None
            self._forget()

    async def _look(self) -> bool:
        """Read what was told since the last look; say whether that was all."""
        service, platform, place = self._service, self._platform, self._place
        if place is None:
            cursor = await service.ask(warning_log.head, platform)
            self._move(TailPlace(self._epoch, 0, cursor), ())
            return True
        try:
            found = await service.ask(warning_log.resume, platform, place.cursor)
        except CursorForeignError:
            self._forget()
            cursor = await service.ask(warning_log.head, platform)
            self._move(TailPlace(self._epoch, 0, cursor), ())
            return True
        number = place.number + bool(found.told)
        self._move(TailPlace(place.epoch, number, found.cursor), framed(found.told))
        return bool(found.is_head)

    def _rest_s(self) -> float:
        """Give for how long not to look: of many who listen each is told of several at once."""
        return max(POLL_S, self._listeners * TELLING_ONE_S)

    def _forget(self) -> None:
        """Keep nothing of what was told: it is of other read models, or nobody listens."""
        self._batches.clear()
        self._kept = 0
        self._epoch += 1

    def _move(self, place: TailPlace, told: Sequence[Framed]) -> None:
        """Stand at a place; wake the listeners only where they have something to read."""
        first = self._place is None or self._place.epoch != place.epoch
        self._place = place
        if told:
            self._batches.append(TailBatch(place.number, told))
            self._kept += len(told)
            while self._kept > KEPT_NOTICES and len(self._batches) > 1:
                self._kept -= len(self._batches.popleft().told)
        if (told or first) and self._moved is not None:
            self._moved.set_result(None)
            self._moved = None


def framed(told: Iterable[tuple[WarningCursor, WarningTold]]) -> list[Framed]:
    """Frame notices, each with the cursor behind it."""
    return [
        Framed(cursor, each, frame(_encode(each).decode(), cursor=format_cursor(cursor)))
        for cursor, each in told
    ]


_encode: Final = msgspec.json.Encoder().encode


def frame(data: str, *, cursor: str | None = None, event: str | None = None) -> bytes:
    """Frame one event; a line break of any kind in a value can not begin a field of its own."""
    lines = [f"id: {_line(cursor)}"] if cursor else []
    lines += [f"event: {_line(event)}"] if event else []
    lines += [f"data: {_line(part)}" for part in data.replace("\r", "\n").split("\n")]
    return ("\n".join(lines) + "\n\n").encode()


def _line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ").replace("\0", " ")
