"""What a session of the database is set to, and what it holds as long as its connection lasts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection, Cursor

    from projections.store.store import Store

TOUCH_EVERY_S: Final = 1.0
_SQL: Final = statements(__name__)


def commit_unsynced(connection: Connection[Any]) -> None:
    """Commit without waiting for the disk: a crash of the server may take the last moments."""
    connection.execute(_SQL["commit_unsynced"])


def bound_pauses(connection: Connection[Any], pause_max_ms: int) -> None:
    """End the session where it is idle within a transaction for longer."""
    connection.execute(_SQL["bound_pauses"], (str(pause_max_ms),))


def bound_locks(connection: Connection[Any], wait_max_ms: int) -> None:
    """Let a statement fail that waits longer for what another session holds."""
    connection.execute(_SQL["bound_locks"], (str(wait_max_ms),))


def bound_statements(connection: Connection[Any], statement_max_ms: int) -> None:
    """End a statement that takes longer."""
    connection.execute(_SQL["bound_statements"], (str(statement_max_ms),))


def settle(connection: Connection[Any]) -> None:
    """Do at once what Postgres does by itself some minutes after a load."""
    connection.execute(_SQL["tidy"])
    connection.execute(_SQL["write_out"])


def lock_session(connection: Connection[Any], key: int) -> None:
    """Wait until nobody else holds a key, and hold it."""
    connection.execute(_SQL["lock"], (key,))


def try_lock_slot(connection: Connection[Any], key: int, slot: int) -> bool:
    """Hold a slot of a key; False where somebody else does."""
    ((held,),) = connection.execute(_SQL["try_lock_slot"], (key, slot)).fetchall()
    return bool(held)


def end_asleep(cursor: Cursor[Any], store: Store, longer_than_s: float) -> int:
    """End the sessions of sleeping processes that hold a position; give how many there were."""
    cursor.execute(store.statement(_SQL["end_asleep"]), (longer_than_s,))
    return cursor.rowcount


class Awake:
    """Keeps a transaction awake while its process computes; cheap enough for each event.

    The database ends a session that is idle within a transaction for some seconds, so that a worker
    that was paused locks nobody out. One that folds thousands of events of a subject is not idle,
    and says so.
    """

    def __init__(
        self,
        cursor: Cursor[Any],
        every_s: float = TOUCH_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin now: the caller has just asked something."""
        self._cursor = cursor
        self._every_s = every_s
        self._clock = clock
        self._due_at = clock() + every_s

    def keep(self) -> None:
        """Touch the session if it is time."""
        now = self._clock()
        if now >= self._due_at:
            self._cursor.execute(_SQL["touch"])
            self._due_at = now + self._every_s
