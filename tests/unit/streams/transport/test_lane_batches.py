"""Batches of a lane: how large, how long they gather, and what stops fetching."""

import asyncio
from functools import partial

from events.errors import LedgerError
from projections.ledger.message import Raw
from streams.faults import FatalApplyError, LogGapError
from streams.reading.log import Chunk
from streams.transport.bounds import Batching, Bounds, Fetching, Patience
from tests.support.lanes import located, running
from tests.support.partition_log import SOURCE, PartitionLog, a_record, becomes


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


def test_a_batch_has_no_more_records_than_the_last_one_had_in_the_time_that_it_may_take() -> None:
    batching = Batching(records_max=10_000, records_first=1_000, takes_max_s=2.0)
    assert batching.records_next(1_000, 1_000, 4.0) == 200
    assert batching.records_next(1_000, 300, 4.0) == 60, "even one that was not full"
    assert batching.records_next(1_000, 1_000, 0.5) == 1_600
    assert batching.records_next(1_000, 1_000, 0.001) == 2_000
    assert batching.records_next(1_000, 1_000, 1.9) == 1_000
    assert batching.records_next(1_000, 2, 0.001) == 1_000, "it was not full"
    assert batching.records_next(8_000, 8_000, 0.1) == 10_000
    assert batching.records_next(1, 1, 60.0) == 1


def test_the_first_batch_of_a_backlog_is_small_and_the_next_ones_grow() -> None:
    async def story() -> None:
        log = PartitionLog(end=70)
        batching = Batching(records_max=32, records_first=5)
        async with running(log, Bounds(batching=batching)) as lane:
            await becomes(lambda: lane.has_room)
            log.deliver(lane, 0, 60)
            await becomes(lambda: log.position == 60)
        assert log.applied == [(0, 5), (5, 15), (15, 35), (35, 60)]

    asyncio.run(story())


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
