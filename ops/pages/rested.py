"""What is dear to ask is asked seldom: an answer is told for twenty times as long as it took."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

REST: Final = 20
T = TypeVar("T")


class Rested(Generic[T]):
    """A question, for all threads: one asks, the others wait for that answer; no error is kept.

    So no more than a twentieth of a processor goes into it, however many want to know.
    """

    def __init__(self, ask: Callable[[], T], clock: Callable[[], float] = time.monotonic) -> None:
        """Ask nothing yet."""
        self._ask, self._clock = ask, clock
        self._lock = Lock()
        self._last: tuple[T, float] | None = None

    def __call__(self) -> T:
        """Give the last answer while it is kept, else ask. Raises what asking raises."""
        with self._lock:
            if self._last is None or self._clock() >= self._last[1]:
                began = self._clock()
                answer = self._ask()
                now = self._clock()
                self._last = answer, now + REST * (now - began)
            return self._last[0]
