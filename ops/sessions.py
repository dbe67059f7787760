"""Sessions of a database that threads of a process share: kept open, and looked at before use."""

from __future__ import annotations

import threading
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg import Connection

IDLE_MAX: Final = 4
"""So many are kept; what more threads need at once is closed when they are through."""


class KeptSessions:
    """Lends a session in autocommit mode; the one given back last is lent first.

    One that the server closed meanwhile is replaced unseen: whoever borrows it has said nothing
    by it yet.
    """

    def __init__(self, opened: Callable[[], Connection[Any]]) -> None:
        """Keep how a session is opened; none is before it is needed."""
        self._opened = opened
        self._lock = threading.Lock()
        self._idle: list[Connection[Any]] = []
        # Verbs have no end at which they would close them; whoever holds this no more has none.
        weakref.finalize(self, _close, self._idle)

    @contextmanager
    def one(self) -> Iterator[Connection[Any]]:
        """Lend a session; after an error it is closed. Raises what opening one raises."""
        connection = self._alive() or self._opened()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            if len(self._idle) < IDLE_MAX:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            _close(self._idle)

    def _alive(self) -> Connection[Any] | None:
        import psycopg  # noqa: PLC0415 - costs a verb that is only asked for help its time
        from psycopg_pool import ConnectionPool  # noqa: PLC0415 - as above

        while (connection := self._last()) is not None:
            try:
                ConnectionPool.check_connection(connection)
            except psycopg.Error:
                connection.close()
            else:
                return connection
        return None

    def _last(self) -> Connection[Any] | None:
        with self._lock:
            return self._idle.pop() if self._idle else None


def _close(idle: list[Connection[Any]]) -> None:
    while idle:
        idle.pop().close()
