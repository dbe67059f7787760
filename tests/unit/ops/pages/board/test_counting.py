"""Many boards are counted for at once: one counts, the rest are told the last count while it is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import anyio
import anyio.lowlevel

from events.envelope import Platform
from ops.pages.board.counting import COUNTED_BESIDE_S, KeptCounts
from ops.pages.rested import REST
from projections.notices.subscription import Subscription

COUNT_S = 2.0
ALL, RED = Subscription(), Subscription(regions=frozenset({"330100"}))


class World:
    """A clock, and a database that takes its time to count."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.counted: list[Subscription] = []
        self.is_away = False
        self.service = SimpleNamespace(now=lambda: datetime.fromtimestamp(self.now_s, UTC))
        self.kept = KeptCounts(lambda: self.now_s)

    async def ask(self, _question: Any, _platform: Platform, wanted: Subscription) -> Any:
        self.counted.append(wanted)
        await anyio.lowlevel.checkpoint()
        if self.is_away:
            raise OSError
        self.now_s += COUNT_S
        return {("330100", "red"): len(self.counted)}

    async def of(self, wanted: Subscription) -> int:
        asked: Any = self
        found = await self.kept.of(asked, Platform.ORGANISATION, wanted)
        return found.counts["330100", "red"]


def test_who_comes_while_it_is_counted_waits_for_that_count() -> None:
    async def run() -> None:
        world, told = World(), list[int]()

        async def board() -> None:
            told.append(await world.of(ALL))

        async with anyio.create_task_group() as boards:
            for _ in range(300):
                boards.start_soon(board)
        assert told == [1] * 300
        assert world.counted == [ALL]

    anyio.run(run)


def test_a_count_is_kept_for_twenty_times_as_long_as_it_took() -> None:
    async def run() -> None:
        world = World()
        assert await world.of(ALL) == 1
        world.now_s += REST * COUNT_S - 0.1
        assert await world.of(ALL) == 1
        await anyio.lowlevel.checkpoint()
        assert world.counted == [ALL]
        world.now_s += 0.1 + COUNTED_BESIDE_S
        assert await world.of(ALL) == 2, "so old a count is told to nobody"

    anyio.run(run)


def test_who_comes_when_a_count_is_old_is_told_it_and_the_next_a_new_one() -> None:
    async def run() -> None:
        world = World()
        assert await world.of(ALL) == 1
        world.now_s += REST * COUNT_S
        assert [await world.of(ALL) for _ in range(3)] == [1, 1, 1]
        while world.counted != [ALL, ALL]:
            await anyio.lowlevel.checkpoint()
        await anyio.lowlevel.checkpoint()
        assert await world.of(ALL) == 2
        assert world.counted == [ALL, ALL]

    anyio.run(run)


def test_a_count_that_fails_beside_is_tried_by_the_next_who_comes() -> None:
    async def run() -> None:
        world = World()
        assert await world.of(ALL) == 1
        world.now_s += REST * COUNT_S
        world.is_away = True
        assert await world.of(ALL) == 1
        while len(world.counted) < 2:
            await anyio.lowlevel.checkpoint()
        await anyio.lowlevel.checkpoint()
        world.is_away = False
        assert await world.of(ALL) == 1
        while len(world.counted) < 3:
            await anyio.lowlevel.checkpoint()
        await anyio.lowlevel.checkpoint()
        assert await world.of(ALL) == 3

    anyio.run(run)


def test_each_choice_is_counted_by_itself() -> None:
    async def run() -> None:
        world = World()
        assert [await world.of(each) for each in (ALL, RED, ALL, RED)] == [1, 2, 1, 2]
        assert world.counted == [ALL, RED]

    anyio.run(run)
