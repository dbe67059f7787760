"""Faust's aiokafka transport, handing on one message per partition and fetch.

It fetches only for lanes with room, never reads Kafka's committed offsets, and leaves Faust's
bookkeeping of acknowledgements unused. It leans on internals of faust-streaming 0.15.3 and
aiokafka 0.14, which `tests/unit/streams/test_faust_traps.py` checks at each upgrade.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import (
    ConsumerStoppedError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
)
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import ConsumerMessage
from mode import Service

from events.errors import LedgerError
from streams.batches import ConsumerFailedError, LogGapError, fault
from streams.reading.fetching import OwnReading
from streams.reading.log import Chunk, Partition
from streams.transport.lanes import Lanes
from streams.transport.membership import watch_membership

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

# How soon a partition that has room again is fetched; news of the others come at once.
_POLL_S = 0.02
_CALL_MAX_S = 10.0
_FETCH_RETRY_S = 1.0
_APPEND_TIME = 1


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that owns the aiokafka consumer: fetching, heartbeats, seeks."""

    lanes: Lanes
    epochs: dict[Partition, int]
    _fetched_at: float = 0.0
    _reading: OwnReading

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        del transport  # It knows the servers, and not how they are spoken to.
        conf = self.app.conf
        fetching = self.lanes.bounds.fetching
        # Faust offers no setting for most of these. No offset is ever reset silently ("none").
        return AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_poll_interval_ms=int(conf.broker_max_poll_interval * 1000),
            max_partition_fetch_bytes=fetching.bytes_max,
            fetch_min_bytes=fetching.bytes_min,
            fetch_max_wait_ms=fetching.wait_max_ms,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            check_crcs=conf.broker_check_crcs,
            metadata_max_age_ms=conf.consumer_metadata_max_age_ms,
            connections_max_idle_ms=conf.consumer_connections_max_idle_ms,
            **self.app.connection.aiokafka(),
        )

    async def on_start(self) -> None:
        """Join the group, and watch for another worker that takes our place in it."""
        await super().on_start()
        fetcher = self._ensure_consumer()._fetcher  # noqa: SLF001
        self._reading = OwnReading(fetcher, self.lanes.wants_headers, self._on_damage)
        watch_membership(
            self._ensure_consumer()._coordinator,  # noqa: SLF001
            self.app.conf.broker_session_timeout,
            self._on_replaced,
        )

    def _on_replaced(self) -> None:
        error = ConsumerFailedError("fenced: another process joined with this instance id")
        self.parent_loop.call_soon_threadsafe(self.lanes.give_up, error)

    def _on_damage(self, source: Partition, error: LedgerError) -> None:
        self.parent_loop.call_soon_threadsafe(self.lanes.relocate, source, error)

    async def on_thread(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run on the consumer's loop, past Faust's queue of two workers, which a call can block."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.thread_loop))

    async def take(self, wait_s: float) -> list[Chunk]:
        """Give what has been fetched for lanes with room, waiting up to `wait_s` for it."""
        consumer = self._ensure_consumer()
        if consumer._closed:  # noqa: SLF001 - as Faust does
            raise ConsumerStoppedError
        # Faust leaves this out, and a coordinator that failed then waits forever, unseen.
        consumer._coordinator.check_errors()  # noqa: SLF001
        until = time.monotonic() + wait_s
        # The context tells aiokafka that we live: a full lane must not look like a dead member.
        with consumer._subscription.fetch_context():  # noqa: SLF001
            while time.monotonic() < until and self.consumer.flow_active:
                sources = self.lanes.fetchable()
                if not sources or consumer._subscription.reassignment_in_progress:  # noqa: SLF001
                    await asyncio.sleep(_POLL_S)
                    continue
                self._pace(consumer._fetcher)  # noqa: SLF001
                self._reading.budget.renew()
                fetched = await consumer._fetcher.fetched_records(  # noqa: SLF001
                    sources, timeout=_POLL_S, max_records=self.lanes.bounds.batching.records_max * 2
                )
                if fetched:
                    self._fetched_at = time.monotonic()
                    # Nothing ran on this loop since the fetch, so the epochs still fit.
                    return [
                        Chunk(Partition(*source), self.epochs.get(Partition(*source), 0), records)
                        for source, records in fetched.items()
                    ]
        return []

    def _pace(self, fetcher: Any) -> None:
        """Let fetches gather while records come, and in a quiet time wait long for the first.

        aiokafka reads both for every request, and asks for hundreds of partitions each time.
        """
        fetching = self.lanes.bounds.fetching
        is_quiet = time.monotonic() - self._fetched_at > fetching.quiet_after_s
        fetcher._fetch_min_bytes = 1 if is_quiet else fetching.bytes_min  # noqa: SLF001
        fetcher._fetch_max_wait_ms = (  # noqa: SLF001
            fetching.quiet_wait_max_ms if is_quiet else fetching.wait_max_ms
        )

    async def move(self, source: Partition, offset: int, epoch: int) -> None:
        """Seek, and mark what is fetched from now on."""
        self._ensure_consumer().seek(TopicPartition(*source), offset)
        self.epochs[source] = epoch

    async def extents(self, sources: list[Partition]) -> dict[Partition, tuple[int, int]]:
        """Ask the broker for the first offset and the one after the last."""
        consumer = self._ensure_consumer()
        asked = [TopicPartition(*source) for source in sources]
        async with asyncio.timeout(_CALL_MAX_S):
            begins, ends = await asyncio.gather(
                consumer.beginning_offsets(asked), consumer.end_offsets(asked)
            )
        return {s: (begins[a], ends[a]) for s, a in zip(sources, asked, strict=True)}

    async def hint(self, offsets: Mapping[Partition, int]) -> None:
        """Commit to Kafka for the eyes of lag tools."""
        wanted = {TopicPartition(*s): OffsetAndMetadata(o, "") for s, o in offsets.items()}
        async with asyncio.timeout(_CALL_MAX_S):
            await self._ensure_consumer().commit(wanted)


class _NothingRead(dict[Any, Any]):
    """Faust's record of what it read, kept empty: by it Faust would drop what is read again."""

    def __getitem__(self, key: Any) -> None:
        return None

    def __setitem__(self, key: Any, value: Any) -> None:
        return None


class BatchConsumer(driver.Consumer):
    """Faust's consumer with lanes in place of positions, acknowledgements and commits."""

    _thread: BatchConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lanes: Lanes = self.app.lanes
        self._thread.lanes = self.lanes
        self._thread.epochs = {}
        self._read_offset = _NothingRead()

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def thread(self) -> BatchConsumerThread:
        """The consumer's thread."""
        return self._thread

    # What Faust calls.

    async def perform_seek(self) -> None:
        """Open the lanes of the new assignment; each seeks to its position in Postgres."""
        await self.lanes.reopen([Partition(*source) for source in self.assignment()], self)

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        """Let batches in flight end before the group hands the partitions on."""
        await self.lanes.close()
        await super().on_partitions_revoked(revoked)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[Any, Any]]:  # noqa: ASYNC109
        """Yield one message per partition fetched; its value is the chunk."""
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        if self.should_stop:
            return
        for chunk in await self._take(timeout):
            if self.flow_active and chunk.source in self.lanes.open:
                yield chunk.source, self._as_message(chunk)

    async def commit(self, *_: Any, **__: Any) -> bool:
        """Commit nothing: Faust's idea of what is done is not ours."""
        return False

    async def verify_all_partitions_active(self) -> None:
        """Check nothing: `streams.transport.liveness` watches progress itself."""

    # What lanes call.

    async def extent(self, source: Partition) -> tuple[int, int]:
        """Give the first offset held and the one after the last."""
        return (await self._thread.on_thread(self._thread.extents([source])))[source]

    async def seek(self, source: Any, offset: int, epoch: int = 0) -> None:
        """Fetch from `offset` on and mark what is fetched with `epoch`."""
        await self._thread.on_thread(self._thread.move(source, offset, epoch))

    # Our own.

    async def _take(self, wait_s: float) -> list[Chunk]:
        try:
            return await self._thread.on_thread(self._thread.take(wait_s))
        except OffsetOutOfRangeError as error:
            for source in error.args[0]:
                gap = LogGapError("the broker does not hold the next offset")
                self.lanes.relocate(Partition(*source), gap)
        except NoOffsetForPartitionError:
            # Between an assignment and the seek of its lanes: their positions are not Kafka's.
            pass
        except ConsumerStoppedError:
            raise
        except TopicAuthorizationFailedError as error:
            self.lanes.relocate_topics(set(error.args), ConsumerFailedError("no right to read it"))
            await self.sleep(_FETCH_RETRY_S)
        except KafkaError as error:
            if not error.retriable:
                self.lanes.give_up(ConsumerFailedError(f"{type(error).__name__}: {error}"))
            _log.warning("fetch_failed", error=type(error).__name__)
            await self.sleep(_FETCH_RETRY_S)
        except Exception as error:  # noqa: BLE001 - of the client's own; liveness sees if it lasts
            _log.error("fetch_failed", error=fault(error))
            await self.sleep(_FETCH_RETRY_S)
        return []

    def _as_message(self, chunk: Chunk) -> ConsumerMessage:
        first = chunk.records[0]
        return ConsumerMessage(
            topic=chunk.source.topic,
            partition=chunk.source.partition,
            offset=first.offset,
            timestamp=first.timestamp_ms / 1000.0,
            timestamp_type=_APPEND_TIME,
            headers=(),
            key=None,
            value=chunk,
            checksum=None,
            tp=chunk.source,
            generation_id=self.app.consumer_generation_id,
        )

    @Service.task  # type: ignore[untyped-decorator]
    async def _hint_offsets(self) -> None:
        while not self.should_stop:
            await self.sleep(self.lanes.bounds.fetching.hint_interval_s)
            await self.hint()

    async def hint(self) -> None:
        """Commit positions to Kafka for lag tools; a failure is of no consequence."""
        lanes = self.lanes.open.items()
        offsets = {s: lane.next_offset for s, lane in lanes if lane.next_offset is not None}
        if offsets and not self.app.rebalancing:
            try:
                await self._thread.on_thread(self._thread.hint(offsets))
            except Exception as error:  # noqa: BLE001 - only lag tools would miss it
                _log.debug("hint_failed", error=type(error).__name__)


class BatchTransport(driver.Transport):
    """Faust's aiokafka transport with our consumer."""

    Consumer = BatchConsumer
