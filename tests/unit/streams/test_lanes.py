import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from streams.batches import Batch, Bounds, ConsumerFailedError, Handler
from streams.lane import Partition
from streams.lanes import Lanes
from tests.support.partition_log import SOURCE, PartitionLog, becomes


class SlowLog(PartitionLog):
    """Applies a batch only when it is let go."""

    def __init__(self) -> None:
        super().__init__(end=2)
        self.began = asyncio.Event()
        self.let_go = asyncio.Event()

    async def apply(self, batch: Batch) -> None:
        self.began.set()
        await self.let_go.wait()
        await super().apply(batch)


@asynccontextmanager
async def a_batch_in_flight(drain_max_s: float) -> AsyncIterator[tuple[Lanes, SlowLog]]:
    log = SlowLog()
    lanes = Lanes(Bounds(drain_max_s=drain_max_s))
    lanes.register(Handler(topic=SOURCE.topic, positions=log, apply=log.apply))
    await lanes.reopen([SOURCE], log)
    await becomes(lambda: bool(lanes.fetchable()))
    log.deliver(lanes.open[SOURCE], 0, 2)
    await log.began.wait()
    yield lanes, log
    await lanes.shut()


def test_closing_waits_for_the_batch_in_flight() -> None:
    async def story() -> None:
        async with a_batch_in_flight(drain_max_s=60.0) as (lanes, log):
            closing = asyncio.create_task(lanes.close())
            await asyncio.sleep(0)
            assert not closing.done()
            assert not lanes.fetchable()
            log.let_go.set()
            await closing
            assert log.position == 2

    asyncio.run(story())


def test_closing_does_not_wait_for_ever() -> None:
    async def story() -> None:
        async with a_batch_in_flight(drain_max_s=0.01) as (lanes, log):
            await lanes.close()
            assert log.position is None

    asyncio.run(story())


def test_what_belongs_to_no_lane_is_dropped() -> None:
    async def story() -> None:
        async with a_batch_in_flight(drain_max_s=0.01) as (lanes, log):
            lane = lanes.open[SOURCE]
            await lanes.close()
            log.deliver(lane, 2, 4)
            assert lanes.open == {}
            assert not lane.has_room

    asyncio.run(story())


def test_no_lane_opens_once_the_process_ends() -> None:
    async def story() -> None:
        async with a_batch_in_flight(drain_max_s=0.01) as (lanes, log):
            await lanes.shut()
            await lanes.reopen([SOURCE], log)
            assert lanes.open == {}

    asyncio.run(story())


def test_a_partition_without_a_handler_ends_the_process() -> None:
    async def story() -> None:
        told: list[str] = []
        lanes = Lanes(Bounds())
        lanes.watch(lambda: told.append("failed"))
        await lanes.reopen([Partition("unknown", 0)], PartitionLog())
        assert isinstance(lanes.failure, ConsumerFailedError)
        assert told == ["failed"]

    asyncio.run(story())


def test_a_topic_has_one_handler() -> None:
    lanes = Lanes(Bounds())
    log = PartitionLog()
    handler = Handler(topic=SOURCE.topic, positions=log, apply=log.apply)
    lanes.register(handler)
    with pytest.raises(ValueError, match="already"):
        lanes.register(handler)
