"""Cuts: up to where each partition of the ledger is known, as text and looked up by a moment.

An offset in a cut is the first one not known. Recorded time is monotone within a partition, so a
moment is found by bisection over offsets.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.errors import LedgerError
from projections.live import Live, live

if TYPE_CHECKING:
    from collections.abc import Mapping

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
