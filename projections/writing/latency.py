"""Latency from the ledger to the read models: how long after its recording an event is committed.

Pure. A batch is measured once, by its oldest event, and all its events are counted with that: so
the figures are never better than what was. They add up in the row of the position, which moves
anyway.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

BOUNDS_MS: Final = (50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 600_000)
"""Upper bounds of the buckets that events are counted in; a last one holds all that took longer."""

RECENT_MS: Final = 60_000
"""What was recorded longer ago says nothing of how things stand now."""


class Waited(NamedTuple):
    """How long the oldest event of a batch had waited when it was committed, and for how many."""

    ms: int
    events: int

    @property
    def bucket(self) -> int:
        """Give the bucket that it is counted in, from 1, as Postgres counts places of arrays."""
        return bisect_left(BOUNDS_MS, self.ms) + 1


def measure(clock: Callable[[], float] | None, recorded_ms: int, events: int) -> Waited | None:
    """Measure a batch by the time its oldest event was recorded; None without a clock."""
    if clock is None:
        return None
    return Waited(max(0, int(clock() * 1000) - recorded_ms), events)


def within(counts: list[int], objective_ms: float) -> int:
    """Count the events that surely met an objective: those of the buckets that end by then."""
    return sum(n for n, bound in zip(counts, BOUNDS_MS, strict=False) if bound <= objective_ms)
