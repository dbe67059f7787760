"""Warnings as server-sent events: from any cursor on, without limit, then live.

Each event's id is the cursor behind it, so a reader that reconnects misses nothing and gets
nothing twice. Where that cannot be held, as the read models were replaced or the id is none of
ours, `event: resync` says so once: read the whole again. Its id is where the stream goes on from,
so that a browser, which reconnects by itself with the last id, is not told the same for ever.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anyio import CapacityLimiter
from starlette.responses import StreamingResponse

from projections.http.asking import parameters as p
from projections.http.door.refusal import NotGivenError
from projections.http.errors import TooManyStreamsError
from projections.http.tail import AWAY, AWAY_S, POLL_S, Tail, frame, framed
from projections.notices.subscription import Subscription, subscription
from projections.queries import warning_log
from projections.queries.warning_log import (
    CursorForeignError,
    CursorUnreadableError,
    WarningCursor,
    format_cursor,
    parse_cursor,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from starlette.types import Receive, Scope, Send

    from events.envelope import Platform
    from projections.http.asking.asked import Asked, Service
    from projections.http.tail import Framed, TailPlace
    from projections.queries.warning_log import WarningTold

PING_S: Final = 15.0
LOOK_S: Final = 2.0
"""So often a stream looks whether it is still given; one look counts a second for all of a key."""
RETRY_MS: Final = 3_000
STREAMS_MAX: Final = 800
CATCHING_UP_AT_ONCE: Final = 2
CATCHING_UP_ROWS: Final = 200
_REPLACED: Final = "the read models were rebuilt: read the whole again"
_NOT_OURS: Final = "the id is not one of this service: read the whole again"


class Streams:
    """The open streams of a process, and what they share."""

    def __init__(self, service: Service) -> None:
        """Begin with none."""
        self._service = service
        self._tails: dict[Platform, Tail] = {}
        self._catching_up = CapacityLimiter(CATCHING_UP_AT_ONCE)
        self._looked: dict[str, tuple[float, bool]] = {}
        self.open = 0

    def tail(self, platform: Platform) -> Tail:
        """Give the one reader of a platform."""
        if platform not in self._tails:
            self._tails[platform] = Tail(self._service, platform)
        return self._tails[platform]

    async def still_given(self, asked: Asked, key: str) -> bool:
        """Say whether a stream is still given to its key; away is the database, not the right."""
        now = asyncio.get_running_loop().time()
        looked_at, holds = self._looked.get(key, (-LOOK_S, True))
        if now - looked_at < LOOK_S / 2:
            return holds
        if len(self._looked) >= STREAMS_MAX:
            self._looked.clear()
        self._looked[key] = now, holds  # Others of the key need not look meanwhile.
        try:
            holds = await asked.lasting.holds()
        except AWAY:
            return True
        self._looked[key] = now, holds
        return holds

    async def ask(
        self, question: Callable[..., Any], platform: Platform, *args: Any, **kwargs: Any
    ) -> Any:
        """Ask on behalf of a stream that is not live yet, beside few others."""
        limiter = self._catching_up
        return await self._service.ask(question, platform, *args, limiter=limiter, **kwargs)


class _Stream(StreamingResponse):
    """A response that counts as open while it lasts, and ends its iterator when it ends."""

    def __init__(self, streams: Streams, events: AsyncGenerator[bytes]) -> None:
        super().__init__(
            events,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._streams, self._events = streams, events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._streams.open += 1
        try:
            async with aclosing(self._events):
                await super().__call__(scope, receive, send)
        finally:
            self._streams.open -= 1


async def stream_warnings(asked: Asked) -> StreamingResponse:
    """Stream warnings; without a cursor from now on, with `after=start` from the first.

    Raises `TooManyStreamsError`.
    """
    streams: Streams = asked.request.app.state.streams
    if streams.open >= STREAMS_MAX:
        raise TooManyStreamsError(f"{STREAMS_MAX} streams are open already")
    wanted = subscription(
        asked.service.calendar.rulebook,
        region=asked[p.WARNED_REGION],
        domains=() if (domains := asked[p.DOMAINS]) is None else domains,
        level=asked[p.LEVEL_AT_LEAST],
        kind=asked[p.KIND],
        department=asked.permit.only_for or asked[p.FOR_DEPARTMENT],
    )
    after = asked.request.headers.get("last-event-id") or asked[p.AFTER_CURSOR]
    return _Stream(streams, _events(streams, asked, wanted, after))


async def _events(
    streams: Streams, asked: Asked, wanted: Subscription, after: str | None
) -> AsyncGenerator[bytes]:
    platform = asked[p.PLATFORM]
    yield f"retry: {RETRY_MS}\n\n".encode()
    async with streams.tail(platform).listening() as tail:
        cursor = (await tail.place()).cursor
        if after == "start":
            cursor = WarningCursor(cursor.version, {})
        elif after:
            try:
                cursor = parse_cursor(after)
            except CursorUnreadableError:
                yield _resync(_NOT_OURS, cursor)
        said = asked.request.headers
        key = (
            f"{said.get('authorization', id(asked))} {said.get('credit-purpose')} {asked.row.path}"
        )
        following = _Following(streams, tail, asked, wanted, cursor)
        async with aclosing(following.parts()) as parts:
            async for part in parts:
                try:
                    if part.subjects:
                        await asked.lasting.record(part.subjects, part.data)
                except NotGivenError:
                    yield _UNRECORDED
                    return
                if part.data:
                    yield part.data
                if not await streams.still_given(asked, key):
                    yield _ENDED
                    return


class _Stretch(NamedTuple):
    """What is sent at once, and whom it names; without data there was only time to look."""

    data: bytes
    subjects: tuple[str, ...] = ()


class _Following:
    """One stream: where it is, and what it reads next."""

    def __init__(
        self,
        streams: Streams,
        tail: Tail,
        asked: Asked,
        wanted: Subscription,
        cursor: WarningCursor,
    ) -> None:
        self._streams, self._tail, self._platform = streams, tail, asked[p.PLATFORM]
        self._wanted, self._cursor = wanted, cursor

    async def parts(self) -> AsyncGenerator[_Stretch]:
        """Read up to where the tail stands, then what it brings; again where it went too far."""
        while True:
            place = await self._tail.place()
            try:
                while self._cursor != place.cursor:
                    found = await self._ask(
                        warning_log.resume,
                        self._cursor,
                        limit=CATCHING_UP_ROWS,
                        until=place.cursor,
                    )
                    yield self._chosen(framed(found.told))
                    self._cursor = place.cursor if found.is_head else found.cursor
            except CursorForeignError:
                if (told := await self._resynced()) is not None:
                    yield _Stretch(told)
                continue
            except AWAY:
                await asyncio.sleep(AWAY_S)
                yield _Stretch(_PING)
                continue
            async with aclosing(self._live(place)) as live:
                async for part in live:
                    yield part

    async def _live(self, place: TailPlace) -> AsyncGenerator[_Stretch]:
        """Give what the tail brings, as long as it holds what this stream lacks."""
        quiet_s = 0.0
        while (batches := await self._tail.after(place, LOOK_S)) is not None:
            if batches:
                # What came while the last stretch was recorded and sent is one stretch, so that who
                # is behind catches up by one record.
                self._cursor = batches[-1].told[-1].cursor
                place = place._replace(number=batches[-1].number)
                yield self._chosen([each for batch in batches for each in batch.told])
            quiet_s = 0.0 if batches else quiet_s + LOOK_S
            is_due = quiet_s >= PING_S
            quiet_s = 0.0 if is_due else quiet_s
            yield _Stretch(_PING if is_due else b"")

    async def _resynced(self) -> bytes | None:
        """Go on from now, and say so, unless the cursor is only ahead of where the tail looked."""
        try:
            await self._ask(warning_log.resume, self._cursor, limit=1)
        except CursorForeignError:
            self._cursor = await self._ask(warning_log.head)
            return _resync(_REPLACED, self._cursor)
        await asyncio.sleep(POLL_S)
        return None

    async def _ask(self, question: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await self._streams.ask(question, self._platform, *args, **kwargs)

    def _chosen(self, told: Iterable[Framed]) -> _Stretch:
        chosen = [each for each in told if is_wanted(each.told, self._wanted)]
        return _Stretch(
            b"".join(each.frame for each in chosen),
            tuple([each.told.subject_id for each in chosen]),
        )


_PING: Final = b": still here\n\n"
_ENDED: Final = b": this is no longer given to your key\n\n"
_UNRECORDED: Final = b": what follows could not be recorded: come again with the last id\n\n"


def _resync(why: str, cursor: WarningCursor) -> bytes:
    return frame(why, cursor=format_cursor(cursor), event="resync")


def is_wanted(told: WarningTold, wanted: Subscription) -> bool:
    """Say whether a warning is one that is wanted."""
    return wanted.takes(
        region=told.region,
        domain=told.domain,
        level=told.level or told.previous_level,
        kind=told.kind,
        recipients=told.recipients,
    )
