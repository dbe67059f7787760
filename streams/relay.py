"""The relay: what transactions wrote goes out to Kafka; notices in order, profiles as they stand.

Notices (warnings, list changes) wait in the outbox and are deleted once acknowledged. A profile is
the state of a subject, so only its newest version need go out: changes are taken from memory, and
after a crash read again from the generation up to which publication is known.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from typing import TYPE_CHECKING, Any, Final

import structlog
from psycopg import sql

from events.topics import profiles_topic
from projections.outbox import profile_message
from projections.profile import assess
from projections.projector import ProfileChange
from projections.subject import decode_state

if TYPE_CHECKING:
    from projections.projector import Applied, Projector
    from projections.rules import RuleCalendar
    from streams.connections import Connections
    from streams.producer import Sender

_log = structlog.get_logger(__name__)

PENDING_PROFILES_MAX: Final = 50_000
_NOTICES_PER_SEND: Final = 1_000
_PROFILES_PER_SEND: Final = 5_000
_RETRY_S: Final = 1.0
_ANY: Final = sql.SQL("")
_BULK_WAIT_S: Final = 5.0
"""How long profiles of a backlog wait: a subject met again meanwhile is published once."""


class Relay:
    """Publishes for one platform, in a task of the worker that applied."""

    def __init__(
        self,
        projector: Projector,
        calendar: RuleCalendar,
        connections: Connections,
        sender: Sender,
    ) -> None:
        """Bind to the projector's store and a sender."""
        self._platform = projector.platform
        self._owner = projector.owner
        self._store = projector.store
        self._calendar = calendar
        self._connections = connections
        self._sender = sender
        self._profiles: dict[int, dict[str, ProfileChange]] = {}
        self._due_at = math.inf
        self._generations: dict[int, int] = {}
        self._floors: dict[int, int] = {}
        self._told: set[int] = set()
        self._behind: set[int] = set()
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def offer(self, applied: Applied, *, in_bulk: bool = False) -> None:
        """Take what a transaction changed; profiles of a backlog, `in_bulk`, may wait a little."""
        if applied.notices:
            self._told.add(applied.partition)
        # What an earlier assignment left behind may be older than what another has published.
        if applied.generation > self._floors.get(applied.partition, 0):
            pending = self._profiles.setdefault(applied.partition, {})
            for change in applied.profiles:
                pending[change.subject_id] = change
            self._generations[applied.partition] = applied.generation
            wait_s = _BULK_WAIT_S if in_bulk else 0.0
            self._due_at = min(self._due_at, time.monotonic() + wait_s)
        if self._pending() > PENDING_PROFILES_MAX // 2:
            self._due_at = 0.0
        if self._pending() > PENDING_PROFILES_MAX:
            self._room.clear()
        self._work.set()

    def catch_up(self, partition: int, generation: int) -> None:
        """Publish what an earlier worker of this partition, at `generation`, may have left."""
        self._floors[partition] = generation
        self._profiles.pop(partition, None)
        self._behind.add(partition)
        self._work.set()

    async def has_room(self) -> None:
        """Wait while more is pending than memory should hold."""
        await self._room.wait()

    async def run(self) -> None:
        """Publish forever; an outage delays, and nothing is dropped."""
        while True:
            with contextlib.suppress(TimeoutError):
                wait_s = max(0.0, self._due_at - time.monotonic())
                await asyncio.wait_for(self._work.wait(), None if wait_s == math.inf else wait_s)
            self._work.clear()
            try:
                await self._publish()
            except Exception as error:  # noqa: BLE001 - whatever it was, the same is tried again
                _log.warning("relay_failed", error=type(error).__name__)
                await asyncio.sleep(_RETRY_S)
                self._work.set()

    def _pending(self) -> int:
        return sum(map(len, self._profiles.values()))

    async def _publish(self) -> None:
        while self._told or self._behind or self._due_at <= time.monotonic():
            # Notices go first: a supervisor waits for them, a profile is always current.
            told, self._told = self._told | self._behind, set()
            try:
                for partition in sorted(told):
                    await asyncio.to_thread(self._send_notices, partition)
            except BaseException:
                self._told |= told
                raise
            for partition in sorted(self._behind):
                await asyncio.to_thread(self._send_missed_profiles, partition)
                self._behind.discard(partition)
            if self._due_at <= time.monotonic():
                await self._send_pending_profiles()

    async def _send_pending_profiles(self) -> None:
        self._due_at = math.inf
        # Copied, since offers of further partitions come in while this waits.
        for partition, pending in list(self._profiles.items()):
            if not pending or partition not in self._profiles:
                continue
            generation, floor = self._generations[partition], self._floors.get(partition, 0)
            taken, self._profiles[partition] = self._profiles[partition], {}
            try:
                await asyncio.to_thread(self._send_profiles, partition, list(taken.values()))
                owner = await asyncio.to_thread(self._note_published, partition, generation)
                if owner != self._owner or floor != self._floors.get(partition, 0):
                    await asyncio.to_thread(
                        self._send_overtaken, partition, list(taken), generation
                    )
            except BaseException:
                # What failed goes back, but never over something newer.
                if floor == self._floors.get(partition, 0):
                    self._profiles[partition] = taken | self._profiles.get(partition, {})
                self._due_at = 0.0
                raise
            if self._pending() <= PENDING_PROFILES_MAX // 2:
                self._room.set()
            if self._told:
                # Notices first; the other partitions' profiles follow.
                self._due_at = 0.0
                return
        if self._pending() <= PENDING_PROFILES_MAX // 2:
            self._room.set()

    def _send_profiles(self, partition: int, changes: list[ProfileChange]) -> None:
        topic = profiles_topic(self._platform)
        for start in range(0, len(changes), _PROFILES_PER_SEND):
            self._sender.send(
                (topic, change.subject_id.encode(), profile_message(change, partition), None)
                for change in changes[start : start + _PROFILES_PER_SEND]
            )

    def _note_published(self, partition: int, generation: int) -> str:
        """Note up to where profiles are published; give who moved the position last."""
        with self._connections.one() as connection:
            row = connection.execute(
                sql.SQL(
                    "UPDATE {} b SET generation = greatest(b.generation, %s) FROM {} a "
                    "WHERE b.partition = %s AND topic_kind = 'profiles' "
                    "AND a.partition = b.partition RETURNING a.owner"
                ).format(self._store.table("publication"), self._store.table("position")),
                (generation, partition),
            ).fetchone()
        return str(row[0]) if row else ""

    def _send_overtaken(self, partition: int, subjects: list[str], generation: int) -> None:
        """Publish again what was newer than what has just been sent: the last word is the newest.

        A worker that slept past its session wakes with old profiles at hand, and nothing stops
        the broker from taking them after those of its successor.
        """
        while subjects:
            with self._connections.one() as connection:
                rows = connection.execute(
                    self._changed(partition, sql.SQL("AND subject_id = ANY(%s)")),
                    (generation, subjects),
                ).fetchall()
            self._send_profiles(partition, [self._change(*row[:3]) for row in rows])
            subjects = [row[0] for row in rows]
            generation = max((row[3] for row in rows), default=generation)

    def _changed(self, partition: int, also: sql.SQL = _ANY) -> sql.Composed:
        """Select the profiles changed after a generation."""
        return sql.SQL(
            "SELECT subject_id, state, subject_id IN (SELECT subject_id FROM {}), generation "
            "FROM {} WHERE generation > %s {}"
        ).format(self._store.table("parked"), self._store.table(f"profile_{partition}"), also)

    def _send_notices(self, partition: int) -> None:
        outbox = self._store.table("outbox")
        more = True
        while more:
            with self._connections.one() as connection:
                rows = connection.execute(
                    sql.SQL(
                        "SELECT generation, n, topic, key, value FROM {} WHERE partition = %s "
                        "ORDER BY generation, n LIMIT %s"
                    ).format(outbox),
                    (partition, _NOTICES_PER_SEND),
                ).fetchall()
                self._sender.send((row[2], row[3], row[4], None) for row in rows)
                if rows:
                    connection.execute(
                        sql.SQL(
                            "DELETE FROM {} WHERE partition = %s AND (generation, n) <= (%s, %s)"
                        ).format(outbox),
                        (partition, rows[-1][0], rows[-1][1]),
                    )
            more = len(rows) == _NOTICES_PER_SEND

    def _send_missed_profiles(self, partition: int) -> None:
        """Publish the profiles changed after the generation up to which publication is known."""
        with self._connections.one() as connection:
            now, published = self._generation(connection, partition)
            if published >= now:
                return
            with connection.transaction(), connection.cursor(name="missed_profiles") as cursor:
                cursor.itersize = _PROFILES_PER_SEND
                sent: list[str] = []
                cursor.execute(self._changed(partition), (published,))
                while rows := cursor.fetchmany(_PROFILES_PER_SEND):
                    self._send_profiles(partition, [self._change(*row[:3]) for row in rows])
                    sent += [row[0] for row in rows]
        if self._note_published(partition, now) != self._owner:
            self._send_overtaken(partition, sent, now)

    def _change(self, subject_id: str, data: bytes, parked: bool) -> ProfileChange:  # noqa: FBT001
        state = decode_state(data)
        profile = assess(state.record, self._calendar.on(state.assessed_on))
        return ProfileChange(subject_id, state.last_offset, parked, profile)

    def _generation(self, connection: Any, partition: int) -> tuple[int, int]:
        row = connection.execute(
            sql.SQL(
                "SELECT a.generation, b.generation FROM {} a JOIN {} b USING (partition) "
                "WHERE partition = %s AND topic_kind = 'profiles'"
            ).format(self._store.table("position"), self._store.table("publication")),
            (partition,),
        ).fetchone()
        return (row[0], row[1]) if row else (0, 0)
