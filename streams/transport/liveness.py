"""A watchdog: lag without progress ends the process, so that a supervisor can start it anew.

Waiting for a broker or a database that is away is not being stuck. It measures lag by asking
the broker, not by what was fetched, for it is the fetching that may have stopped.
"""

import asyncio
import time
from typing import Any, Protocol

import structlog
from faust.exceptions import ConsumerNotStarted

from events.errors import LedgerError
from streams.faults import WorkerStuckError
from streams.reading.log import Partition
from streams.transport.lane import Lane
from streams.transport.lanes import Lanes

_log = structlog.get_logger(__name__)

_PROBE_MAX_S = 5.0
_TICK_S = 5.0


class ChunkLostError(LedgerError):
    """Fetched records were dropped on their way to the lane: fetch them again."""


class WatchedApp(Protocol):
    """What is asked of an app: its lanes, its consumer, and whether its group is changing."""

    lanes: Lanes

    @property
    def consumer(self) -> Any:
        """Faust's consumer, with our thread."""
        ...

    @property
    def rebalancing(self) -> bool:
        """Whether partitions are being handed out anew."""
        ...


class Liveness:
    """Compares, every few seconds, what the broker holds with what the lanes have applied."""

    def __init__(self, app: WatchedApp) -> None:
        self._app = app
        self._lanes = app.lanes
        self._lost_after_s = app.lanes.bounds.patience.lost_after_s
        self._stuck_after_s = app.lanes.bounds.patience.stuck_after_s
        self._tick_s = min(_TICK_S, self._stuck_after_s / 5)
        self._well_at = time.monotonic()  # when the group last stood, or the broker was away
        self._ends: dict[Partition, int] = {}  # of the tick before

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await asyncio.sleep(self._tick_s)
            try:
                await self._check_progress()
            except ConsumerNotStarted:
                self._well_at = time.monotonic()
            except Exception as error:  # noqa: BLE001 - the broker does not answer: wait for it
                self._well_at = time.monotonic()
                for lane in self._lanes.open.values():
                    lane.progress_at = self._well_at
                _log.warning("broker_away", error=type(error).__name__)

    async def _check_progress(self) -> None:
        thread = self._app.consumer.thread
        lanes = dict(self._lanes.open)
        if not self._lanes.joined or self._app.rebalancing:
            # The broker must answer, or else this is only an outage.
            topics = self._lanes.topics
            await thread.on_thread(thread.ends([Partition(topic, 0) for topic in topics]))
            if time.monotonic() - self._well_at > self._stuck_after_s:
                self._lanes.give_up(WorkerStuckError("the group has given no assignment"))
            return
        self._well_at = time.monotonic()
        ends = await thread.on_thread(thread.ends(list(lanes))) if lanes else {}
        for source, lane in lanes.items():
            await self._check_lane(lane, ends[source])
        self._ends = ends

    async def _check_lane(self, lane: Lane, end: int) -> None:
        done = lane.next_offset
        if lane.stands or (done is not None and done >= end):
            lane.progress_at = time.monotonic()
            return
        moved_at = lane.progress_at
        if lane.waiting_since is not None:
            # Large batches of other partitions come first: it is stuck only if they are.
            moved_at = max(each.progress_at for each in self._lanes.open.values())
        quiet_s = time.monotonic() - moved_at
        # What was there a tick ago and has not come is lost, not slow: fetch it again.
        missing = done is not None and done < self._ends.get(lane.source, 0)
        if missing and lane.is_idle and quiet_s > self._lost_after_s:
            lane.relocate(ChunkLostError())
        if quiet_s > self._stuck_after_s and await self._database_answers(lane):
            self._lanes.give_up(
                WorkerStuckError(f"{lane.source}: nothing applied for {quiet_s:.0f} s, end {end}")
            )

    async def _database_answers(self, lane: Lane) -> bool:
        try:
            async with asyncio.timeout(_PROBE_MAX_S):
                topic, partition = lane.source
                await lane.handler.positions.next_offsets(topic, [partition])
        except Exception:  # noqa: BLE001 - whatever it is, it is not for a restart to cure
            lane.progress_at = time.monotonic()
            return False
        return True
