"""`bench crowd`: thousands of penalties of one subject at once, and what others wait meanwhile.

A department sends them as fast as it can, while others say something fifty times a second, each of
a subject of its own. The rate of the crowd is held against that of a backlog in the same run.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

from ops.bench.load import crowd_of_penalties, recent_plan, send_by_the_clock, split, warned
from ops.bench.machine import percentiles
from ops.bench.pipeline import time_worker, worker_process
from ops.bench.watching import PositionWatch, await_ready, ledger_ends, ledger_places
from ops.filling import fill
from ops.generator import encoded
from ops.worker import usual_projectors
from streams.publishing.producer import create_producer

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Sequence

    from confluent_kafka import Producer

    from ops.bench.load import ReadySubmission
    from ops.bench.watching import LedgerPlace
    from ops.local.stack import Stack

CROWD: Final = 4_000
LOADED_EVENTS: Final = 60_000
LOADED_SUBJECTS: Final = 12_000
OTHERS_PER_S: Final = 50
_BEFORE_S: Final = 5.0
_DRAIN_S: Final = 240.0


def measure_crowd(stack: Stack, crowd: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Time a crowd of one subject, beside a backlog applied before it, and others meanwhile."""
    plan = recent_plan(LOADED_EVENTS, LOADED_SUBJECTS)
    fill(stack.kafka, encoded(split(plan, LOADED_EVENTS)[0]), say)
    bulk = time_worker(stack, LOADED_EVENTS, usual_projectors(), say)
    others = warned(plan, 1 + round(OTHERS_PER_S * _DRAIN_S))
    with (
        worker_process(stack, usual_projectors()),
        PositionWatch(stack.postgres) as watch,
    ):
        # Two departments that are connected: the first word of each is no part of what is timed.
        others_producer, own_producer = create_producer(stack.kafka), create_producer(stack.kafka)
        first, *made = crowd_of_penalties(plan, crowd + 1)
        await_ready(others_producer, others[0], watch, say)
        await_ready(own_producer, first, watch, say)
        starts = ledger_ends(stack)
        told = _Others(others_producer, others[1:])
        told.start()
        time.sleep(_BEFORE_S)
        say(f"{crowd:,} penalties of one subject, at once")
        thrown = time.monotonic()
        send_by_the_clock(own_producer, made, crowd * 100, thrown)
        _await_applied(watch, sum(starts.values()) + crowd, told, say)
        told.stop.set()
        told.join()
        _await_applied(watch, sum(starts.values()) + crowd + len(told.sent), told, say)
        found = crowd_figures(made, thrown, told.sent, ledger_places(stack, starts), watch)
    return found | {
        "bulk_events_per_s": bulk["events_per_s"],
        "method": f"a department sends {crowd:,} penalties of one subject at once; crowd_per_s: "
        f"from then until the last is applied; others: {OTHERS_PER_S} subjects a second, each of "
        "them new, from the moment at which each was due until it was seen applied, from the "
        "crowd on until its end: of its own partition, and of the eleven others",
    }


def crowd_figures(
    crowd: Sequence[ReadySubmission],
    thrown: float,
    others: Sequence[tuple[float, ReadySubmission]],
    places: dict[str, deque[LedgerPlace]],
    watch: PositionWatch,
) -> dict[str, Any]:
    """Give how fast the crowd was applied, and how long others waited while it was."""
    own = [places[each.event_id][0] for each in crowd if each.event_id in places]
    seen = [moment for place in own if (moment := watch.seen(place)) is not None]
    ended = max(seen, default=thrown)
    waits: dict[bool, list[float]] = {True: [], False: []}
    missing = len(crowd) - len(seen)
    for due, said in others:
        if thrown <= due <= ended:
            found = places.get(said.event_id)
            moment = watch.seen(found[0]) if found else None
            if found is None or moment is None:
                missing += 1
            else:
                waits[bool(own) and found[0].partition == own[0].partition].append(moment - due)
    return {
        "crowd": len(crowd),
        "crowd_per_s": round(len(seen) / (ended - thrown), 1) if seen else None,
        "others_wait_ms": percentiles([wait * 1000 for wait in waits[False]]),
        "same_partition_wait_ms": percentiles([wait * 1000 for wait in waits[True]]),
        "missing": missing,
    }


class _Others(threading.Thread):
    """Those who say something all the while."""

    def __init__(self, producer: Producer, made: Sequence[ReadySubmission]) -> None:
        super().__init__(name="others", daemon=True)
        self.stop = threading.Event()
        self.sent: list[tuple[float, ReadySubmission]] = []
        self._producer, self._made = producer, made

    def run(self) -> None:
        begins = time.monotonic()
        for second in range(len(self._made) // OTHERS_PER_S):
            if self.stop.is_set():
                return
            first = second * OTHERS_PER_S
            some = self._made[first : first + OTHERS_PER_S]
            send_by_the_clock(self._producer, some, OTHERS_PER_S, begins + second)
            self.sent += [
                (begins + (first + n) / OTHERS_PER_S, each) for n, each in enumerate(some)
            ]


def _await_applied(
    watch: PositionWatch, total: int, others: _Others, say: Callable[[str], None]
) -> None:
    """Wait until so many are applied, beside what others said; not for ever."""
    deadline = time.monotonic() + _DRAIN_S
    while watch.total() < total + (len(others.sent) if others.is_alive() else 0):
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    say(f"{watch.total():,} events applied")
