"""Rounds: what several partitions of one ledger have waiting is applied in one transaction.

A transaction has its price, however little it changes. A dozen partitions that are said a little
each share it. What takes long is applied alone, beside the rounds, as is what another session
holds; what fails is judged batch by batch. So nobody stops anybody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

import structlog

from projections.projector import BULK_MESSAGES
from streams.faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from projections.projector import Applied
    from streams.batches import Batch

    _Waiting = tuple[Batch, asyncio.Future[Applied]]
    Outcome = Applied | Exception

_log = structlog.get_logger(__name__)

ROUND_RECORDS_MAX: Final = BULK_MESSAGES
"""So many records share a transaction: what waits behind them waits no longer than for a batch."""


class Rounds:
    """Applies the batches of one ledger: small ones in rounds, and beside these what is alone."""

    def __init__(
        self,
        alone: Callable[[Batch], Applied],
        together: Callable[[Sequence[Batch]], Mapping[int, Outcome]],
    ) -> None:
        """Take how one batch is applied, and how several are; both block.

        `together` gives what became of each partition, and leaves out what is to be applied alone.
        """
        self._alone = alone
        self._together = together
        self._waiting: deque[_Waiting] = deque()
        self._apart: deque[_Waiting] = deque()
        self._at_work: asyncio.Task[None] | None = None
        self._at_apart: asyncio.Task[None] | None = None

    async def apply(self, batch: Batch) -> Applied:
        """Apply a batch, a small one with those that wait beside it; durable when it returns."""
        done: asyncio.Future[Applied] = asyncio.get_running_loop().create_future()
        if batch.alone:
            self._set_apart(batch, done)
        else:
            self._waiting.append((batch, done))
            if self._at_work is None:
                self._at_work = asyncio.create_task(self._work(), name="rounds")
        return await done

    async def _work(self) -> None:
        while self._waiting:
            taken = _next_round(self._waiting)
            outcomes = await self._outcomes([batch for batch, _ in taken])
            for batch, done in taken:
                outcome = outcomes.get(batch.partition)
                if outcome is None:
                    self._set_apart(batch, done)
                else:
                    _settle(done, outcome)
        self._at_work = None

    def _set_apart(self, batch: Batch, done: asyncio.Future[Applied]) -> None:
        self._apart.append((batch, done))
        if self._at_apart is None:
            self._at_apart = asyncio.create_task(self._work_apart(), name="apart")

    async def _outcomes(self, batches: list[Batch]) -> Mapping[int, Outcome]:
        """Apply batches in one go; of which a failure is shows where each is alone."""
        try:
            return await asyncio.to_thread(self._together, batches)
        except Exception as error:  # noqa: BLE001 - each lane judges what becomes of its own
            if len(batches) == 1:
                return {batches[0].partition: error}
            _log.info("round_failed", batches=len(batches), error=fault(error))
            return {}

    async def _work_apart(self) -> None:
        """Apply one by one what is no matter of a round: none waits for it, nor lacks a thread."""
        while self._apart:
            batch, done = self._apart.popleft()
            if not done.done():
                _settle(done, await self._tried(batch))
        self._at_apart = None

    async def _tried(self, batch: Batch) -> Outcome:
        try:
            return await asyncio.to_thread(self._alone, batch)
        except Exception as error:  # noqa: BLE001 - likewise
            return error


def _settle(done: asyncio.Future[Applied], outcome: Outcome) -> None:
    if done.done():
        return  # The lane was closed meanwhile; its successor reads the position.
    if isinstance(outcome, Exception):
        done.set_exception(outcome)
    else:
        done.set_result(outcome)


def _next_round(waiting: deque[_Waiting]) -> list[_Waiting]:
    """Take from the head what shares the next transaction; a partition once, in its order."""
    taken: list[_Waiting] = []
    records, partitions = 0, set[int]()
    while waiting:
        batch, done = waiting[0]
        records += len(batch.records)
        if taken and (records > ROUND_RECORDS_MAX or batch.partition in partitions):
            break
        waiting.popleft()
        if not done.done():
            taken.append((batch, done))
            partitions.add(batch.partition)
    return taken
