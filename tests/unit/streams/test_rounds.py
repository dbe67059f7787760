"""Small batches share a transaction; what becomes of one is no matter of the others."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from projections.ledger.message import Raw
from projections.projector import Applied
from projections.store.tables.positions import PositionConflictError
from streams import rounds
from streams.batches import Batch, Handler
from streams.reading.log import Chunk, Partition
from streams.rounds import Rounds
from streams.transport.bounds import Batching, Bounds
from streams.transport.lanes import Lanes
from tests.support.partition_log import becomes
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence

TOPIC = "ledger"


def a_batch(partition: int, records: int = 1, *, alone: bool = False) -> Batch:
    said = [Raw(offset, 0, b"key", b"value") for offset in range(records)]
    return Batch(TOPIC, partition, said, alone)


def applied(partition: int) -> Applied:
    return Applied(partition, 1, [], 0)


def open_gate() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


def _partition(batch: Batch) -> int:
    return batch.partition


class Tables:
    """Applies without a database, and notes what was asked of it together, and what alone."""

    def __init__(self) -> None:
        self.together: list[list[int]] = []
        self.sizes: list[list[int]] = []
        self.alone: list[int] = []
        self.held: set[int] = set()  # by another session: a round leaves them out
        self.wrong: dict[int, Exception] = {}
        self.lanes = Lanes(Bounds())
        self.offsets: list[int] = []
        self.opens_alone = open_gate()
        self.opens_together = open_gate()

    def apply(self, batch: Batch) -> Applied:
        self.alone.append(batch.partition)
        assert self.opens_alone.wait(AMPLE_S)
        if batch.partition in self.wrong:
            raise self.wrong[batch.partition]
        return applied(batch.partition)

    def apply_round(self, batches: Sequence[Batch]) -> Mapping[int, Applied | Exception]:
        own = [batch.partition for batch in batches]
        self.sizes.append([len(batch.records) for batch in sorted(batches, key=_partition)])
        self.together.append(own)
        assert self.opens_together.wait(AMPLE_S)
        outcomes: dict[int, Applied | Exception] = {}
        for partition in own:
            error = self.wrong.get(partition)
            if isinstance(error, PositionConflictError):
                outcomes[partition] = error
            elif error is not None:
                raise error
            elif partition not in self.held:
                outcomes[partition] = applied(partition)
        return outcomes


async def outcomes_of(tables: Tables, *batches: Batch) -> list[Any]:
    work = Rounds(tables.apply, tables.apply_round)
    async with asyncio.timeout(AMPLE_S):
        return await asyncio.gather(*map(work.apply, batches), return_exceptions=True)


def test_what_waits_at_the_same_time_shares_one_transaction() -> None:
    tables = Tables()
    found = asyncio.run(outcomes_of(tables, *map(a_batch, range(5))))
    assert found == [applied(partition) for partition in range(5)]
    assert (tables.together, tables.alone) == ([[0, 1, 2, 3, 4]], [])


def test_what_is_alone_is_no_matter_of_those_that_share() -> None:
    tables = Tables()

    async def story() -> None:
        work = Rounds(tables.apply, tables.apply_round)
        tables.opens_alone.clear()
        alone = [asyncio.create_task(work.apply(a_batch(p, alone=True))) for p in (0, 1)]
        async with asyncio.timeout(AMPLE_S):
            others = (work.apply(a_batch(partition)) for partition in (2, 3))
            assert await asyncio.gather(*others) == [applied(2), applied(3)]
            await becomes(lambda: tables.alone == [0])  # One at a time: threads are few.
            tables.opens_alone.set()
            assert await asyncio.gather(*alone) == [applied(0), applied(1)]

    asyncio.run(story())
    assert (tables.together, tables.alone) == ([[2, 3]], [0, 1])


def test_what_fails_is_not_tried_twice_where_it_was_by_itself() -> None:
    tables = Tables()
    tables.wrong = {0: ValueError("no such schema")}
    (found,) = asyncio.run(outcomes_of(tables, a_batch(0)))
    assert isinstance(found, ValueError)
    assert (tables.together, tables.alone) == ([[0]], [])


def test_a_round_is_bounded_and_a_partition_is_in_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "ROUND_RECORDS_MAX", 5)
    tables = Tables()
    batches = [a_batch(0, 9), a_batch(1, 2), a_batch(2, 3), a_batch(3), a_batch(3), a_batch(4)]
    asyncio.run(outcomes_of(tables, *batches))
    assert (tables.alone, tables.together) == ([], [[0], [1, 2], [3], [3, 4]])


def test_where_a_round_fails_each_is_judged_alone_and_only_the_one_at_fault_fails() -> None:
    tables = Tables()
    tables.wrong = {1: ValueError("no such schema")}
    first, second, third = asyncio.run(outcomes_of(tables, *map(a_batch, range(3))))
    assert (first, third) == (applied(0), applied(2))
    assert isinstance(second, ValueError)
    assert (tables.together, tables.alone) == ([[0, 1, 2]], [0, 1, 2])


def test_a_conflict_is_of_its_partition_alone() -> None:
    tables = Tables()
    tables.wrong = {1: PositionConflictError("stands elsewhere")}
    first, second, third = asyncio.run(outcomes_of(tables, *map(a_batch, range(3))))
    assert (first, third) == (applied(0), applied(2))
    assert isinstance(second, PositionConflictError)
    assert tables.alone == []


def test_nobody_waits_for_a_partition_that_another_session_holds() -> None:
    tables = Tables()
    tables.held = {1}

    async def story() -> None:
        work = Rounds(tables.apply, tables.apply_round)
        tables.opens_alone.clear()
        held = asyncio.create_task(work.apply(a_batch(1)))
        async with asyncio.timeout(AMPLE_S):
            await becomes(lambda: tables.alone == [1])
            for _ in range(2):
                others = (work.apply(a_batch(partition)) for partition in (0, 2))
                assert await asyncio.gather(*others) == [applied(0), applied(2)]
            assert (tables.alone, held.done()) == ([1], False)
            tables.opens_alone.set()
            assert await held == applied(1)

    asyncio.run(story())


def test_a_lane_that_is_closed_meanwhile_is_no_matter_and_what_waits_of_it_is_not_begun() -> None:
    tables = Tables()

    async def story() -> None:
        work = Rounds(tables.apply, tables.apply_round)
        tables.opens_together.clear()
        running = [asyncio.create_task(work.apply(a_batch(partition))) for partition in (0, 1)]
        await becomes(lambda: tables.together == [[0, 1]])
        waiting = [asyncio.create_task(work.apply(a_batch(partition))) for partition in (2, 3, 4)]
        await asyncio.sleep(0)
        running[0].cancel()
        waiting[0].cancel()
        await asyncio.gather(running[0], waiting[0], return_exceptions=True)
        tables.opens_together.set()
        async with asyncio.timeout(AMPLE_S):
            found = await asyncio.gather(running[1], *waiting[1:])
        assert found == [applied(1), applied(3), applied(4)]

    asyncio.run(story())
    assert (tables.together, tables.alone) == ([[0, 1], [3, 4]], [])


class Logs:
    """Logs of several partitions in memory, and where the tables stand in them."""

    def __init__(self) -> None:
        self.epochs: dict[int, int] = {}

    async def extent(self, source: Partition) -> tuple[int, int]:
        del source
        return 0, 1_000

    async def seek(self, source: Partition, offset: int, epoch: int) -> None:
        del offset
        self.epochs[source.partition] = epoch

    async def next_offsets(self, topic: str, partitions: Collection[int]) -> Mapping[int, int]:
        del topic
        return dict.fromkeys(partitions, 0)


@asynccontextmanager
async def lanes_of(
    tables: Tables, batching: Batching, partitions: int
) -> AsyncIterator[Callable[..., None]]:
    """Run lanes whose batches are applied in rounds; give what delivers a record to some."""
    logs, work = Logs(), Rounds(tables.apply, tables.apply_round)
    tables.offsets = [0] * partitions

    async def apply(batch: Batch) -> None:
        await work.apply(batch)

    lanes = Lanes(Bounds(batching=batching))
    lanes.register(Handler(topic=TOPIC, positions=logs, apply=apply))
    await lanes.reopen([Partition(TOPIC, partition) for partition in range(partitions)], logs)
    await becomes(lambda: all(lane.has_room for lane in lanes.open.values()))

    def deliver(*to: int) -> None:
        for partition in to:
            record = Raw(tables.offsets[partition], 0, b"key", b"value")
            tables.offsets[partition] += 1
            source = Partition(TOPIC, partition)
            lanes.offer(Chunk(source, logs.epochs[partition], [record]))

    tables.lanes = lanes
    try:
        yield deliver
    finally:
        await lanes.shut()


def test_lanes_that_have_little_begin_together_and_take_what_came_while_they_waited() -> None:
    tables = Tables()

    async def story() -> None:
        batching = Batching(large_from=100, gather_s=0.3)
        async with lanes_of(tables, batching, 4) as deliver:
            deliver(0, 1, 2)
            await becomes(lambda: len(tables.together) == 1)
            for partition in (3, 1, 1):  # One after the other, while all of them wait.
                deliver(partition)
                await asyncio.sleep(0)
            await becomes(lambda: len(tables.together) == 2)
            await becomes(lambda: all(lane.is_idle for lane in tables.lanes.open.values()))

    asyncio.run(story())
    assert [sorted(own) for own in tables.together] == [[0, 1, 2], [1, 3]]
    assert tables.sizes == [[1, 1, 1], [2, 1]]


def test_a_crowd_of_one_subject_is_applied_alone_and_the_others_go_on() -> None:
    tables = Tables()

    async def story() -> None:
        batching = Batching(large_from=100, of_key_alone=3)
        tables.opens_alone.clear()
        async with lanes_of(tables, batching, 3) as deliver:
            deliver(0, 0, 0, 1)
            await becomes(lambda: tables.alone == [0])
            await becomes(lambda: tables.together == [[1]])
            deliver(1, 2)
            await becomes(lambda: len(tables.together) == 2)
            tables.opens_alone.set()
            await becomes(lambda: all(lane.is_idle for lane in tables.lanes.open.values()))

    asyncio.run(story())
    assert (tables.alone, [sorted(own) for own in tables.together]) == ([0], [[1], [1, 2]])


def test_the_batches_of_a_crowd_follow_each_other_without_a_rest() -> None:
    tables = Tables()

    async def story() -> None:
        batching = Batching(
            large_from=100, of_key_max=3, of_key_alone=3, gather_s=AMPLE_S, gather_max_s=AMPLE_S
        )
        async with lanes_of(tables, batching, 1) as deliver:
            deliver(*[0] * 9)
            await becomes(lambda: tables.alone == [0, 0, 0])

    asyncio.run(story())


def test_fewer_of_one_subject_are_alone_where_so_many_took_long() -> None:
    tables = Tables()

    async def story() -> None:
        async with lanes_of(tables, Batching(large_from=100, of_key_alone=6), 1) as deliver:
            (lane,) = tables.lanes.open.values()
            lane._of_key = 2  # As after batches of one subject that took long.
            deliver(0, 0)
            await becomes(lambda: lane.is_idle)

    asyncio.run(story())
    assert (tables.together, tables.alone) == ([], [0])


def test_a_round_that_runs_as_lanes_are_closed_is_waited_for_and_none_begins_behind_it() -> None:
    tables = Tables()

    async def story() -> None:
        batching = Batching(large_from=100)
        async with lanes_of(tables, batching, 3) as deliver:
            tables.opens_together.clear()
            deliver(0, 1)
            await becomes(lambda: len(tables.together) == 1)
            deliver(0, 2)
            closing = asyncio.create_task(tables.lanes.close())
            await asyncio.sleep(0)
            assert not closing.done()
            tables.opens_together.set()
            await closing

    asyncio.run(story())
    assert tables.together == [[0, 1]]
