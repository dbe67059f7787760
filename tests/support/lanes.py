"""A lane that runs over a log in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from events.errors import LedgerError
from streams.batches import Handler
from streams.transport.bounds import Bounds, Patience
from streams.transport.lane import Lane
from streams.transport.turns import Turns
from tests.support.partition_log import SOURCE, PartitionLog


def located(log: PartitionLog, lane: Lane, times: int) -> bool:
    return len(log.sought) == times and lane.has_room


AT_ONCE = Bounds(patience=Patience(retry_first_s=0.0))


@asynccontextmanager
async def running(
    log: PartitionLog,
    bounds: Bounds | None = None,
    given_up: list[LedgerError] | None = None,
    *,
    alone: bool = False,
) -> AsyncIterator[Lane]:
    gone = [] if given_up is None else given_up
    lane = Lane(
        SOURCE,
        Handler(topic=SOURCE.topic, positions=log, apply=log.apply, alone=alone),
        log,
        bounds=bounds or AT_ONCE,
        turns=Turns((bounds or AT_ONCE).batching),
        give_up=gone.append,
    )
    task = asyncio.create_task(lane.run())
    try:
        yield lane
    finally:
        task.cancel()
        await asyncio.wait([task])
