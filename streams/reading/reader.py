"""Reads partitions of the log from outside any group, record by record as the workers read them.

For audits, rebuilds and whoever asks how far work has come. It commits nothing and is asked from a
thread without an event loop of its own.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka import errors as kafka_errors
from aiokafka.structs import TopicPartition
from confluent_kafka import KafkaError, KafkaException

from streams.broker import broker
from streams.reading.fetching import OwnReading
from streams.reading.log import Partition

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine, Mapping

    from events.errors import LedgerError
    from projections.ledger.message import Raw

_T = TypeVar("_T")
_TIMEOUT_S: Final = 10.0
_FETCH_BYTES_MAX: Final = 4 * 1024 * 1024
_FETCH_WAIT_MS: Final = 10  # a fetch that waits at the end of a partition holds up what comes next
_FETCH_EVERY_MS: Final = 100


class LogReader:
    """A consumer without a group; raises `KafkaException` where the broker does not answer."""

    def __init__(self, kafka: str) -> None:
        """Connect to what `CREDIT_LEDGER_KAFKA` names (`streams.broker`)."""
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self.damage: dict[Partition, LedgerError] = {}
        try:
            self._reading = self._run(self._start(kafka))
        except BaseException:
            self._runner.close()
            raise

    def __enter__(self) -> Self:
        """Lend the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        self.close()

    def close(self) -> None:
        """Disconnect."""
        self._run(self._consumer.stop())
        self._runner.close()

    async def _start(self, kafka: str) -> OwnReading:
        self._consumer = AIOKafkaConsumer(
            **broker(kafka).aiokafka(),
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_partition_fetch_bytes=_FETCH_BYTES_MAX,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            request_timeout_ms=int(_TIMEOUT_S * 1000),
        )
        try:
            await self._consumer.start()
        except BaseException:
            await self._consumer.stop()
            raise
        fetcher = self._consumer._fetcher  # noqa: SLF001 - as the workers' consumer
        return OwnReading(fetcher, lambda _: False, self.damage.__setitem__)

    def partitions(self) -> dict[str, list[int]]:
        """Give the partitions of every topic."""
        cluster = self._run(self._consumer._client.fetch_all_metadata())  # noqa: SLF001
        return {t: sorted(cluster.partitions_for_topic(t) or ()) for t in cluster.topics()}

    def ends(self, places: Collection[Partition]) -> dict[Partition, int]:
        """Give the offset after the last that may be read of each; all must exist."""
        asked = [TopicPartition(*place) for place in places]
        found = self._run(self._ends(asked)) if asked else {}
        return {Partition(*place): end for place, end in found.items()}

    async def _ends(self, asked: list[TopicPartition]) -> Any:
        # All topics at once: one after the other aiokafka waits a while for news of each.
        client = self._consumer._client  # noqa: SLF001
        await client.set_topics({*client._topics, *(place.topic for place in asked)})  # noqa: SLF001
        return await self._consumer.end_offsets(asked)

    def go_to(self, places: Mapping[Partition, int]) -> None:
        """Read these partitions from now on, each from an offset on."""
        self.damage.clear()
        self._run(self._go_to({TopicPartition(*p): offset for p, offset in places.items()}))

    async def _go_to(self, places: Mapping[TopicPartition, int]) -> None:
        self._consumer.unsubscribe()
        self._consumer.assign(list(places))
        for place, offset in places.items():
            self._consumer.seek(place, offset)

    def rest(self) -> None:
        """Read nothing until told where again.

        Between two calls nothing runs here: a fetch left under way would be told late by the next.
        """
        self._run(self._rest())

    async def _rest(self) -> None:
        self._consumer.unsubscribe()
        # aiokafka ends them, in its own time.
        under_way = list(self._consumer._fetcher._pending_tasks)  # noqa: SLF001
        await asyncio.gather(*under_way, return_exceptions=True)

    def take(self, records_max: int, wait_s: float) -> dict[Partition, list[Raw]]:
        """Give what has come, waiting up to so long; of each partition in the order of the log."""
        self._reading.budget.renew()
        wait_ms = int(wait_s * 1000)
        found = self._run(self._consumer.getmany(timeout_ms=wait_ms, max_records=records_max))
        return {Partition(*place): records for place, records in found.items()}

    def first_ms(self, places: Mapping[Partition, int]) -> dict[Partition, int]:
        """Give when the broker took the first record from an offset on, where there is one."""
        waiting, found = dict(places), {}
        until = time.monotonic() + _TIMEOUT_S
        while waiting and time.monotonic() < until:
            self.go_to(waiting)
            for place, records in self.take(1, _FETCH_EVERY_MS / 1000).items():
                found[place] = records[0].timestamp_ms
                del waiting[place]
        return found

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        try:
            return self._runner.run(work)
        except kafka_errors.KafkaError as error:
            why = KafkaError(KafkaError._TRANSPORT, type(error).__name__)  # noqa: SLF001
            raise KafkaException(why) from error
