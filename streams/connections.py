"""Database connections for worker threads: kept open, replaced when broken."""

from __future__ import annotations

import queue
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg

from projections.store.session import bound_locks, bound_pauses, commit_unsynced

if TYPE_CHECKING:
    from collections.abc import Iterator

IDLE_MAX_MS: Final = 10_000
_LOCKED_MAX_MS: Final = 15_000
"""Who waits longer asks anew, and first ends whoever sleeps on what it waits for."""


class Connections:
    """A few connections that threads take turns with; a broken one is never handed out again.

    The one given back last is lent first: it has the statements prepared.
    """

    def __init__(self, postgres: str, *, durable: bool = True) -> None:
        """Connect lazily. `durable=False` lets a commit return before it is on disk.

        That is safe where, and only where, the position commits with the state: what a crash of
        the database takes back, Kafka gives again.
        """
        self._postgres = postgres
        self._durable = durable
        self._idle: queue.LifoQueue[psycopg.Connection[Any]] = queue.LifoQueue()

    @contextmanager
    def one(self) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection in autocommit mode; after an error close it, do not take it back."""
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._open()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.put(connection)

    def _open(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(self._postgres, autocommit=True, connect_timeout=5)
        # Every partition has statements of its own; the usual hundred would push each other out.
        connection.prepared_max = None
        # A worker paused in mid-transaction would lock its successor out until it wakes.
        bound_pauses(connection, IDLE_MAX_MS)
        bound_locks(connection, _LOCKED_MAX_MS)
        if not self._durable:
            commit_unsynced(connection)
        return connection

    def close(self) -> None:
        """Close what is idle."""
        while not self._idle.empty():
            self._idle.get_nowait().close()
