"""What the relay asks of the tables: what is to be published, how far it is, what was set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from psycopg import Connection

    from projections.store.store import Store

_SQL: Final = statements(__name__)


class Stand(NamedTuple):
    """How the tables of a partition stand: its last generation, and whether notices wait."""

    generation: int
    notices_wait: bool


class WaitingNotice(NamedTuple):
    """A notice in the outbox, with its place in the order of telling."""

    partition: int
    generation: int
    n: int
    topic: str
    key: bytes
    value: bytes
    headers: str


class SetAside(NamedTuple):
    """A message that the broker will never take: which one, how large, and why."""

    partition: int
    generation: int
    n: int
    topic: str
    subject_id: str
    bytes: int
    reason: str
    since: datetime


class PublicationTables:
    """The tables of one platform that a relay reads and writes."""

    def __init__(self, store: Store) -> None:
        """Bind to the store, which may move to another version."""
        self._store = store

    def look(self, connection: Connection[Any], partitions: Collection[int]) -> dict[int, Stand]:
        """Say how those of these partitions stand that this version has."""
        rows = connection.execute(self._store.statement(_SQL["look"]), (list(partitions),))
        return {partition: Stand(*stand) for partition, *stand in rows}

    def note(self, connection: Connection[Any], reached: Mapping[int, int]) -> None:
        """Write up to which generation the profiles of each partition are published."""
        columns = list(reached), list(reached.values())
        connection.execute(self._store.statement(_SQL["note"]), columns)

    def unpublished(self, connection: Connection[Any], partition: int) -> tuple[int, int]:
        """Give the last generation of a partition, and up to which its profiles are published."""
        row = connection.execute(
            self._store.statement(_SQL["unpublished"]), (partition,)
        ).fetchone()
        return row or (0, 0)

    def changed_profiles(
        self, connection: Connection[Any], partition: int, changed: range, at_once: int
    ) -> Iterator[list[tuple[str, bytes, bool]]]:
        """Give subject, state and whether parked of what `changed` last in these, in parts."""
        with connection.transaction(), connection.cursor(name="changed_profiles") as cursor:
            cursor.itersize = at_once
            cursor.execute(
                self._store.statement(_SQL["changed_profiles"], partition),
                (changed.start, changed.stop),
            )
            while rows := cursor.fetchmany(at_once):
                yield rows

    def waiting_notices(
        self, connection: Connection[Any], partitions: Collection[int], limit: int
    ) -> list[WaitingNotice]:
        """Give what waits in the outbox, in order per partition."""
        rows = connection.execute(
            self._store.statement(_SQL["waiting_notices"]),
            (list(partitions), limit),
            binary=True,
        )
        return [WaitingNotice(*row) for row in rows]

    def take_out_notices(self, connection: Connection[Any], sent: Sequence[WaitingNotice]) -> None:
        """Take out what was sent, each partition up to its last."""
        last = {each.partition: each[:3] for each in sent}
        connection.execute(
            self._store.statement(_SQL["take_out_notices"]),
            [list(column) for column in zip(*last.values(), strict=True)],
        )

    def set_aside(
        self,
        connection: Connection[Any],
        notice: WaitingNotice,
        reason: str,
    ) -> None:
        """Note a notice that the broker will never take."""
        self._set_aside(connection, notice, len(notice.value), reason)

    def set_profile_aside(
        self,
        connection: Connection[Any],
        partition: int,
        topic: str,
        key: bytes,
        size: int,
        reason: str,
    ) -> None:
        """Note a profile that the broker will never take; it stands in its own table."""
        self._set_aside(connection, (partition, 0, 0, topic, key, None, ""), size, reason)

    def _set_aside(
        self, connection: Connection[Any], message: tuple[Any, ...], size: int, reason: str
    ) -> None:
        connection.execute(
            self._store.statement(_SQL["set_message_aside"]), (*message, size, reason)
        )

    def profiles_set_aside(self, connection: Connection[Any], partition: int) -> set[bytes]:
        """Give the keys of the profiles of a partition that were set aside."""
        rows = connection.execute(self._store.statement(_SQL["profiles_set_aside"]), (partition,))
        return {key for (key,) in rows}

    def forget_set_aside(
        self, connection: Connection[Any], partition: int, keys: Collection[bytes]
    ) -> None:
        """Forget profiles that have gone out since they were set aside."""
        connection.execute(self._store.statement(_SQL["forget_set_aside"]), (partition, list(keys)))

    def all_set_aside(self, connection: Connection[Any]) -> list[SetAside]:
        """Give every message that was set aside, the oldest first."""
        rows = connection.execute(self._store.statement(_SQL["all_set_aside"]))
        return [SetAside(*row) for row in rows]

    def publish_again(self, connection: Connection[Any], partition: int, subject_id: str) -> None:
        """Let a relay publish a subject's profile, and its notices set aside, once more."""
        with connection.transaction():
            row = connection.execute(
                self._store.statement(_SQL["next_generation"]), (partition,)
            ).fetchone()
            generation = row[0] if row else 0
            connection.execute(
                self._store.statement(_SQL["queue_again"]),
                {"partition": partition, "generation": generation, "key": subject_id.encode()},
            )
            connection.execute(
                self._store.statement(_SQL["publish_again"], partition), (generation, subject_id)
            )
