"""A lane reads on from its position, drops what another took over, and gives up on nothing but itself."""

import asyncio
from functools import partial

import pytest
from aiokafka.errors import GroupAuthorizationFailedError

from events.errors import LedgerError
from projections.store.tables.positions import PositionConflictError
from streams.faults import FatalApplyError, NotAllowedError, PositionOutsideLogError
from streams.reading.log import Chunk
from streams.transport import lane as lane_module
from streams.transport.bounds import Batching, Bounds, Patience
from tests.support.lanes import AT_ONCE, located, running
from tests.support.partition_log import SOURCE, PartitionLog, a_record, becomes


def test_a_partition_without_a_position_starts_at_its_beginning() -> None:
    async def story() -> None:
        log = PartitionLog(end=5)
        async with running(log) as lane:
            await becomes(lambda: lane.has_room)
            log.deliver(lane, 0, 5)
            await becomes(lambda: log.position == 5)
        assert (log.sought, log.applied) == ([0], [(0, 5)])

    asyncio.run(story())


def test_a_conflict_reads_the_position_again_and_drops_what_was_queued() -> None:
    async def story() -> None:
        log = PartitionLog(end=10, position=2)
        log.failures = [PositionConflictError()]
        async with running(
            log, Bounds(batching=Batching(records_max=2), patience=AT_ONCE.patience)
        ) as lane:
            await becomes(lambda: lane.has_room)
            log.deliver(lane, 2, 4)
            log.deliver(lane, 4, 6)
            await becomes(lambda: len(log.sought) == 2)
            log.deliver(lane, 2, 10)
            await becomes(lambda: log.position == 10)
        assert (log.sought, log.refused) == ([2, 2], [])
        assert log.applied == [(2, 4), (4, 6), (6, 8), (8, 10)]

    asyncio.run(story())


def test_records_fetched_before_a_seek_are_told_from_those_after_it() -> None:
    async def story() -> None:
        log = PartitionLog(end=10)
        async with running(log) as lane:
            await becomes(lambda: lane.has_room)
            log.deliver(lane, 5, 10, epoch=log.epoch - 1)
            log.deliver(lane, 0, 5)
            await becomes(lambda: log.position == 5)
        assert log.sought == [0]

    asyncio.run(story())


@pytest.mark.parametrize("offsets", [[1, 2], [0, 2], [0, 0]])
def test_offsets_that_do_not_join_are_fetched_again(offsets: list[int]) -> None:
    async def story() -> None:
        log = PartitionLog(end=3)
        async with running(log) as lane:
            await becomes(lambda: lane.has_room)
            lane.offer(Chunk(SOURCE, log.epoch, [a_record(offset) for offset in offsets]))
            await becomes(lambda: len(log.sought) == 2)
            log.deliver(lane, 0, 3)
            await becomes(lambda: log.position == 3)
        assert (log.applied, log.refused) == ([(0, 3)], [])

    asyncio.run(story())


@pytest.mark.parametrize(
    "outage", [ConnectionError(), NotAllowedError(), GroupAuthorizationFailedError()], ids=type
)
def test_an_outage_never_makes_a_worker_give_up(outage: Exception) -> None:
    async def story() -> None:
        given_up: list[LedgerError] = []
        log = PartitionLog(end=1)
        log.failures = [outage for _ in range(30)]
        async with running(
            log, Bounds(patience=Patience(retry_first_s=0.0, failures_max=2)), given_up
        ) as lane:
            for tries in range(30):
                await becomes(partial(located, log, lane, tries + 1))
                log.deliver(lane, 0, 1)
            await becomes(lambda: len(log.sought) == 31 and lane.has_room)
            log.deliver(lane, 0, 1)
            await becomes(lambda: log.position == 1)
        assert given_up == []

    asyncio.run(story())


def test_failures_in_a_row_that_are_no_outage_make_a_worker_give_up() -> None:
    async def story() -> None:
        given_up: list[LedgerError] = []
        log = PartitionLog(end=1)
        log.failures = [ValueError("subject 91330000X"), ValueError("subject 91330000X")]
        async with running(
            log, Bounds(patience=Patience(retry_first_s=0.0, failures_max=2)), given_up
        ) as lane:
            for tries in (1, 2):
                await becomes(partial(located, log, lane, tries))
                log.deliver(lane, 0, 1)
            await becomes(lambda: bool(given_up))
        assert isinstance(given_up[0], FatalApplyError)
        # The text of a foreign exception may quote a record, so it is never repeated.
        assert "ValueError" in str(given_up[0])
        assert "91330000X" not in str(given_up[0])

    asyncio.run(story())


def test_a_fatal_error_is_not_tried_again() -> None:
    async def story() -> None:
        given_up: list[LedgerError] = []
        log = PartitionLog(end=1)
        log.failures = [FatalApplyError("schema id 7 is unknown")]
        async with running(log, given_up=given_up) as lane:
            await becomes(lambda: lane.has_room)
            log.deliver(lane, 0, 1)
            await becomes(lambda: bool(given_up))
        assert str(given_up[0]) == "schema id 7 is unknown"

    asyncio.run(story())


@pytest.mark.parametrize(("begin", "end", "position"), [(0, 5, 6), (3, 5, 2), (3, 5, None)])
def test_a_position_outside_the_log_is_named_with_the_logs_range(
    monkeypatch: pytest.MonkeyPatch, begin: int, end: int, position: int | None
) -> None:
    monkeypatch.setattr(lane_module, "_EXTENT_WAIT_S", 0.0)

    async def story() -> None:
        given_up: list[LedgerError] = []
        log = PartitionLog(begin=begin, end=end, position=position)
        async with running(log, given_up=given_up):
            await becomes(lambda: bool(given_up))
        assert isinstance(given_up[0], PositionOutsideLogError)
        expected = f"partition 3: the stored position {position or 0} lies outside the log"
        assert expected in str(given_up[0])
        assert f"offsets {begin} to {end}" in str(given_up[0])
        assert log.sought == []

    asyncio.run(story())


def test_what_arrives_while_a_batch_is_applied_travels_in_the_next_one() -> None:
    async def story() -> None:
        log = PartitionLog(end=12)
        async with running(log, Bounds(batching=Batching(records_max=5))) as lane:
            await becomes(lambda: lane.has_room)
            for first in range(0, 12, 3):
                log.deliver(lane, first, first + 3)
            await becomes(lambda: log.position == 12)
        assert log.applied == [(0, 5), (5, 10), (10, 12)]

    asyncio.run(story())
