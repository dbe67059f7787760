import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from streams.batches import Batch, Handler
from streams.faults import ConsumerFailedError
from streams.reading.log import Partition
from streams.transport.bounds import Batching, Bounds, Fetching, Patience
from streams.transport.lanes import Lanes
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
    lanes = Lanes(Bounds(patience=Patience(drain_max_s=drain_max_s)))
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


def a_lane(*, queued: int, waiting_since: float | None = None, queued_bytes: int = 0) -> Any:
    return SimpleNamespace(
        has_room=True, queued=queued, waiting_since=waiting_since, queued_bytes=queued_bytes
    )


def test_where_enough_is_held_only_idle_lanes_fetch_and_the_one_whose_turn_is_next() -> None:
    lanes = Lanes(
        Bounds(batching=Batching(records_max=100), fetching=Fetching(queued_records_max=80))
    )
    waits, follows, idle = (Partition(SOURCE.topic, n) for n in (0, 1, 2))
    opened: Any = lanes.open
    opened[waits] = a_lane(queued=10, waiting_since=7.0)
    opened[follows] = a_lane(queued=60, waiting_since=5.0)
    opened[idle] = a_lane(queued=0)
    assert lanes.fetchable() == {waits, follows, idle}
    opened[follows].queued = 99
    assert lanes.fetchable() == {follows, idle}
    opened[follows].queued = 100
    assert lanes.fetchable() == {idle}
    opened[follows].waiting_since = None
    assert lanes.fetchable() == {waits, idle}


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
