import asyncio
from collections.abc import Collection, Coroutine, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from streams.batches import Handler
from streams.faults import WorkerStuckError
from streams.reading.log import Partition
from streams.transport import liveness as liveness_module
from streams.transport.bounds import Bounds, Patience
from streams.transport.lane import Lane
from streams.transport.lanes import Lanes
from streams.transport.liveness import Liveness
from tests.support.partition_log import SOURCE, PartitionLog, becomes

if TYPE_CHECKING:
    from streams.transport.app import BatchApp

STUCK_AFTER_S = 60.0


class Clock:
    """Stands still unless it is moved."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


class FakeThread:
    """Answers for the broker."""

    def __init__(self, log: PartitionLog) -> None:
        self.log = log

    async def on_thread(self, work: Coroutine[Any, Any, Any]) -> Any:
        return await work

    async def ends(self, sources: Collection[Partition]) -> dict[Partition, int]:
        return dict.fromkeys(sources, self.log.end)


class FakeApp:
    """What the watchdog sees of an app."""

    def __init__(self, log: PartitionLog) -> None:
        self.lanes = Lanes(Bounds(patience=Patience(stuck_after_s=STUCK_AFTER_S)))
        self.lanes.register(Handler(topic=SOURCE.topic, positions=log, apply=log.apply))
        self.rebalancing = False
        self.thread = FakeThread(log)
        self.consumer = self


class Scene:
    """An app with one located lane, its log and its watchdog."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.log = PartitionLog(end=10)
        self.app = FakeApp(self.log)
        self.watchdog = Liveness(cast("BatchApp", self.app))

    async def open(self) -> Lane:
        await self.app.lanes.reopen([SOURCE], self.log)
        await becomes(lambda: bool(self.app.lanes.fetchable()))
        return self.app.lanes.open[SOURCE]

    async def tick(self, after_s: float = 2.0) -> None:
        self.clock.now += after_s
        await self.watchdog._check_progress()


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    clock = Clock()
    monkeypatch.setattr(liveness_module, "time", clock)
    monkeypatch.setattr("streams.transport.lane.time", clock)
    return Scene(clock)


@pytest.mark.requirement(13)
def test_lag_without_progress_is_being_stuck(scene: Scene) -> None:
    async def story() -> None:
        await scene.open()
        await scene.tick()
        assert scene.app.lanes.failure is None
        await scene.tick(STUCK_AFTER_S)
        assert isinstance(scene.app.lanes.failure, WorkerStuckError)

    asyncio.run(story())


def test_a_database_that_is_away_is_not_being_stuck(scene: Scene) -> None:
    async def story() -> None:
        lane = await scene.open()

        async def refuse(topic: str, partitions: Collection[int]) -> Mapping[int, int]:
            del topic, partitions
            raise ConnectionRefusedError

        scene.log.next_offsets = refuse  # type: ignore[method-assign]
        await scene.tick(STUCK_AFTER_S * 2)
        assert scene.app.lanes.failure is None
        assert lane.progress_at == scene.clock.now

    asyncio.run(story())


def test_a_lane_without_lag_is_never_stuck(scene: Scene) -> None:
    async def story() -> None:
        lane = await scene.open()
        scene.log.deliver(lane, 0, 10)
        await becomes(lambda: scene.log.position == 10)
        await scene.tick(STUCK_AFTER_S * 5)
        assert scene.app.lanes.failure is None

    asyncio.run(story())


def test_records_lost_on_their_way_are_fetched_again(scene: Scene) -> None:
    async def story() -> None:
        lane = await scene.open()
        await scene.tick()
        await scene.tick(STUCK_AFTER_S / 2)
        assert not lane.has_room
        await becomes(lambda: len(scene.log.sought) == 2)
        assert scene.app.lanes.failure is None

    asyncio.run(story())


def test_a_rebalance_that_never_ends_is_being_stuck(scene: Scene) -> None:
    async def story() -> None:
        await scene.open()
        await scene.tick()
        scene.app.rebalancing = True
        await scene.tick(STUCK_AFTER_S + 1)
        assert isinstance(scene.app.lanes.failure, WorkerStuckError)

    asyncio.run(story())


@pytest.mark.parametrize("waits", [True, False])
def test_a_lane_that_waits_for_its_turn_is_stuck_only_if_all_are(
    scene: Scene, *, waits: bool
) -> None:
    async def story() -> None:
        lane = await scene.open()
        lane.waiting_since = scene.clock.now if waits else None
        other: Any = SimpleNamespace(
            source=Partition(SOURCE.topic, SOURCE.partition + 1),
            next_offset=scene.log.end,
            progress_at=scene.clock.now,
            waiting_since=None,
            stands=False,
        )
        scene.app.lanes.open[other.source] = other
        for _ in range(4):
            await scene.tick(STUCK_AFTER_S / 2)
        assert (scene.app.lanes.failure is None) is waits
        del scene.app.lanes.open[other.source]
        await scene.tick(STUCK_AFTER_S * 2)
        assert isinstance(scene.app.lanes.failure, WorkerStuckError)

    asyncio.run(story())
