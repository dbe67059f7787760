"""Large batches one at a time, small ones beside them."""

import asyncio

import pytest

from streams.transport import turns as turns_module
from streams.transport.bounds import Batching
from streams.transport.turns import Turns
from tests.support.partition_log import becomes
from tests.support.patience import AMPLE_S

BOUNDS = Batching(records_max=1_000, parallel_max=2, large_from=100)


class Scene:
    """Batches that hold their turns until they are let go."""

    def __init__(self, bounds: Batching) -> None:
        self._turns = Turns(bounds)
        self._let_go: dict[str, asyncio.Event] = {}
        self.at_work: dict[str, int] = {}

    async def begin(self, name: str, records: int, *, goes_on: bool = False) -> None:
        self._let_go[name] = asyncio.Event()
        async with self._turns.turn("ledger", records, goes_on=goes_on) as turn:
            self.at_work[name] = turn.records_max
            await self._let_go[name].wait()
        del self.at_work[name]

    def end(self, name: str) -> None:
        self._let_go[name].set()


def test_large_batches_follow_each_other_and_small_ones_pass_by() -> None:
    async def story() -> None:
        scene = Scene(BOUNDS)
        async with asyncio.TaskGroup() as group:
            for name, records in [("large", 100), ("next", 1_000), ("small", 99)]:
                group.create_task(scene.begin(name, records))
            await becomes(lambda: len(scene.at_work) == 2)
            assert scene.at_work == {"large": 1_000, "small": 100}
            scene.end("small")
            await becomes(lambda: "small" not in scene.at_work)
            group.create_task(scene.begin("late", 1))
            await becomes(lambda: "late" in scene.at_work)
            assert scene.at_work == {"large": 1_000, "late": 100}
            scene.end("large")
            await becomes(lambda: "next" in scene.at_work)
            assert scene.at_work == {"next": 1_000, "late": 100}
            scene.end("next")
            scene.end("late")

    asyncio.run(story())


def test_small_batches_of_a_topic_begin_together_and_the_next_once_one_of_them_is_through() -> None:
    async def story() -> None:
        scene = Scene(BOUNDS)
        async with asyncio.TaskGroup() as group:
            for name in ("first", "second"):
                group.create_task(scene.begin(name, 1))
            await becomes(lambda: len(scene.at_work) == 2)
            for name in ("third", "fourth"):
                group.create_task(scene.begin(name, 1))
            for _ in range(9):
                await asyncio.sleep(0)
            assert set(scene.at_work) == {"first", "second"}, "they wait for the next start"
            scene.end("first")
            await becomes(lambda: set(scene.at_work) == {"second", "third", "fourth"})
            for name in ("second", "third", "fourth"):
                scene.end(name)

    asyncio.run(story())


def test_who_goes_on_with_a_crowd_rests_for_no_company() -> None:
    async def story() -> None:
        scene = Scene(Batching(large_from=100, gather_s=AMPLE_S, gather_max_s=AMPLE_S))
        async with asyncio.TaskGroup() as group:
            group.create_task(scene.begin("first", 1))
            await becomes(lambda: "first" in scene.at_work)
            scene.end("first")
            await becomes(lambda: not scene.at_work)
            group.create_task(scene.begin("crowd", 99, goes_on=True))
            await becomes(lambda: "crowd" in scene.at_work)
            scene.end("crowd")

    asyncio.run(story())


def test_those_that_begin_together_share_what_a_batch_may_have_by_what_they_hold() -> None:
    async def story() -> None:
        scene = Scene(Batching(records_max=1_000, large_from=100))
        async with asyncio.TaskGroup() as group:
            for name, records in (("much", 90), ("some", 60), ("one", 1)):
                group.create_task(scene.begin(name, records))
            await becomes(lambda: len(scene.at_work) == 3)
            assert scene.at_work == {"much": 59, "some": 39, "one": 1}
            for name in ("much", "some", "one"):
                scene.end(name)

    asyncio.run(story())


def test_whoever_is_at_work_for_long_keeps_none_from_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns_module, "_WAITED_FOR_S", 0.01)

    async def story() -> None:
        scene = Scene(BOUNDS)
        async with asyncio.TaskGroup() as group:
            group.create_task(scene.begin("left behind", 1))
            await becomes(lambda: "left behind" in scene.at_work)
            group.create_task(scene.begin("next", 1))
            await becomes(lambda: "next" in scene.at_work)
            scene.end("next")
            scene.end("left behind")

    asyncio.run(story())


def test_a_lane_that_is_closed_as_it_begins_holds_nobody_up() -> None:
    async def story() -> None:
        turns = Turns(BOUNDS)
        began: list[str] = []

        async def lane(name: str) -> None:
            async with turns.turn("ledger", 1):
                began.append(name)

        for cancelled_after in range(6):  # Wherever it stands just then.
            closed = asyncio.create_task(lane("closed"))
            for _ in range(cancelled_after):
                await asyncio.sleep(0)
            closed.cancel()
            await asyncio.gather(closed, return_exceptions=True)
            async with asyncio.timeout(AMPLE_S):
                await lane(f"after {cancelled_after}")
        assert [name for name in began if name != "closed"] == [f"after {n}" for n in range(6)]

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

        async def given(records: int, seconds: float) -> int:
            async with turns.turn("ledger", 1_000) as turn:
                turn.took(records, seconds)
                return turn.records_max

        assert await given(200, 0.1) == 200
        assert await given(200, 1.0) == 400, "begun before, with fewer: it says nothing"
        assert await given(400, 6.0) == 400
        assert await given(53, 1.0) == 53

    asyncio.run(story())


def test_of_those_that_began_together_the_first_that_is_through_says_how_long_all_took() -> None:
    async def story() -> None:
        turns = Turns(Batching(records_max=1_000, records_first=100, large_from=100))
        first_is_through = asyncio.Event()

        async def lane(records: int, seconds: float, *, is_left_behind: bool = False) -> int:
            async with turns.turn("ledger", records) as turn:
                if is_left_behind:
                    await first_is_through.wait()
                turn.took(records, seconds)
            first_is_through.set()
            return turn.records_max

        shares = [lane(60, 4.0), lane(60, 90.0, is_left_behind=True)]
        assert await asyncio.gather(*shares) == [50, 50]
        assert await lane(10, 0.1) == 20, "of a hundred in four seconds, two fifths of two seconds"

    asyncio.run(story())
