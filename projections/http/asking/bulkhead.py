"""A bulkhead: a few are answered at once and a few wait; who comes beyond is told so.

And nobody waits without end for a database that is silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import psycopg
from anyio import CapacityLimiter, move_on_after
from anyio.to_thread import run_sync

from projections.http.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SILENT_S: Final = 30.0
"""Each statement has its own bound, which a server keeps; one that is stopped keeps none."""


async def unless_silent(work: Callable[[], T]) -> T:
    """Run a question in a thread, and go on without it where nothing comes for so long.

    The thread stays with its connection until the server goes on or is gone; whoever asked is told,
    and the place among all threads is free. Raises `psycopg.OperationalError`.
    """
    with move_on_after(SILENT_S):
        return await run_sync(work, abandon_on_cancel=True)
    raise psycopg.OperationalError(f"nothing came from the database for {SILENT_S:.0f} s")


class Bulkhead:
    """So many are answered at once, in threads, and so many wait for them."""

    def __init__(self, at_once: int, waiting_max: int) -> None:
        """Bound it."""
        self._limiter = CapacityLimiter(at_once)
        self._places = at_once + waiting_max
        self._inside = 0

    @property
    def is_full(self) -> bool:
        """Whether who comes now is told to come again."""
        return self._inside >= self._places

    async def run(self, work: Callable[..., T], *args: object) -> T:
        """Run what takes long. Raises `BusyError` where too many are inside.

        They are counted as they come: who waits for the limiter is known to it only later, so
        that of many who come together each would find the room empty.
        """
        if self.is_full:
            raise BusyError
        self._inside += 1
        try:
            return await run_sync(work, *args, limiter=self._limiter)
        finally:
            self._inside -= 1
