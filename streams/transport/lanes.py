"""All lanes of a process: opened on assignment, closed on revocation, fed by the agents."""

import asyncio
from collections.abc import Callable, Collection, Mapping

import structlog

from events.errors import LedgerError
from streams.batches import Handler
from streams.faults import ConsumerFailedError
from streams.reading.log import Chunk, Log, Partition
from streams.transport.bounds import Bounds
from streams.transport.lane import Lane
from streams.transport.turns import Turns

_log = structlog.get_logger(__name__)

# What a cancelled batch gets to roll back; the position in Postgres fences it in any case.
_CANCEL_MAX_S = 1.0

# So many times the bound in bytes may wait in those lanes that are fetched for beyond it.
_OVER_BYTES = 2


class Lanes:
    """The open lanes by partition, and the handlers by topic."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.joined = False  # whether the group has ever given an assignment, even an empty one
        self.failure: LedgerError | None = None
        self._handlers: dict[str, Handler] = {}
        self._lanes: dict[Partition, Lane] = {}
        self._tasks: dict[Partition, asyncio.Task[None]] = {}
        self._turns = Turns(bounds.batching)
        self._shut = False
        self._watchers: list[Callable[[], None]] = []

    @property
    def open(self) -> Mapping[Partition, Lane]:
        """The lanes of the partitions that this worker holds."""
        return self._lanes

    @property
    def topics(self) -> Collection[str]:
        """The topics that have a handler."""
        return self._handlers.keys()

    def register(self, handler: Handler) -> None:
        """Say what is done with a topic's batches; once per topic."""
        if handler.topic in self._handlers:
            raise ValueError(f"topic {handler.topic} already has a batch agent")
        self._handlers[handler.topic] = handler

    def watch(self, on_failure: Callable[[], None]) -> None:
        """Call back when the process has to give up."""
        self._watchers.append(on_failure)

    def give_up(self, error: LedgerError) -> None:
        """Say that the process has to end, and why; the first reason stands."""
        if self.failure is None:
            self.failure = error
            _log.critical("worker_gives_up", error=type(error).__name__, detail=str(error))
            for on_failure in self._watchers:
                on_failure()

    def fetchable(self) -> set[Partition]:
        """Give the partitions with room; the consumer's thread asks too, so it copies first.

        Where the process holds enough, only those that hold nothing, as none should wait for
        another's backlog, and the one whose turn comes next, until it has a full batch.
        """
        lanes = list(self._lanes.items())
        fetching = self.bounds.fetching
        queued_bytes = sum(lane.queued_bytes for _, lane in lanes)
        if queued_bytes >= fetching.queued_bytes_max * _OVER_BYTES:
            return set()
        queued = sum(lane.queued for _, lane in lanes)
        if queued < fetching.queued_records_max and queued_bytes < fetching.queued_bytes_max:
            return {source for source, lane in lanes if lane.has_room}
        following = _following([lane for _, lane in lanes])
        records_max = self.bounds.batching.records_max
        return {
            source
            for source, lane in lanes
            if lane.has_room
            and (not lane.queued or (lane is following and lane.queued < records_max))
        }

    def offer(self, chunk: Chunk) -> None:
        """Hand a chunk to its lane; what belongs to no lane was revoked meanwhile."""
        lane = self._lanes.get(chunk.source)
        if lane is not None:
            lane.offer(chunk)

    def relocate(self, source: Partition, reason: LedgerError) -> None:
        """Let a lane read its position and fetch anew; one that was revoked has no need."""
        lane = self._lanes.get(source)
        if lane is not None:
            lane.relocate(reason)

    def relocate_topics(self, topics: Collection[str], reason: LedgerError) -> None:
        """Let all lanes of some topics begin anew."""
        for source in self._lanes:
            if source.topic in topics:
                self.relocate(source, reason)

    def wants_headers(self, source: Partition) -> bool:
        """Say whether a partition's records are handed on with their headers."""
        handler = self._handlers.get(source.topic)
        return handler is not None and handler.with_headers

    async def reopen(self, assignment: Collection[Partition], log: Log) -> None:
        """Open exactly the lanes of this assignment; each then finds its own position."""
        await self.close()
        self.joined = True
        if self._shut:
            return
        for topic, partition in assignment:
            handler = self._handlers.get(topic)
            if handler is None:
                self.give_up(ConsumerFailedError(f"topic {topic} has no batch agent"))
                return
            source = Partition(topic, partition)
            lane = Lane(
                source,
                handler,
                log,
                bounds=self.bounds,
                turns=self._turns,
                give_up=self.give_up,
            )
            self._lanes[source] = lane
            self._tasks[source] = asyncio.create_task(lane.run(), name=f"lane {topic} {partition}")

    async def shut(self) -> None:
        """Close for good: the process ends."""
        self._shut = True
        await self.close()

    async def close(self) -> None:
        """Stop all lanes: those that wait at once, those that apply when their batch has ended."""
        lanes, self._lanes = self._lanes, {}
        tasks, self._tasks = self._tasks, {}
        for source, lane in lanes.items():
            lane.close()
            if not lane.applying:
                tasks[source].cancel()
        if not tasks:
            return
        _, late = await asyncio.wait(tasks.values(), timeout=self.bounds.patience.drain_max_s)
        if late:
            _log.warning("batches_cancelled", lanes=len(late))
            for task in late:
                task.cancel()
            await asyncio.wait(late, timeout=_CANCEL_MAX_S)


def _following(lanes: Collection[Lane]) -> Lane | None:
    """Give the lane that has waited longest for its turn."""
    waiting = [lane for lane in lanes if lane.waiting_since is not None]
    return min(waiting, key=lambda lane: lane.waiting_since or 0.0, default=None)
