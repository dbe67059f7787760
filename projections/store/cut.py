"""Cuts: up to where each partition of the ledger is known, as text and looked up by a moment.

An offset in a cut is the first one not known. Recorded time is monotone within a partition, so a
moment is found by bisection over offsets.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.errors import LedgerError
from projections.store.live import Live, ProjectionBehindError, live

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

    from events.envelope import Platform

OFFSET_MAX: Final = 2**53 - 1
_PAIR: Final = re.compile(r"(?P<partition>[0-9]{1,4}):(?P<offset>[0-9]{1,16})")


class CutUnreadableError(LedgerError):
    """A cut is written P:O[,P:O...]: partitions, each once, and their first offset not known."""


class CutSilentError(LedgerError):
    """The cut names no offset for the subject's partition."""


def parse_cut(text: str) -> dict[int, int]:
    """Read a cut. Raises `CutUnreadableError`."""
    cut: dict[int, int] = {}
    for pair in text.split(","):
        match = _PAIR.fullmatch(pair)
        if match is None or int(match["partition"]) in cut or int(match["offset"]) > OFFSET_MAX:
            raise CutUnreadableError
        cut[int(match["partition"])] = int(match["offset"])
    return cut


def format_cut(cut: Mapping[int, int]) -> str:
    """Write a cut, partitions in order."""
    return ",".join(f"{partition}:{offset}" for partition, offset in sorted(cut.items()))


class Found(NamedTuple):
    """The first offset recorded after a moment; not final while the ledger may still add before."""

    offset: int
    final: bool


class WholeCut(NamedTuple):
    """Up to where every partition is known; `silent` are those of which a given cut says nothing.

    Final where nothing the ledger may still add alters it.
    """

    offsets: Mapping[int, int]
    silent: Sequence[int]
    final: bool


def part_of_cut(
    connection: Connection[Any],
    at: Live,
    partition: int,
    cut: Mapping[int, int] | None,
    known_at_ms: int | None,
) -> Found:
    """Give one partition's part of the cut: as given, or of a moment, or all that is known.

    Raises `CutSilentError` where the cut leaves the partition out, `ProjectionBehindError` where
    the read models are not there yet.
    """
    if cut is None and known_at_ms is not None:
        return offset_at(connection, at, partition, known_at_ms)
    end = _ends(connection, at).get(partition, 0)
    if cut is None:
        return Found(end, final=False)
    if partition not in cut:
        raise CutSilentError(f"the cut names no offset for partition {partition}, the subject's")
    _refuse_behind(partition, cut[partition], end)
    return Found(cut[partition], final=True)


def whole_cut(
    connection: Connection[Any],
    at: Live,
    cut: Mapping[int, int] | None,
    known_at_ms: int | None,
) -> WholeCut:
    """Give the cut over all partitions, as `part_of_cut` does of one. Raises the same."""
    partitions = range(at.partitions)
    if cut is None and known_at_ms is not None:
        found = {p: offset_at(connection, at, p, known_at_ms) for p in partitions}
        final = all(each.final for each in found.values())
        return WholeCut({p: each.offset for p, each in found.items()}, (), final)
    ends = _ends(connection, at)
    if cut is None:
        return WholeCut({p: ends.get(p, 0) for p in partitions}, (), final=False)
    silent = [p for p in partitions if p not in cut]
    offsets = {p: cut[p] for p in partitions if p in cut}
    for partition, offset in offsets.items():
        _refuse_behind(partition, offset, ends.get(partition, 0))
    return WholeCut(offsets, silent, final=True)


def _ends(connection: Connection[Any], at: Live) -> dict[int, int]:
    rows = connection.execute(at.statement("SELECT partition, next_offset FROM {position}"))
    return dict(rows.fetchall())


def _refuse_behind(partition: int, offset: int, end: int) -> None:
    if offset > end:
        raise ProjectionBehindError(
            f"partition {partition} is known up to before offset {end}, not {offset}"
        )


def cut_at(connection: Connection[Any], platform: Platform, moment_ms: int) -> dict[int, int]:
    """Give the cut over all partitions as known at a moment, in milliseconds since 1970."""
    at = live(connection, platform)
    return {p: offset_at(connection, at, p, moment_ms).offset for p in range(at.partitions)}


def offset_at(connection: Connection[Any], at: Live, partition: int, moment_ms: int) -> Found:
    """Find the first offset of a partition that was recorded after a moment."""
    row = connection.execute(
        at.statement("SELECT next_offset, recorded_ms FROM {position} WHERE partition = %s"),
        (partition,),
    ).fetchone()
    if row is None or row[0] == 0:
        return Found(0, final=False)
    end, last_ms = row
    if last_ms <= moment_ms:
        return Found(end, final=False)
    return Found(_bisect(connection, at, partition, end, moment_ms), final=True)


def _bisect(connection: Connection[Any], at: Live, partition: int, end: int, moment_ms: int) -> int:
    """Narrow down to the first offset after the moment; the one at `end - 1` is known to be so."""
    query = at.statement('SELECT recorded_ms FROM {event} WHERE "offset" = %s', partition)
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
        at.statement('SELECT min("offset") FROM {event} WHERE recorded_ms > %s', partition),
        (moment_ms,),
    ).fetchone()
    return int(row[0]) if row and row[0] is not None else 0
