"""Keeps a transaction awake while its process computes.

The database ends a session that is idle within a transaction for some seconds, so that a worker
that was paused locks nobody out. One that folds thousands of events of a subject is not idle, and
says so.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Cursor

TOUCH_EVERY_S: Final = 1.0


class Awake:
    """Touches the session where the last touch is a while ago; cheap enough for each event."""

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
            self._cursor.execute("SELECT")
            self._due_at = now + self._every_s
