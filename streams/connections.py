"""Connections to the database that threads take turns with: kept open, replaced when broken."""

from __future__ import annotations

import threading
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from projections.store.session import bound_locks, bound_pauses, commit_unsynced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg import Connection

IDLE_MAX_MS: Final = 10_000
SESSIONS_KEPT: Final = 4
"""So many sessions are kept; what more threads need at once is closed when they are through."""
_LOCKED_MAX_MS: Final = 15_000
"""Who waits longer asks anew, and first ends whoever sleeps on what it waits for."""


class Connections:
    """Lends connections in autocommit mode; a broken one is never handed out again.

    The one given back last is lent first: it has the statements prepared.
    """

    def __init__(
        self,
        opened: Callable[[], Connection[Any]],
        *,
        sound: Callable[[Connection[Any]], bool] = lambda _: True,
        kept_max: int | None = None,
    ) -> None:
        """Keep how a connection is opened; none is before it is needed.

        `sound` looks at one that was idle before it is lent again, and `kept_max` bounds how many
        are idle; by default neither.
        """
        self._opened, self._sound, self._kept_max = opened, sound, kept_max
        self._lock = threading.Lock()
        self._idle: list[Connection[Any]] = []
        # Verbs have no end at which they would close them; whoever holds this no more has none.
        weakref.finalize(self, _close, self._idle)

    @contextmanager
    def one(self) -> Iterator[Connection[Any]]:
        """Lend a connection; after an error it is closed. Raises what opening one raises."""
        connection = self._idle_one() or self._opened()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            if self._kept_max is None or len(self._idle) < self._kept_max:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            _close(self._idle)

    def _idle_one(self) -> Connection[Any] | None:
        while (connection := self._last()) is not None:
            if self._sound(connection):
                return connection
            connection.close()
        return None

    def _last(self) -> Connection[Any] | None:
        with self._lock:
            return self._idle.pop() if self._idle else None


def session_name(role: str) -> str:
    """Name the sessions of a worker as Postgres shows them."""
    return f"credit-ledger {role}"


def worker_connections(postgres: str, role: str, *, durable: bool = True) -> Connections:
    """Lend the threads of a worker connections that no paused worker can hold others up by.

    They bear the worker's role, so that `pg_stat_activity` says whose they are.
    `durable=False` lets a commit return before it is on disk. That is safe where, and only where,
    the position commits with the state: what a crash of the database takes back, Kafka gives again.
    """

    def opened() -> Connection[Any]:
        import psycopg  # noqa: PLC0415 - costs a verb that is only asked for help its time

        connection = psycopg.connect(
            postgres, autocommit=True, connect_timeout=5, application_name=session_name(role)
        )
        # Every partition has statements of its own; the usual hundred would push each other out.
        connection.prepared_max = None
        # A worker paused in mid-transaction would lock its successor out until it wakes.
        bound_pauses(connection, IDLE_MAX_MS)
        bound_locks(connection, _LOCKED_MAX_MS)
        if not durable:
            commit_unsynced(connection)
        return connection

    return Connections(opened)


def kept_sessions(opened: Callable[[], Connection[Any]]) -> Connections:
    """Lend sessions of a service or a verb; one that the server closed is replaced unseen.

    Whoever borrows it has said nothing by it yet.
    """
    return Connections(opened, sound=_answers, kept_max=SESSIONS_KEPT)


def _answers(connection: Connection[Any]) -> bool:
    import psycopg  # noqa: PLC0415 - as above
    from psycopg_pool import ConnectionPool  # noqa: PLC0415 - as above

    try:
        ConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    return True


def _close(idle: list[Connection[Any]]) -> None:
    while idle:
        idle.pop().close()
