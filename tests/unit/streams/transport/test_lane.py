import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from aiokafka.errors import GroupAuthorizationFailedError

from events.errors import LedgerError
from projections.ledger.message import Raw
from projections.store.tables.positions import PositionConflictError
from streams.batches import Handler
from streams.faults import FatalApplyError, LogGapError, NotAllowedError, PositionOutsideLogError
from streams.reading.log import Chunk
from streams.transport import lane as lane_module
from streams.transport.bounds import Batching, Bounds, Fetching, Patience
from streams.transport.lane import Lane
from streams.transport.turns import Turns
from tests.support.partition_log import SOURCE, PartitionLog, a_record, becomes


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


def test_a_batch_is_bounded_in_bytes_but_a_large_record_travels_alone() -> None:
    async def story() -> None:
        log = PartitionLog(end=4)
        sizes = [30, 30, 500, 30]
        async with running(log, Bounds(batching=Batching(bytes_max=100))) as lane:
            await becomes(lambda: lane.has_room)
            records = [a_record(o, b"x" * size) for o, size in enumerate(sizes)]
            lane.offer(Chunk(SOURCE, log.epoch, records))
            await becomes(lambda: log.position == 4)
        assert log.applied == [(0, 2), (2, 3), (3, 4)]

    asyncio.run(story())


def test_of_one_key_no_more_than_a_bound_travel_together_and_none_changes_its_place() -> None:
    async def story() -> None:
        log = PartitionLog(end=9)
        async with running(log, Bounds(batching=Batching(of_key_max=2))) as lane:
            await becomes(lambda: lane.has_room)
            keys = [b"a", b"b", b"a", b"c", b"a", b"a", b"b", b"a", None]
            records = [Raw(o, 0, key, b"value") for o, key in enumerate(keys)]
            lane.offer(Chunk(SOURCE, log.epoch, records))
            await becomes(lambda: log.position == 9)
            assert (lane.queued, lane.queued_bytes) == (0, 0)
        assert log.applied == [(0, 4), (4, 7), (7, 9)]

    asyncio.run(story())


def test_the_longer_a_batch_took_the_fewer_records_of_one_key_the_next_one_has() -> None:
    batching = Batching(of_key_max=8, takes_max_s=2.0)
    assert [batching.of_key(before, before, 2.1) for before in (8, 4, 2, 1)] == [4, 2, 1, 1]
    assert [batching.of_key(before, before, 2.0) for before in (1, 4, 5, 8)] == [2, 8, 8, 8]
    assert batching.of_key(8, crowd=4, took_s=60.0) == 8, "many keys with few records each"


def test_a_full_queue_stops_fetching_and_an_emptied_one_resumes_it() -> None:
    async def story() -> None:
        log = PartitionLog(end=20)
        async with running(
            log, Bounds(batching=Batching(records_max=5), fetching=Fetching(queued_batches_max=2))
        ) as lane:
            await becomes(lambda: lane.has_room)
            log.deliver(lane, 0, 10)
            assert not lane.has_room
            await becomes(lambda: log.position == 10)
            assert lane.has_room

    asyncio.run(story())


def test_a_closed_lane_starts_no_further_batch() -> None:
    async def story() -> None:
        log = PartitionLog(end=4)
        async with running(log) as lane:
            await becomes(lambda: lane.has_room)
            log.deliver(lane, 0, 2)
            lane.close()
            log.deliver(lane, 2, 4)
            assert not lane.has_room
            await asyncio.sleep(0)
        assert log.applied == []

    asyncio.run(story())


def test_the_longer_a_batch_took_the_longer_the_next_one_gathers_up_to_a_bound() -> None:
    bounds = Batching(gather_s=0.05, gather_max_s=0.3, rests=16.0)
    assert [bounds.rest_s(took) for took in (0.001, 0.01, 0.5)] == [0.05, 0.16, 0.3]
    assert Batching().rest_s(0.5) == 0.0, "who gathers nothing does not wait"


def test_what_follows_a_batch_gathers_for_the_next_unless_it_fills_one() -> None:
    async def story() -> None:
        log = PartitionLog(end=10)
        async with running(log, Bounds(batching=Batching(gather_s=0.1, records_max=4))) as lane:
            await becomes(lambda: lane.has_room)
            log.deliver(lane, 0, 1)
            await becomes(lambda: log.position == 1)
            log.deliver(lane, 1, 2)
            await asyncio.sleep(0)  # The lane sees it, and waits for company.
            log.deliver(lane, 2, 3)
            await becomes(lambda: log.position == 3)
            log.deliver(lane, 3, 10)
            await becomes(lambda: log.position == 10)
        assert log.applied == [(0, 1), (1, 3), (3, 7), (7, 10)]

    asyncio.run(story())


def test_where_it_is_alone_a_lane_whose_log_is_at_fault_stands_and_ends_no_process() -> None:
    async def story() -> None:
        given_up: list[LedgerError] = []
        log = PartitionLog(end=9)
        patience = Patience(retry_first_s=0.0, failures_max=2, stands_s=0.0)
        async with running(log, Bounds(patience=patience), given_up, alone=True) as lane:
            for tries in (1, 2):
                await becomes(partial(located, log, lane, tries))
                log.deliver(lane, 4, 6)
            await becomes(lambda: lane.stands)
            await becomes(partial(located, log, lane, 3))
            # The operator has stepped over it: work goes on from there.
            log.position = 4
            lane.relocate(LogGapError("again"))
            await becomes(partial(located, log, lane, 4))
            log.deliver(lane, 4, 6)
            await becomes(lambda: log.position == 6)
            assert not lane.stands
        assert (given_up, log.applied) == ([], [(4, 6)])

    asyncio.run(story())


def test_what_fails_for_another_reason_ends_the_process_also_where_it_is_alone() -> None:
    async def story() -> None:
        given_up: list[LedgerError] = []
        log = PartitionLog(end=1)
        log.failures = [FatalApplyError("as things stand")]
        async with running(log, given_up=given_up, alone=True) as lane:
            await becomes(lambda: lane.has_room)
            log.deliver(lane, 0, 1)
            await becomes(lambda: bool(given_up))

    asyncio.run(story())
