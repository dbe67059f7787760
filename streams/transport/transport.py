"""Faust's aiokafka transport, handing on one message per fetch.

It fetches only for lanes with room, never reads Kafka's committed offsets, and leaves Faust's
bookkeeping of acknowledgements unused. It leans on internals of faust-streaming 0.15.3 and
aiokafka 0.14, which `tests/unit/streams/test_faust_traps.py` checks at each upgrade.
"""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka.errors import (
    ConsumerStoppedError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
)
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import ConsumerMessage
from mode import Service

from streams.faults import ConsumerFailedError, LogGapError, NotAllowedError, fault
from streams.reading.log import Chunk, Partition
from streams.transport.health import told_of
from streams.transport.thread import BatchConsumerThread

if TYPE_CHECKING:
    from streams.transport.lanes import Lanes

_log = structlog.get_logger(__name__)

_FETCH_RETRY_S = 1.0
_NO_RIGHT = "no right to read it: `credit-ledger access kafka plan` says what the broker lacks"
_APPEND_TIME = 1


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
        self._hinted: dict[Partition, int] = {}

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
        self._hinted.clear()
        await super().on_partitions_revoked(revoked)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[Any, Any]]:  # noqa: ASYNC109
        """Yield one message per fetch; its value is the chunks of all partitions.

        A message takes Faust as long as a submission takes admission, and a fetch brings one or
        two records of each of dozens of topics.
        """
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        if self.should_stop:
            return
        fetched = await self._take(timeout)
        chunks = [chunk for chunk in fetched if chunk.source in self.lanes.open]
        if chunks and self.flow_active:
            message = self._as_message(chunks)
            yield message.tp, message

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
            self.lanes.relocate_topics(set(error.args), NotAllowedError(_NO_RIGHT))
            await self.sleep(_FETCH_RETRY_S)
        except ConsumerFailedError as error:
            self.lanes.give_up(error)
        except KafkaError as error:
            # Whether it passes by waiting nobody can tell by its class: a broker that ends answers
            # what it is asked with whatever comes. What lasts is loud, and `liveness` judges it.
            _log.error("fetch_failed", error=told_of(error))
            await self.sleep(_FETCH_RETRY_S)
        except Exception as error:  # noqa: BLE001 - of the client's own; liveness sees if it lasts
            _log.error("fetch_failed", error=fault(error))
            await self.sleep(_FETCH_RETRY_S)
        return []

    def _as_message(self, chunks: list[Chunk]) -> ConsumerMessage:
        """Address what was fetched to one agent, always the same: so fetches stay in order.

        Whichever it is hands each chunk to the lane of its own partition.
        """
        source, first = next(iter(self.lanes.open)), chunks[0].records[0]
        return ConsumerMessage(
            topic=source.topic,
            partition=source.partition,
            offset=first.offset,
            timestamp=first.timestamp_ms / 1000.0,
            timestamp_type=_APPEND_TIME,
            headers=(),
            key=None,
            value=chunks,
            checksum=None,
            tp=source,
            generation_id=self.app.consumer_generation_id,
        )

    @Service.task  # type: ignore[untyped-decorator]
    async def _hint_offsets(self) -> None:
        while not self.should_stop:
            await self.sleep(self.lanes.bounds.fetching.hint_interval_s)
            await self.hint()

    async def hint(self) -> None:
        """Commit positions that moved to Kafka for lag tools; a failure is of no consequence."""
        lanes = self.lanes.open.items()
        offsets = {
            source: lane.next_offset
            for source, lane in lanes
            if lane.next_offset is not None and lane.next_offset != self._hinted.get(source)
        }
        if offsets and not self.app.rebalancing:
            try:
                await self._thread.on_thread(self._thread.hint(offsets))
                self._hinted |= offsets
            except Exception as error:  # noqa: BLE001 - only lag tools would miss it
                _log.debug("hint_failed", error=type(error).__name__)


class BatchTransport(driver.Transport):
    """Faust's aiokafka transport with our consumer."""

    Consumer = BatchConsumer
