"""Cuts looked up: up to where each partition of the ledger was known at a moment, or is now.

Recorded time is monotone within a partition, so a
moment is found by bisection over offsets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from projections.store.live import Live, ProjectionBehindError, live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

    from events.envelope import Platform
    from projections.as_of.question import Question


_SQL: Final = statements(__name__)


class KnownUpTo(NamedTuple):
    """The first offset recorded after a moment; not final while the ledger may still add before."""

    offset: int
    final: bool


class PartitionEnd(NamedTuple):
    """Up to where a partition is known, and when its last event was recorded, in ms since 1970."""

    offset: int
    recorded_ms: int


class WholeCut(NamedTuple):
    """Up to where every partition is known; `silent` are those of which a given cut says nothing.

    Final where nothing the ledger may still add alters it.
    """

    offsets: Mapping[int, int]
    silent: Sequence[int]
    final: bool


def part_of_cut(
    connection: Connection[Any], at: Live, partition: int, question: Question
) -> KnownUpTo:
    """Give one partition's part of the cut: as given, or of a moment, or all that is known.

    Raises `CutSilentError` where the cut leaves the partition out, `ProjectionBehindError` where
    the read models are not there yet.
    """
    if question.moment_ms is not None:
        return offset_at(connection, at, partition, question.moment_ms)
    end = _ends(connection, at).get(partition, 0)
    given = question.cut_of(partition)
    if given is None:
        return KnownUpTo(end, final=False)
    refuse_behind(partition, given, end)
    return KnownUpTo(given, final=True)


def whole_cut(connection: Connection[Any], at: Live, question: Question) -> WholeCut:
    """Give the cut over all partitions, as `part_of_cut` does of one. Raises the same."""
    partitions, cut = range(at.partitions), question.cut
    if question.moment_ms is not None:
        known_up_to = {p: offset_at(connection, at, p, question.moment_ms) for p in partitions}
        final = all(each.final for each in known_up_to.values())
        return WholeCut({p: each.offset for p, each in known_up_to.items()}, (), final)
    ends = _ends(connection, at)
    if cut is None:
        return WholeCut({p: ends.get(p, 0) for p in partitions}, (), final=False)
    silent = [p for p in partitions if p not in cut]
    offsets = {p: cut[p] for p in partitions if p in cut}
    for partition, offset in offsets.items():
        refuse_behind(partition, offset, ends.get(partition, 0))
    return WholeCut(offsets, silent, final=True)


def _ends(connection: Connection[Any], at: Live) -> dict[int, int]:
    rows = connection.execute(at.statement(_SQL["ends"]))
    return dict(rows.fetchall())


def refuse_behind(partition: int, offset: int, end: int) -> None:
    """Raise `ProjectionBehindError` where a cut names more than is known."""
    if offset > end:
        raise ProjectionBehindError(
            f"partition {partition} is known up to before offset {end}, not {offset}"
        )


def cut_at(connection: Connection[Any], platform: Platform, moment_ms: int) -> dict[int, int]:
    """Give the cut over all partitions as known at a moment, in milliseconds since 1970."""
    at = live(connection, platform)
    return {p: offset_at(connection, at, p, moment_ms).offset for p in range(at.partitions)}


def end_of(connection: Connection[Any], at: Live, partition: int) -> PartitionEnd:
    """Give up to where a partition is known."""
    row = connection.execute(at.statement(_SQL["end"]), (partition,)).fetchone()
    return PartitionEnd(*row) if row else PartitionEnd(0, 0)


def offset_at(connection: Connection[Any], at: Live, partition: int, moment_ms: int) -> KnownUpTo:
    """Find the first offset of a partition that was recorded after a moment."""
    end, last_ms = end_of(connection, at, partition)
    if end == 0:
        return KnownUpTo(0, final=False)
    if last_ms <= moment_ms:
        return KnownUpTo(end, final=False)
    return KnownUpTo(_bisect(connection, at, partition, end, moment_ms), final=True)


def _bisect(connection: Connection[Any], at: Live, partition: int, end: int, moment_ms: int) -> int:
    """Narrow down to the first offset after the moment; the one at `end - 1` is known to be so."""
    query = at.statement(_SQL["recorded_at"], partition)
    low, high = 0, end - 1
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(query, (middle,)).fetchone()
        if row is None:
            # A gap in the offsets: rare, and then the plain question is asked instead.
            return _scan(connection, at, partition, moment_ms)
        if row[0] > moment_ms:
            high = middle
        else:
            low = middle + 1
    return low


def _scan(connection: Connection[Any], at: Live, partition: int, moment_ms: int) -> int:
    row = connection.execute(
        at.statement(_SQL["first_after"], partition),
        (moment_ms,),
    ).fetchone()
    return int(row[0]) if row and row[0] is not None else 0
