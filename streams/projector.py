"""The projector agent: batches of the ledger into the read models, then out to subscribers."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import structlog

from events.errors import LedgerError
from events.topics import ledger_topic
from projections.calendar.sweep_day import sweep_day
from projections.projector import BULK_MESSAGES
from projections.store.database import live_schema
from projections.store.publication import Stand
from projections.store.session import end_asleep
from projections.store.tables.positions import SupersededError
from streams.connections import IDLE_MAX_MS
from streams.faults import WorkerStuckError, fault
from streams.reading.log import Partition
from streams.room import UNWATCHED, Room
from streams.rounds import Rounds
from streams.witness import check_noting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from psycopg import Cursor

    from projections.projector import Applied, Projector
    from projections.store.tables.positions import Position
    from streams.batches import Batch
    from streams.connections import Connections
    from streams.publishing.relay import Relay
    from streams.rounds import Outcome
    from streams.transport.app import BatchApp
    from streams.witness import Witness

_log = structlog.get_logger(__name__)

LOOK_EVERY_S: Final = 1.0
QUIET_LOOKS: Final = 2
"""So many times as long is it to the next look after one that found what the one before had."""
SLEEPERS_EVERY_S: Final = 5.0
PUBLICATION_STUCK_AFTER_S: Final = 180.0
"""Longer than a send and a commit may take; a broker that is away is an outage, and waited for."""


class TablesWentBackError(LedgerError):
    """The database came back without commits that it had confirmed: they are applied again."""


class ProjectorAgent:
    """Applies one platform's ledger: the `positions` and `apply` of its batch agent."""

    def __init__(
        self,
        projector: Projector,
        connections: Connections,
        relay: Relay,
        witness: Witness,
        changed_on: Callable[[date], date],
        room: Room = UNWATCHED,
    ) -> None:
        """Bind the projector to its database connections and to the relay.

        `changed_on` gives the last day up to another on which a rule changed. Without `room` no
        disk is watched.
        """
        self.topic = ledger_topic(projector.platform)
        self._projector = projector
        self._connections = connections
        self._relay = relay
        self._witness = witness
        self._changed_on = changed_on
        self._room = room
        self._sleepers_sought_at = -math.inf
        self._rounds = Rounds(self._apply, self._apply_round)

    async def next_offsets(self, topic: str, partitions: Collection[int]) -> Mapping[int, int]:
        """Give where the projection stands; what it has not published yet is published first.

        Raises `LogChangedError` where the ledger does not hold what was read of it.
        """
        wanted = frozenset(partitions)
        found = await asyncio.to_thread(self._positions)
        standings = {p: found[p].standing for p in wanted & found.keys()}
        await asyncio.to_thread(check_noting, self._connections, self._witness, topic, standings)
        for partition in wanted & found.keys():
            self._relay.catch_up(partition, found[partition].generation)
        return {partition: found[partition].next_offset for partition in wanted & found.keys()}

    def _positions(self) -> dict[int, Position]:
        with self._connections.one() as connection, connection.cursor() as cursor:
            # A rebuild may have taken over since: work goes on where the live version stands.
            self._projector.store.bind(live_schema(connection, self._projector.platform))
            self._end_asleep(cursor)
            return self._projector.store.positions(cursor)

    def _end_asleep(self, cursor: Cursor[Any]) -> None:
        """End who was paused in the midst of a COPY: it would lock us out until it wakes.

        Asked once as all lanes begin, and again where one could not get at its position for long.
        """
        now = time.monotonic()
        if now - self._sleepers_sought_at >= SLEEPERS_EVERY_S:
            self._sleepers_sought_at = now
            if ended := end_asleep(cursor, self._projector.store, IDLE_MAX_MS / 1_000):
                _log.warning("sleepers_ended", sessions=ended)

    async def apply(self, batch: Batch) -> None:
        """Apply a batch durably, a small one in a round; publishing follows by itself."""
        applied = await self._rounds.apply(batch)
        self._relay.offer(applied, in_bulk=len(batch.records) >= BULK_MESSAGES)
        await self._relay.has_room()

    def _apply(self, batch: Batch) -> Applied:
        self._room.check()
        with self._connections.one() as connection:
            return self._projector.apply(connection, batch.partition, batch.records)

    def _apply_round(self, batches: Sequence[Batch]) -> Mapping[int, Outcome]:
        self._room.check()
        records = {batch.partition: batch.records for batch in batches}
        with self._connections.one() as connection:
            return self._projector.apply_round(connection, records)

    async def look_forever(self, app: BatchApp, every_s: float = LOOK_EVERY_S) -> None:
        """Look at what others commit in partitions held here: an operator's verb, a new version.

        What they left to publish goes out; where another version has taken over, or a database
        that fell has come back without its last commits, lanes find where it stands.
        """
        rest_s, before = every_s, dict[int, Stand]()
        while True:
            await asyncio.sleep(rest_s)
            lanes = {
                source.partition: lane
                for source, lane in app.lanes.open.items()
                if source.topic == self.topic and lane.next_offset is not None
            }
            try:
                known = self._relay.known(lanes)
                found = await asyncio.to_thread(self._relay.publication.look, list(lanes))
                rest_s, before = every_s * (QUIET_LOOKS if found == before else 1), found
                for partition, stand in found.items():
                    if stand.generation < known[partition]:
                        lanes[partition].relocate(TablesWentBackError())
                self._relay.look(found)
                await self._check_relay(app)
                await self._relay.let_go(
                    {s.partition for s in app.lanes.open if s.topic == self.topic}
                )
            except SupersededError as error:
                for lane in lanes.values():
                    lane.relocate(error)
            except Exception as error:  # noqa: BLE001 - an outage delays the look, no more
                _log.debug("look_failed", error=fault(error))

    async def _check_relay(self, app: BatchApp) -> None:
        """Give up where nothing goes out for long although broker and database answer."""
        failing_s = self._relay.failing_s
        if failing_s > PUBLICATION_STUCK_AFTER_S:
            await asyncio.to_thread(self._witness.end, self.topic, 0)
            error = WorkerStuckError(f"{self.topic}: nothing published for {failing_s:.0f} s")
            app.lanes.give_up(error)

    async def sweep_forever(
        self, app: BatchApp, every_s: float, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Sweep each partition once a day, after all recorded before the day is applied.

        Whether one is due a look at all positions tells: the broker is asked of those that are.
        """
        while True:
            await asyncio.sleep(every_s)
            to = sweep_day(now())
            try:
                stand = await asyncio.to_thread(self._stand)
                swept = {p for p, each in stand.items() if each.swept_on >= to}
                related = {p for p, each in stand.items() if each.related_on >= to}
                sources = [s for s in app.lanes.open if s.topic == self.topic]
                for source in sources:
                    if source.partition not in swept:
                        await self._sweep_if_due(app, source, to)
                for source in sources:
                    if source.partition not in related:
                        await self._relate(source.partition, to)
            except SupersededError:
                # The next look finds the version that has taken over.
                _log.info("sweep_waits")
            except Exception as error:  # noqa: BLE001 - an outage delays the sweep, no more
                _log.warning("sweep_failed", error=fault(error))

    def _stand(self) -> dict[int, Position]:
        with self._connections.one() as connection, connection.cursor() as cursor:
            return self._projector.store.positions(cursor)

    async def _sweep_if_due(self, app: BatchApp, source: Any, to: date) -> None:
        lane = app.lanes.open.get(source)
        if lane is None or not lane.is_idle:
            return
        _, end = await app.consumer.extent(Partition(*source))
        if lane.next_offset == end:
            await self._sweep(source.partition, to)

    async def _sweep(self, partition: int, to: date) -> None:
        """Sweep a partition in steps; each is durable, so what is left is swept after a crash.

        Batches may come between: what was recorded before the day has been applied.
        """
        more, due = await asyncio.to_thread(self._is_due, partition, to)
        swept = 0
        while more:
            applied, more = await asyncio.to_thread(self._sweep_some, partition, to)
            swept += len(applied.profiles)
            self._relay.offer(applied, in_bulk=more)
            await self._relay.has_room()
            if more:
                # Events that came meanwhile may have assessed some of those that were due.
                left = max(0, due - swept)
                _log.info("sweeping", partition=partition, to=str(to), subjects=swept, left=left)
        if swept:
            _log.info("swept", partition=partition, to=str(to), subjects=swept)

    async def _relate(self, partition: int, to: date) -> None:
        """Tell of contagion, once every partition, here or elsewhere, is swept to the day."""
        applied = await asyncio.to_thread(self._relate_now, partition, to)
        if applied is not None:
            self._relay.offer(applied)

    def _relate_now(self, partition: int, to: date) -> Applied | None:
        self._room.check()
        with self._connections.one() as connection:
            return self._projector.relate(connection, partition, to)

    def _is_due(self, partition: int, to: date) -> tuple[bool, int]:
        """Say whether a partition is to be swept to a day, and how many of its subjects are due."""
        with self._connections.one() as connection, connection.cursor() as cursor:
            if self._projector.store.position(cursor, partition).swept_on >= to:
                return False, 0
            changed_on = self._changed_on(to)
            return True, self._projector.store.count_due(cursor, partition, to, changed_on)[0]

    def _sweep_some(self, partition: int, to: date) -> tuple[Applied, bool]:
        self._room.check()
        with self._connections.one() as connection:
            return self._projector.sweep(connection, partition, to)
