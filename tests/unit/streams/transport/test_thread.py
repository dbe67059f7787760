"""Where nothing comes, the consumer's thread sleeps; where something does, it waits for nothing."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from streams.batches import Handler
from streams.reading.log import Partition
from streams.transport import thread as thread_module
from streams.transport.bounds import Bounds
from streams.transport.lanes import Lanes
from streams.transport.thread import BatchConsumerThread
from streams.transport.transport import BatchConsumer
from tests.support.partition_log import SOURCE, PartitionLog, a_record, becomes

if TYPE_CHECKING:
    from collections.abc import Collection

WAIT_S = 1.0
"""As Faust asks for what has come."""


class Clock:
    """Goes on as far as a fetch waits."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


class FakeFetcher:
    """Waits as long as it is asked to, and has what it is given."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.waited: list[float] = []
        self.records: dict[Partition, list[Any]] = {}
        self.woken = 0
        self._wait_consume_future = None

    async def fetched_records(
        self,
        sources: Collection[Partition],
        timeout: float,  # noqa: ASYNC109 - as aiokafka names it
        max_records: int,
    ) -> dict[Partition, list[Any]]:
        del sources, max_records
        self.waited.append(timeout)
        if not self.records:
            self.clock.now += timeout
        return self.records

    def _notify(self, waiting: Any) -> None:
        assert waiting is self._wait_consume_future
        self.woken += 1


class Scene:
    """A thread's consumer over one partition of a log."""

    def __init__(self, clock: Clock) -> None:
        self.fetcher = FakeFetcher(clock)
        self.log = PartitionLog(end=10)
        self.sought: list[int] = []
        lanes = Lanes(Bounds())
        lanes.register(Handler(topic=SOURCE.topic, positions=self.log, apply=self.log.apply))
        consumer = SimpleNamespace(
            _closed=False,
            _fetcher=self.fetcher,
            _subscription=SimpleNamespace(
                fetch_context=nullcontext, reassignment_in_progress=False
            ),
            seek=lambda _, offset: self.sought.append(offset),
        )

        class Thread(BatchConsumerThread):
            def __init__(self) -> None:
                self.lanes, self.epochs = lanes, {}
                self.consumer: Any = SimpleNamespace(flow_active=True)
                self._reading: Any = SimpleNamespace(budget=SimpleNamespace(renew=lambda: None))

            def _ensure_consumer(self) -> Any:
                return consumer

        self.lanes, self.thread = lanes, Thread()

    async def located(self) -> None:
        await self.lanes.reopen([SOURCE], self.log)
        await becomes(lambda: bool(self.lanes.fetchable()))


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    clock = Clock()
    monkeypatch.setattr(thread_module, "time", clock)
    monkeypatch.setattr(thread_module, "check_client", lambda _: None)
    return Scene(clock)


def test_in_a_quiet_time_it_wakes_once_a_question(scene: Scene) -> None:
    async def story() -> None:
        await scene.located()
        assert await scene.thread.take(WAIT_S) == []
        assert scene.fetcher.waited == [WAIT_S]

    asyncio.run(story())


def test_while_records_come_it_looks_often_for_partitions_that_have_room_again(
    scene: Scene,
) -> None:
    async def story() -> None:
        await scene.located()
        scene.fetcher.records = {SOURCE: [a_record(0)]}
        assert [chunk.source for chunk in await scene.thread.take(WAIT_S)] == [SOURCE]
        scene.fetcher.records = {}
        assert await scene.thread.take(WAIT_S / 2) == []
        assert len(scene.fetcher.waited) > 10

    asyncio.run(story())


def test_a_partition_that_lacks_room_is_not_kept_waiting_by_those_that_have_it(
    scene: Scene,
) -> None:
    async def story() -> None:
        await scene.located()
        other: Any = SimpleNamespace(has_room=False, queued=0, queued_bytes=0)
        scene.lanes.open[Partition(SOURCE.topic, SOURCE.partition + 1)] = other  # type: ignore[index]
        assert await scene.thread.take(WAIT_S / 2) == []
        assert len(scene.fetcher.waited) > 10

    asyncio.run(story())


def test_what_is_sought_is_asked_for_at_once_and_no_long_fetch_begins_without_the_next(
    scene: Scene,
) -> None:
    async def story() -> None:
        fetching = scene.lanes.bounds.fetching
        fetcher: Any = scene.fetcher
        assert scene.thread._pace(fetcher)
        assert fetcher._fetch_max_wait_ms == fetching.quiet_wait_max_ms
        await scene.thread.move(SOURCE, 5, 1)
        assert scene.sought == [5]
        assert fetcher.woken == 1
        assert fetcher._fetch_max_wait_ms == 0

    asyncio.run(story())


def test_what_has_not_moved_is_not_told_to_lag_tools_again() -> None:
    told: list[dict[Partition, int]] = []

    async def story() -> None:
        lane = SimpleNamespace(next_offset=7)
        new = SimpleNamespace(next_offset=None)
        consumer: Any = BatchConsumer.__new__(BatchConsumer)
        consumer.lanes = SimpleNamespace(open={SOURCE: lane, Partition("ledger", 9): new})
        consumer.app = SimpleNamespace(rebalancing=False)
        consumer._hinted = {}

        async def hint(offsets: dict[Partition, int]) -> None:
            told.append(offsets)
            if len(told) == 1:
                raise TimeoutError

        async def on_thread(work: Any) -> Any:
            return await work

        consumer._thread = SimpleNamespace(hint=hint, on_thread=on_thread)
        for lane.next_offset in (7, 7, 7, 8, 8):
            await consumer.hint()

    asyncio.run(story())
    assert told == [{SOURCE: 7}, {SOURCE: 7}, {SOURCE: 8}], "the first try failed"
