"""Across Faust and our transport: what Faust and aiokafka do that we must not rely on, and that our path is not touched by it.

Where a test of a trap fails after an upgrade, the trap may be gone: read the change, then
decide whether our way around it is still needed. Where one of ours fails, do not upgrade.
"""

import asyncio
import inspect
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import faust
import pytest
from aiokafka.consumer.fetcher import Fetcher, FetchResult, PartitionRecords
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import NoOffsetForPartitionError
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords
from faust.events import Event
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP, ConsumerMessage
from intervaltree import IntervalTree  # type: ignore[import-untyped]

from projections.ledger.message import Raw
from streams.batches import Batch
from streams.reading.log import Chunk, Partition
from streams.transport.agents import batch_agent
from streams.transport.app import BatchApp, create_app
from streams.transport.health import check_client
from streams.transport.thread import BatchConsumerThread
from streams.transport.transport import BatchConsumer, BatchTransport
from tests.support.kafka_batches import a_batch

SOURCE = TP("ledger", 0)


def a_message(app: Any, offset: int, value: Any = b"value") -> ConsumerMessage:
    return ConsumerMessage(
        topic=SOURCE.topic, partition=SOURCE.partition, offset=offset, timestamp=0.0,
        timestamp_type=0, headers=(), key=None, value=value, checksum=None, tp=SOURCE,
        generation_id=app.consumer_generation_id,
    )  # fmt: skip


@asynccontextmanager
async def a_stream(count: int) -> AsyncIterator[tuple[Any, list[ConsumerMessage]]]:
    """Give a stream that holds `count` events, and their messages."""
    app = faust.App("traps", broker="kafka://127.0.0.1:1", store="memory://", web_enabled=False)
    app.finalize()
    app.flow_control.resume()
    stream = app.stream(app.channel(maxsize=100))
    messages = [a_message(app, offset) for offset in range(count)]
    for message in messages:
        message.incref()
        stream.channel.queue.put_nowait(Event(app, None, message.value, None, message))
    try:
        yield stream, messages
    finally:
        await stream.stop()
        app.consumer._thread.thread_loop.close()


async def _fail(batches: AsyncIterator[Any]) -> None:
    async for _ in batches:
        raise ConnectionError


async def acked_after_failure(open_stream: Callable[[Any], Any]) -> list[int]:
    """Give the offsets that count as done although their handling raised."""
    async with a_stream(5) as (stream, messages):
        iterator = open_stream(stream)
        with pytest.raises(ConnectionError):
            await _fail(iterator)
        await iterator.aclose()
        return [message.offset for message in messages if message.acked]


def test_trap_faust_commits_past_an_offset_in_flight() -> None:
    # Issue 606: offset 2585 is still being processed, 2586 to 2589 are acknowledged.
    consumer: Any = type("Bare", (), {})()
    consumer._acked = defaultdict(list, {SOURCE: [2586, 2587, 2588, 2589]})
    consumer._acked_index = defaultdict(set, {SOURCE: {2586, 2587, 2588, 2589}})
    consumer._gap = defaultdict(IntervalTree)
    consumer._committed_offset = {SOURCE: 2585}
    assert Consumer._new_offset(consumer, SOURCE) == 2590


def test_trap_take_acknowledges_a_batch_that_failed() -> None:
    assert asyncio.run(acked_after_failure(lambda s: s.take(5, within=1))) == [0, 1, 2, 3, 4]


def test_trap_plain_iteration_acknowledges_the_event_that_failed() -> None:
    assert asyncio.run(acked_after_failure(aiter)) == [0]


def test_noack_take_does_not_acknowledge_what_failed() -> None:
    assert asyncio.run(acked_after_failure(lambda s: s.noack_take(5, within=1))) == []


def test_trap_faust_leaves_out_the_check_that_shows_a_dead_coordinator() -> None:
    fetch = inspect.getsource(driver.AIOKafkaConsumerThread._fetch_records)
    assert "check_errors" not in fetch
    assert "check_errors" in inspect.getsource(check_client)
    assert "check_client" in inspect.getsource(BatchConsumerThread.take)


def test_trap_a_failed_commit_crashes_fausts_consumer() -> None:
    assert "self.crash(exc)" in inspect.getsource(driver.AIOKafkaConsumerThread._commit)


def test_trap_aiokafka_ends_at_a_name_of_a_header_that_is_no_utf_8() -> None:
    spoilt = a_batch(0, [(b"k", b"v", [("name", b"x")])]).replace(b"name", b"\xff\xfe\xfdX")
    with pytest.raises(UnicodeDecodeError):
        list(DefaultRecordBatch(spoilt))


def test_trap_aiokafka_unpacks_whatever_a_batch_becomes() -> None:
    source = inspect.getsource(_DefaultRecordBatchPy._maybe_uncompress)
    assert "zstd_decode(data.tobytes())" in source


def test_the_seam_at_which_we_read_in_aiokafkas_place_is_still_there() -> None:
    made = inspect.getsource(Fetcher._proc_fetch_request)
    assert "await self._client.send(node_id, request)" in made
    assert "self._records[tp] = FetchResult(" in made
    assert "for msg in self._partition_records:" in inspect.getsource(FetchResult.getall)
    theirs = PartitionRecords(
        SOURCE, MemoryRecords(b""), [(7, 3)], 5, None, None, check_crcs=True, isolation_level=1
    )
    assert theirs.next_fetch_offset == 5
    assert theirs._aborted_transactions == [(7, 3)]


