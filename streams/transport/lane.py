"""One partition's chain of work: locate, gather, apply, and again after any failure.

A lane owns its order and nothing else: it knows neither Faust nor aiokafka, only a `Log` that
can be measured and sought. It must never skip a record nor apply one twice by its own doing.
"""

import asyncio
import itertools
import math
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import structlog

from events.errors import LedgerError
from streams.batches import Batch, Handler
from streams.faults import OF_THE_LOG, FatalApplyError, LogGapError, PositionOutsideLogError, fault
from streams.reading.log import Chunk, Log, Partition
from streams.transport.bounds import Bounds
from streams.transport.turns import Turns

if TYPE_CHECKING:
    from projections.ledger.message import Raw

    _Records = list[Raw]

_log = structlog.get_logger(__name__)

# Each seek takes the next number, and what was fetched before it carries an older one: so
# records from before a seek are told from those after it, across threads and rebalances.
_epochs = itertools.count(1)

# A broker that has just restarted may report an older end for a moment.
_EXTENT_TRIES = 6
_EXTENT_WAIT_S = 0.5


class Lane:
    """The chain of one partition, from its assignment to its revocation."""

    def __init__(
        self,
        source: Partition,
        handler: Handler,
        log: Log,
        *,
        bounds: Bounds,
        turns: Turns,
        give_up: Callable[[LedgerError], None],
    ) -> None:
        self.source = source
        self.handler = handler
        self.next_offset: int | None = None  # the position after the last batch applied
        self.progress_at = time.monotonic()
        self.applying = False
        self.stands = False  # still, as its log is at fault: looked at again now and then
        self.waiting_since: float | None = None  # for its turn: others are at work
        self._log = log
        self._bounds = bounds
        self._turns = turns
        self._give_up = give_up
        self._closing = False
        self._epoch = 0
        self._queued_to = 0
        self._of_key = bounds.batching.of_key_max
        self._crowd = 0  # the most records of one key in the last batch
        self._is_crowd = False  # and whether these are a crowd, which is applied alone
        self._queue: deque[tuple[_Records, int]] = deque()  # records and their bytes
        self._queued_records = 0
        self._queued_bytes = 0
        self._interrupt: LedgerError | None = None
        self._arrived = asyncio.Event()
        self._began_at = -math.inf
        self._took_s = 0.0
        self._failures = 0
        self._retries = 0
        self._logger = _log.bind(topic=source.topic, partition=source.partition)

    @property
    def has_room(self) -> bool:
        """Whether more may be fetched: read from the consumer's thread as well."""
        batching, batches_max = self._bounds.batching, self._bounds.fetching.queued_batches_max
        return (
            self.next_offset is not None
            and self._interrupt is None
            and not self._closing
            and self._queued_records < batching.records_max * batches_max
            and self._queued_bytes < batching.bytes_max * batches_max
        )

    @property
    def queued(self) -> int:
        """How many records wait to be applied."""
        return self._queued_records

    @property
    def queued_bytes(self) -> int:
        """How many bytes of keys and values these have."""
        return self._queued_bytes

    @property
    def is_idle(self) -> bool:
        """Whether everything that was fetched has been applied."""
        return self.next_offset is not None and not self.applying and not self._queue

    def offer(self, chunk: Chunk) -> None:
        """Queue what was fetched; never waits. What an earlier seek brought is dropped."""
        if chunk.epoch != self._epoch or self._closing or self._interrupt is not None:
            return
        records = chunk.records
        first, last = records[0].offset, records[-1].offset
        if first != self._queued_to or last - first + 1 != len(records):
            self.relocate(LogGapError(f"expected offset {self._queued_to}, got {first}..{last}"))
            return
        size = sum([record.size for record in records])
        self._queue.append((records, size))
        self._queued_to = last + 1
        self._queued_records += len(records)
        self._queued_bytes += size
        self._arrived.set()

    def relocate(self, reason: LedgerError) -> None:
        """Read the position and seek anew, once what is queued has been applied."""
        self._interrupt = reason
        self._arrived.set()

    async def run(self) -> None:
        """Work until closed. No exception leaves, except by `give_up`."""
        while not self._closing:
            try:
                await self._locate()
                while not self._closing:
                    await self._apply_next()
            except Exception as error:  # noqa: BLE001 - whatever it is, the log is read again
                if not self._note_failure(error):
                    return
            if not self._closing:
                await asyncio.sleep(self._delay_s())

    def close(self) -> None:
        """Start nothing more; let the batch in flight end, within `Patience.drain_max_s`."""
        self._closing = True
        self._arrived.set()

    async def _locate(self) -> None:
        self.next_offset = None
        self._epoch = next(_epochs)
        self._queue.clear()
        self._queued_records = self._queued_bytes = 0
        self._interrupt = None
        topic, partition = self.source
        known = await self.handler.positions.next_offsets(topic, [partition])
        offset = known.get(partition, 0)
        await self._check_extent(offset)
        await self._log.seek(self.source, offset, self._epoch)
        self._queued_to = self.next_offset = offset
        self.progress_at = time.monotonic()
        self._logger.debug("lane_located", offset=offset)

    async def _check_extent(self, offset: int) -> None:
        begin = end = 0
        for attempt in range(_EXTENT_TRIES):
            if attempt:
                await asyncio.sleep(_EXTENT_WAIT_S)
            begin, end = await self._log.extent(self.source)
            if begin <= offset <= end:
                return
        raise PositionOutsideLogError(
            f"{self.source.topic}, partition {self.source.partition}: the stored position "
            f"{offset} lies outside the log, which holds offsets {begin} to {end} (exclusive)"
        )

    async def _apply_next(self) -> None:
        while not self._queue:
            if self._interrupt is not None:
                raise self._interrupt
            if self._closing:
                return
            self._arrived.clear()
            await self._arrived.wait()
        await self._gather()
        self.waiting_since = time.monotonic()
        queued, is_crowd = self._queued_records, self._is_crowd
        async with self._turns.turn(self.source.topic, queued, goes_on=is_crowd) as turn:
            self.waiting_since = None
            self.progress_at = time.monotonic()
            # Formed only now: what came while waiting for the turn travels in the same batch.
            if self._closing:
                return
            batch = self._form(turn.records_max, is_large=turn.is_large)
            self._began_at = time.monotonic()
            self.applying = True
            try:
                await self.handler.apply(batch)
            finally:
                self.applying = False
                self._took_s = time.monotonic() - self._began_at
                self._of_key = self._bounds.batching.of_key(self._of_key, self._crowd, self._took_s)
                turn.took(len(batch.records), self._took_s)
        self.next_offset = batch.next_offset
        self.progress_at = time.monotonic()
        self._failures = self._retries = 0
        self.stands = False

    async def _gather(self) -> None:
        """Wait a little for company: many small transactions would cost what few large ones do not.

        What comes after a quiet time is applied at once. The longer a batch took, the longer the
        next one gathers: where a machine is full, fewer and larger transactions make room. What
        shares its transaction with others gathers with them, as it waits for its turn.
        """
        batching = self._bounds.batching
        if batching.large_from is not None and self._queued_records < batching.large_from:
            return
        wait_s = self._began_at + batching.rest_s(self._took_s) - time.monotonic()
        if wait_s > 0 and self._queued_records < batching.records_max and not self._closing:
            await asyncio.sleep(wait_s)

    def _form(self, records_max: int, *, is_large: bool) -> Batch:
        """Take from the queue what fits into one batch; never less than one record."""
        records, size = self._take(records_max, self._bounds.batching.bytes_max)
        while self._queue and len(records) < records_max:
            more, more_size = self._take(
                records_max - len(records), self._bounds.batching.bytes_max - size
            )
            if size + more_size > self._bounds.batching.bytes_max:
                self._cut(more, more_size, 0)
                break
            records = records + more
            size += more_size
        self._crowd = max(Counter(record.key for record in records).values())
        if self._crowd > self._of_key:
            few = _before_a_crowd(records, self._of_key)
            self._crowd = self._of_key
            records, size = self._cut(records, size, few)
        self._queued_records -= len(records)
        self._queued_bytes -= size
        self._is_crowd = self._crowd >= min(self._of_key, self._bounds.batching.of_key_alone)
        return Batch(*self.source, records, alone=is_large or self._is_crowd)

    def _take(self, records_max: int, bytes_max: int) -> "tuple[_Records, int]":
        """Take the head of the queue, or what fits of it: at least one record, however large."""
        records, size = self._queue.popleft()
        if len(records) <= records_max and size <= bytes_max:
            return records, size
        sizes = itertools.accumulate(record.size for record in records[:records_max])
        count = max(1, sum(1 for _ in itertools.takewhile(bytes_max.__ge__, sizes)))
        return self._cut(records, size, count)

    def _cut(self, records: "_Records", size: int, count: int) -> "tuple[_Records, int]":
        """Give so many records and their bytes; the others go back to the head of the queue."""
        head, rest = records[:count], records[count:]
        head_size = sum([record.size for record in head])
        if rest:
            self._queue.appendleft((rest, size - head_size))
        return head, head_size

    def _note_failure(self, error: Exception) -> bool:
        """Log the failure; say whether to go on."""
        self.next_offset = None
        self._retries += 1
        if isinstance(error, self.handler.outages):
            # Waiting for a database is not being stuck.
            self.progress_at = time.monotonic()
            lasts = self._retries >= self._bounds.patience.failures_max
            tell = self._logger.error if lasts else self._logger.warning
            tell("lane_outage", error=fault(error), tries=self._retries)
            return True
        self._failures += 1
        is_sure = isinstance(error, FatalApplyError | PositionOutsideLogError)
        if not is_sure and self._failures < self._bounds.patience.failures_max:
            self._logger.warning("lane_failed", error=fault(error), failures=self._failures)
            return True
        if self.handler.alone and isinstance(error, OF_THE_LOG):
            self.stands = True
            self._logger.critical("lane_stands", error=fault(error))
            return True
        if not is_sure:
            why = f"{self._failures} failures in a row, the last: {fault(error)}"
            error = FatalApplyError(why)
        self._give_up(cast("LedgerError", error))
        return False

    def _delay_s(self) -> float:
        if self.stands:
            return self._bounds.patience.stands_s
        doubled = self._bounds.patience.retry_first_s * 2.0 ** min(self._retries - 1, 30)
        return min(self._bounds.patience.retry_max_s, doubled)


def _before_a_crowd(records: "_Records", of_key_max: int) -> int:
    """Count the records up to the one with which more than so many have one key."""
    counts: Counter[bytes | None] = Counter()
    for place, record in enumerate(records):
        counts[record.key] += 1
        if counts[record.key] > of_key_max:
            return place
    return len(records)
