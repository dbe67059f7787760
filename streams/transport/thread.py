"""The thread that owns the aiokafka consumer: fetching, heartbeats, seeks.

It leans on internals of faust-streaming 0.15.3 and aiokafka 0.14, which
`tests/unit/streams/test_faust_traps.py` checks at each upgrade.
"""

import asyncio
import time
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import ConsumerStoppedError, KafkaError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.drivers import aiokafka as driver

from events.errors import LedgerError
from streams.faults import ConsumerFailedError
from streams.reading.fetching import OfLate, OwnReading
from streams.reading.log import Chunk, Partition
from streams.transport.health import check_client, told_of
from streams.transport.lanes import Lanes
from streams.transport.membership import watch_membership

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

# How soon a partition that has room again is fetched; news of the others come at once.
_POLL_S = 0.02
# How often aiokafka looks by itself whether it may ask for more, while records come and without.
_LOOK_S, _QUIET_LOOK_S = 0.2, 2.0
_CALL_MAX_S = 10.0
_START_RETRY_S = 0.5


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's thread of the consumer, with its consumer made and asked by us."""

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
            fetch_min_bytes=1,
            fetch_max_wait_ms=0,
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
        await self._connect()
        fetcher = self._ensure_consumer()._fetcher  # noqa: SLF001
        fetching = self.lanes.bounds.fetching
        self._reading = OwnReading(
            fetcher,
            self.lanes.wants_headers,
            self._on_damage,
            rest_s=fetching.rest_s,
            of_late=OfLate(fetching.of_late_s, fetching.all_every_s),
        )
        watch_membership(
            self._ensure_consumer()._coordinator,  # noqa: SLF001
            self.app.conf.broker_session_timeout,
            self._on_replaced,
        )

    async def _connect(self) -> None:
        """Find the cluster, however often it takes: a broker that listens may be about to end."""
        while True:
            try:
                await super().on_start()
            except (KafkaError, OSError, TimeoutError) as error:
                _log.warning("broker_away", error=told_of(error))
                await self._ensure_consumer().stop()
                await asyncio.sleep(_START_RETRY_S)
            else:
                return

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
        check_client(consumer)
        until = time.monotonic() + wait_s
        # The context tells aiokafka that we live: a full lane must not look like a dead member.
        with consumer._subscription.fetch_context():  # noqa: SLF001
            while time.monotonic() < until and self.consumer.flow_active:
                sources = self.lanes.fetchable()
                if not sources or consumer._subscription.reassignment_in_progress:  # noqa: SLF001
                    await asyncio.sleep(_POLL_S)
                    continue
                is_quiet = self._pace(consumer._fetcher)  # noqa: SLF001
                self._reading.budget.renew()
                # Where each lane has room already, no other one can get it meanwhile.
                rests = is_quiet and len(sources) == len(self.lanes.open)
                fetched = await consumer._fetcher.fetched_records(  # noqa: SLF001
                    sources,
                    timeout=max(_POLL_S, until - time.monotonic()) if rests else _POLL_S,
                    max_records=self.lanes.bounds.batching.records_max * 2,
                )
                if fetched:
                    self._fetched_at = time.monotonic()
                    # Nothing ran on this loop since the fetch, so the epochs still fit.
                    return [
                        Chunk(Partition(*source), self.epochs.get(Partition(*source), 0), records)
                        for source, records in fetched.items()
                    ]
        return []

    def _pace(self, fetcher: Any) -> bool:
        """Ask now and then while records come, and in a quiet time wait long for the first.

        A fetch that waits at the broker is looked at with each record that is appended anywhere in
        it, over all of its hundreds of partitions: while records come, it waits here instead.
        aiokafka reads how long for every request. Says whether it is quiet.
        """
        fetching = self.lanes.bounds.fetching
        is_quiet = time.monotonic() - self._fetched_at > fetching.quiet_after_s
        fetcher._fetch_max_wait_ms = fetching.quiet_wait_max_ms if is_quiet else 0  # noqa: SLF001
        fetcher._fetcher_timeout = _QUIET_LOOK_S if is_quiet else _LOOK_S  # noqa: SLF001
        return is_quiet

    async def move(self, source: Partition, offset: int, epoch: int) -> None:
        """Seek, and mark what is fetched from now on."""
        consumer = self._ensure_consumer()
        consumer.seek(TopicPartition(*source), offset)
        self.epochs[source] = epoch
        # Others are about to be sought as well, and no long fetch shall begin without them.
        self._fetched_at = time.monotonic()
        self._pace(consumer._fetcher)  # noqa: SLF001
        consumer._fetcher._notify(consumer._fetcher._wait_consume_future)  # noqa: SLF001

    async def extents(self, sources: list[Partition]) -> dict[Partition, tuple[int, int]]:
        """Ask the broker for the first offset and the one after the last."""
        consumer = self._ensure_consumer()
        asked = [TopicPartition(*source) for source in sources]
        async with asyncio.timeout(_CALL_MAX_S):
            begins, ends = await asyncio.gather(
                consumer.beginning_offsets(asked), consumer.end_offsets(asked)
            )
        return {s: (begins[a], ends[a]) for s, a in zip(sources, asked, strict=True)}

    async def ends(self, sources: list[Partition]) -> dict[Partition, int]:
        """Ask the broker for the offset after the last one alone, which is half of the work."""
        asked = [TopicPartition(*source) for source in sources]
        async with asyncio.timeout(_CALL_MAX_S):
            found = await self._ensure_consumer().end_offsets(asked)
        return {source: found[each] for source, each in zip(sources, asked, strict=True)}

    async def hint(self, offsets: Mapping[Partition, int]) -> None:
        """Commit to Kafka for the eyes of lag tools."""
        wanted = {TopicPartition(*s): OffsetAndMetadata(o, "") for s, o in offsets.items()}
        async with asyncio.timeout(_CALL_MAX_S):
            await self._ensure_consumer().commit(wanted)
