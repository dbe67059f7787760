"""Large batches one at a time, small ones beside them."""

import asyncio

from streams.transport.bounds import Batching
from streams.transport.turns import Turns
from tests.support.partition_log import becomes

BOUNDS = Batching(records_max=1_000, parallel_max=2, large_from=100)


class Scene:
    """Batches that hold their turns until they are let go."""

    def __init__(self, bounds: Batching) -> None:
        self._turns = Turns(bounds)
        self._let_go: dict[str, asyncio.Event] = {}
        self.at_work: dict[str, int] = {}

    async def begin(self, name: str, records: int) -> None:
        self._let_go[name] = asyncio.Event()
        async with self._turns.turn(records) as records_max:
            self.at_work[name] = records_max
            await self._let_go[name].wait()
        del self.at_work[name]

    def end(self, name: str) -> None:
        self._let_go[name].set()


def test_large_batches_follow_each_other_and_small_ones_pass_by() -> None:
    async def story() -> None:
        scene = Scene(BOUNDS)
        async with asyncio.TaskGroup() as group:
            for name, records in [("large", 100), ("next", 1_000), ("small", 99), ("late", 1)]:
                group.create_task(scene.begin(name, records))
            await becomes(lambda: len(scene.at_work) == 2)
            assert scene.at_work == {"large": 1_000, "small": 100}
            scene.end("small")
            await becomes(lambda: "late" in scene.at_work)
            assert scene.at_work == {"large": 1_000, "late": 100}
            scene.end("large")
            await becomes(lambda: "next" in scene.at_work)
            assert scene.at_work == {"next": 1_000, "late": 100}
            scene.end("next")
            scene.end("late")

    asyncio.run(story())


def test_where_nothing_is_large_all_are_alike() -> None:
    async def story() -> None:
        scene = Scene(Batching(records_max=1_000, parallel_max=2))
        async with asyncio.TaskGroup() as group:
            for name in ("first", "second", "third"):
                group.create_task(scene.begin(name, 1_000))
            await becomes(lambda: len(scene.at_work) == 2)
            assert scene.at_work == {"first": 1_000, "second": 1_000}
            scene.end("first")
            await becomes(lambda: "third" in scene.at_work)
            scene.end("second")
            scene.end("third")

    asyncio.run(story())


def test_how_long_a_batch_took_tells_all_lanes_how_many_records_the_next_may_have() -> None:
    async def story() -> None:
        turns = Turns(Batching(records_max=1_000, records_first=200, takes_max_s=2.0))

        async def given() -> int:
            async with turns.turn(1_000) as records_max:
                return records_max

        assert await given() == 200
        turns.took(200, 0.1)
        assert await given() == 400
        turns.took(200, 1.0)
        assert await given() == 400, "begun before, with fewer: it says nothing"
        turns.took(400, 6.0)
        assert await given() == 66

    asyncio.run(story())
