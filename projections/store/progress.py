"""How far the projection has come: the daily sweep by partition, and the latency as measured.

Only partitions that are not swept to the day are counted, so on most days nothing is.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from projections.store.live import live
from projections.store.statements import statements
from projections.writing.latency import RECENT_MS, within

if TYPE_CHECKING:
    from psycopg import Connection

    from events.envelope import Platform

_SQL: Final = statements(__name__)


class PartitionSweep(msgspec.Struct, frozen=True):
    """To which day a partition is swept (None: never), and how many of its subjects are due.

    Where it is swept to the day asked for, nobody is, and its `subjects` are not counted (None).
    """

    partition: int
    swept_on: date | None
    due: int
    subjects: int | None


class SweepProgress(msgspec.Struct, frozen=True):
    """How far a platform's sweep to a day has come.

    `due` of `subjects` in the `unswept` partitions are yet to be assessed: their own day has come,
    or they were last assessed before `rules_changed_on`, the last day on which a rule changed.
    """

    platform: str
    to: date
    rules_changed_on: date
    partitions: int
    unswept: int
    due: int
    subjects: int
    by_partition: list[PartitionSweep]


def sweep_progress(
    connection: Connection[Any], platform: Platform, to: date, rules_changed_on: date
) -> SweepProgress:
    """Say how far the sweep of a platform to a day has come."""
    at = live(connection, platform, whole=False)
    rows = connection.execute(at.statement(_SQL["swept"])).fetchall()
    swept: list[PartitionSweep] = []
    for partition, swept_on in rows:
        day = None if swept_on == date.min else swept_on
        due, subjects = 0, None
        if swept_on < to:
            with connection.cursor() as cursor:
                due, subjects = at.store.count_due(cursor, partition, to, rules_changed_on)
        swept.append(PartitionSweep(partition, day, due, subjects))
    return SweepProgress(
        platform.value,
        to,
        rules_changed_on,
        len(swept),
        sum(each.subjects is not None for each in swept),
        sum(each.due for each in swept),
        sum(each.subjects or 0 for each in swept),
        swept,
    )


class Latency(msgspec.Struct, frozen=True):
    """How long events took from their recording to the commit, against the objective.

    `within` of `events` surely met it. `last_ms` is the slowest of the partitions' last batches
    that was recorded in the last minute, `waiting_s` the age of the oldest event that waits now;
    None where there is none. `missed` says that one of both is over the objective.
    """

    platform: str
    objective_s: float
    events: int
    within: int
    sum_ms: int
    counts: list[int]
    last_ms: int | None
    waiting_s: float | None
    missed: bool


def latency_of(
    connection: Connection[Any],
    platform: Platform,
    objective_s: float,
    now_ms: float,
    waiting_s: float | None,
) -> Latency:
    """Sum up what was measured; how long the oldest event waits is for the broker to say."""
    rows = connection.execute(
        live(connection, platform, whole=False).statement(_SQL["latency"])
    ).fetchall()
    counts = [sum(column) for column in zip(*(row[2] for row in rows), strict=True)]
    recent = [row[0] for row in rows if row[0] is not None and now_ms - row[3] <= RECENT_MS]
    last_ms = max(recent, default=None)
    objective_ms = objective_s * 1000
    return Latency(
        platform.value,
        objective_s,
        sum(counts),
        within(counts, objective_ms),
        sum(row[1] for row in rows),
        counts,
        last_ms,
        waiting_s,
        (last_ms or 0) > objective_ms or (waiting_s or 0) > objective_s,
    )