def test_trap_faust_seeks_to_kafkas_offsets_after_each_assignment() -> None:
    assert "consumer.perform_seek()" in inspect.getsource(Recovery._resume_streams)
    assert "seek_to_committed" in inspect.getsource(Consumer.perform_seek)


class NoPositions:
    async def next_offsets(self, topic: str, partitions: Any) -> dict[int, int]:
        del topic, partitions
        return {}


async def _never(batch: Batch) -> None:
    raise AssertionError(batch)


@asynccontextmanager
async def an_app() -> AsyncIterator[BatchApp]:
    app = create_app(name="t", kafka="127.0.0.1:1", group="g", instance_id="i")
    batch_agent(app, SOURCE.topic, NoPositions(), _never)
    app.finalize()
    yield app
    app.consumer.thread.thread_loop.close()


def test_our_consumer_seeks_nowhere_by_itself_and_commits_nothing() -> None:
    async def story() -> None:
        async with an_app() as app:
            consumer = app.consumer
            assert isinstance(consumer, BatchConsumer)
            assert consumer.transport is app.transport
            assert isinstance(app.transport, BatchTransport)
            for offset in range(5):
                message = a_message(app, offset)
                assert consumer.ack(message) is False
            assert not consumer._acked
            assert await consumer.commit() is False

    asyncio.run(story())


def test_our_consumer_never_drops_what_is_read_again() -> None:
    async def story() -> None:
        async with an_app() as app:
            app.consumer._read_offset[SOURCE] = 100
            assert app.consumer._read_offset[SOURCE] is None

    asyncio.run(story())


def test_our_channel_hands_on_a_chunk_as_it_is() -> None:
    async def story() -> None:
        async with an_app() as app:
            chunk = Chunk(Partition(*SOURCE), 1, [])
            (agent,) = app.agents.values()
            event = await agent.channel.decode(a_message(app, 7, chunk), propagate=True)
            assert event.value is chunk
            assert agent.channel.acks is False
            assert agent.concurrency == 1

    asyncio.run(story())


def test_a_fetch_is_one_message_to_the_same_agent_and_each_chunk_comes_to_its_own_lane() -> None:
    places = [Partition(SOURCE.topic, number) for number in range(3)]
    fetches = [
        [Chunk(place, 1, [Raw(fetch, 1_000, b"k", b"v")]) for place in order]
        for fetch, order in enumerate([places, places[::-1]])
    ]

    async def story() -> None:
        async with an_app() as app:
            came: list[Chunk] = []
            app.lanes._lanes = {
                place: cast("Any", SimpleNamespace(offer=came.append)) for place in places[:2]
            }
            consumer: Any = app.consumer
            consumer._take = partial(_given, iter(fetches))
            told = [each for _ in fetches async for each in consumer.getmany(1.0)]
            assert [source for source, _ in told] == [places[0], places[0]]
            (agent,) = app.agents.values()
            await agent.fun(_one_after_the_other([message.value for _, message in told]))
            assert [(chunk.source, chunk.records[0].offset) for chunk in came] == [
                *((places[0], 0), (places[1], 0), (places[1], 1), (places[0], 1)),
            ], "what was revoked comes to nobody"

    asyncio.run(story())


async def _given(fetches: Iterator[list[Chunk]], wait_s: float) -> list[Chunk]:
    del wait_s
    return next(fetches)


async def _one_after_the_other(given: list[Any]) -> AsyncIterator[Any]:
    for each in given:
        yield each


def test_our_app_declares_no_topic_and_keeps_no_table() -> None:
    async def story() -> None:
        async with an_app() as app:
            conf = app.conf
            assert conf.topic_allow_declare is False
            assert conf.topic_disable_leader is True
            assert conf.processing_guarantee.value == "at_least_once"
            assert not app.tables
            assert conf.id == "g"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (Fetcher, "fetched_records"),
        (Fetcher, "seek_to"),
        (Fetcher, "_notify"),
        (GroupCoordinator, "check_errors"),
        (SubscriptionState, "fetch_context"),
        (SubscriptionState, "reassignment_in_progress"),
        (driver.AIOKafkaConsumerThread, "_create_worker_consumer"),
        (driver.AIOKafkaConsumerThread, "_ensure_consumer"),
        (driver.Consumer, "_new_consumer_thread"),
        (driver.Consumer, "verify_all_partitions_active"),
        (Consumer, "getmany"),
        (Consumer, "perform_seek"),
        (Consumer, "on_partitions_revoked"),
        (Consumer, "commit"),
    ],
)
def test_what_we_call_or_override_is_still_there(owner: type, name: str) -> None:
    assert hasattr(owner, name)


def test_the_fetcher_reads_for_every_request_how_long_it_may_gather() -> None:
    made = inspect.getsource(Fetcher._get_actions_per_node)
    assert "self._fetch_max_wait_ms" in made
    assert "self._fetch_min_bytes" in made
    assert "self._fetcher_timeout" in made
    assert "self._wait_consume_future" in inspect.getsource(Fetcher._fetch_requests_routine)


def test_a_partition_not_yet_sought_is_no_error_of_the_consumer() -> None:
    # aiokafka says so between an assignment and our seek, where Kafka has no committed offset.
    async def story() -> None:
        async with an_app() as app:

            async def take(wait_s: float) -> list[Chunk]:
                del wait_s
                raise NoOffsetForPartitionError(SOURCE)

            async def on_thread(work: Any) -> Any:
                return await work

            app.consumer.thread.take = take
            app.consumer.thread.on_thread = on_thread
            assert await app.consumer._take(1.0) == []
            assert app.lanes.failure is None

    asyncio.run(story())
