"""Inquiries on their way to the broker: those that come while others are under way go together.

Three hundred open boards are told of a warning at once, and each is recorded before it is told. If
each waited in a thread of its own, all threads of the service would wait for nothing else.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from projections.access.inquiry import InquiryUnrecordedError

if TYPE_CHECKING:
    from projections.access.inquiry import Inquiry
    from projections.http.asking.gate import Gate

AT_ONCE: Final = 4
"""So many threads wait for the broker; what comes meanwhile waits for the next of them."""
_Waiting = tuple["Inquiry", "asyncio.Future[None]"]


class Recorder:
    """Has a gate keep inquiries, many by one thread; who asks waits for its own."""

    def __init__(self, gate: Gate) -> None:
        """Begin with nothing to record."""
        self._gate = gate
        self._waiting: list[_Waiting] = []
        self._sending = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def record(self, inquiry: Inquiry) -> None:
        """Return once an inquiry is kept. Raises `InquiryUnrecordedError` where it is not."""
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((inquiry, kept))
        if self._sending < AT_ONCE:
            self._sending += 1
            task = asyncio.create_task(self._send())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await kept

    async def _send(self) -> None:
        """Record what waits, and what comes to wait meanwhile."""
        limiter = CapacityLimiter(1)  # Beside the threads that ask the database.
        try:
            while self._waiting:
                taken, self._waiting = self._waiting, []
                await self._record(taken, limiter)
        finally:
            self._sending -= 1

    async def _record(self, taken: list[_Waiting], limiter: CapacityLimiter) -> None:
        try:
            await run_sync(self._gate.record, *[each for each, _ in taken], limiter=limiter)
        except InquiryUnrecordedError as error:
            _tell(taken, error)
        except Exception as error:  # noqa: BLE001 - whatever one of them fails for, it fails alone
            if len(taken) == 1:
                _tell(taken, error)
            for each in taken if len(taken) > 1 else ():
                await self._record([each], limiter)
        else:
            _tell(taken, None)


def _tell(taken: list[_Waiting], error: Exception | None) -> None:
    """Wake who waits; who has gone meanwhile is told nothing."""
    for _, kept in taken:
        if kept.done():
            continue
        if error is None:
            kept.set_result(None)
        else:
            kept.set_exception(error)
