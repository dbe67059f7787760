"""Warnings as they were told: pages of them, and what comes after a cursor, without loss.

A cursor says for each ledger partition up to which generation (transaction of the projector), and
within it up to which notice, a reader has come. A generation becomes visible as a whole and in
order, so nothing can appear behind a cursor. Generations are counted anew by a rebuild: a cursor
therefore names its version, and one of another version has to resynchronise.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.errors import LedgerError
from projections.notices.subscription import regions_of
from projections.store.erasing.erasures import is_shown
from projections.store.live import Live, live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

    from events.envelope import Platform

PAGE_ROWS_MAX: Final = 1_000
_SQL: Final = statements(__name__, is_shown=is_shown("w"))
WHOLE: Final = 2**31 - 1
"""Stands in a cursor for all notices of a generation."""

_PLACE: Final = re.compile(
    r"(?P<partition>[0-9]{1,4}):(?P<generation>[0-9]{1,15})(?:\.(?P<n>[0-9]{1,9}))?"
)

_VERSION: Final = re.compile(r"v[0-9]{1,9}")


class CursorUnreadableError(LedgerError):
    """A cursor is one that this service gave: v<version>,P:G[,P:G...]."""


class CursorForeignError(LedgerError):
    """The cursor is of other read models or lies ahead of these: start again from the whole."""


class WarningTold(msgspec.Struct, frozen=True, rename={"of_list": "list"}):
    """One notice: a warning raised, escalated, eased or lifted, and what it rests on.

    `of_list` is the list that a candidate is of, `recipients` are the departments it is for.
    `partition`, `generation` and `n` say where it stands in the order of telling; `offset` is the
    last event of the subject that was known.
    """

    warning_id: str
    episode_id: str
    subject_id: str
    rule: str
    rule_from: date
    transition: str
    level: str | None
    previous_level: str | None
    region: str
    domain: str
    evidence: list[str]
    on: date
    offset: int
    partition: int
    generation: int
    n: int
    kind: str
    since: date | None
    expires_on: date | None
    window_months: int | None
    recipients: list[str]
    acknowledged_by: list[str]
    of_list: str | None


class WarningPage(msgspec.Struct, frozen=True):
    """Some warnings; `next_after` asks for what follows, None at the end."""

    warnings: list[WarningTold]
    next_after: str | None


class WarningCursor(NamedTuple):
    """Up to where a reader has come: (generation, n) by partition, of one version."""

    version: int
    places: Mapping[int, tuple[int, int]]

    def past(self, told: WarningTold, *, whole: bool) -> WarningCursor:
        """Move past one notice, and past its generation where it is the last of it."""
        place = told.generation, WHOLE if whole else told.n
        return WarningCursor(self.version, {**self.places, told.partition: place})


def parse_cursor(text: str) -> WarningCursor:
    """Read a cursor. Raises `CursorUnreadableError`."""
    version, _, rest = text.partition(",")
    if _VERSION.fullmatch(version) is None:
        raise CursorUnreadableError
    places: dict[int, tuple[int, int]] = {}
    for part in rest.split(",") if rest else ():
        match = _PLACE.fullmatch(part)
        if match is None or int(match["partition"]) in places:
            raise CursorUnreadableError
        n = WHOLE if match["n"] is None else int(match["n"])
        places[int(match["partition"])] = int(match["generation"]), n
    return WarningCursor(int(version[1:]), places)


def format_cursor(cursor: WarningCursor) -> str:
    """Write a cursor, partitions in order."""
    parts = [f"v{cursor.version}"]
    for partition, (generation, n) in sorted(cursor.places.items()):
        parts.append(f"{partition}:{generation}" + ("" if n == WHOLE else f".{n}"))
    return ",".join(parts)


def head(connection: Connection[Any], platform: Platform) -> WarningCursor:
    """Give the cursor behind everything told so far."""
    return _head(connection, live(connection, platform))


def _head(connection: Connection[Any], at: Live) -> WarningCursor:
    rows = connection.execute(at.statement(_SQL["heads"])).fetchall()
    return WarningCursor(
        at.version, {partition: (generation, WHOLE) for partition, generation in rows}
    )


def first_cursor(connection: Connection[Any], platform: Platform) -> WarningCursor:
    """Give the cursor before everything."""
    return WarningCursor(live(connection, platform).version, {})


class PageStart(NamedTuple):
    """Behind which notice a page begins, by the order of telling of one version."""

    version: int
    partition: int
    generation: int
    n: int


def parse_page_start(text: str) -> PageStart:
    """Read the `next_after` of a page. Raises `CursorUnreadableError`."""
    version, _, place = text.partition(",")
    match = _PLACE.fullmatch(place)
    if _VERSION.fullmatch(version) is None or match is None or match["n"] is None:
        raise CursorUnreadableError("a page follows one whose `next_after` was given")
    found = int(match["partition"]), int(match["generation"]), int(match["n"])
    return PageStart(int(version[1:]), *found)


class Resumed(NamedTuple):
    """What comes after a cursor: each notice with the cursor behind it.

    `cursor` stands behind all of it. `is_head`: nothing more had been told when this was read.
    """

    told: list[tuple[WarningCursor, WarningTold]]
    cursor: WarningCursor
    is_head: bool


def resume(
    connection: Connection[Any],
    platform: Platform,
    cursor: WarningCursor,
    *,
    limit: int = PAGE_ROWS_MAX,
    until: WarningCursor | None = None,
) -> Resumed:
    """Give what was told after a cursor, at most `limit` notices, each partition in its order.

    `until` bounds the answer; without it, it goes up to all that has been told. Raises
    `CursorForeignError` where the cursor cannot be one of these read models.
    """
    at = live(connection, platform)
    end = _head(connection, at) if until is None else until
    _refuse_foreign(cursor, end, at.version)
    told: list[tuple[WarningCursor, WarningTold]] = []
    for partition, (generation, _) in sorted(end.places.items()):
        start = cursor.places.get(partition, (0, WHOLE))
        if start >= (generation, WHOLE):
            continue
        room = limit - len(told)
        rows = _after(connection, at, partition, start, generation, room + 1)
        for n, row in enumerate(rows[:room], 1):
            whole = n == len(rows) or rows[n].generation != row.generation
            cursor = cursor.past(row, whole=whole)
            told.append((cursor, row))
        if len(rows) > room:
            return Resumed(told, cursor, is_head=False)
        cursor = WarningCursor(cursor.version, {**cursor.places, partition: (generation, WHOLE)})
    return Resumed(told, cursor, is_head=True)


def _refuse_foreign(cursor: WarningCursor, end: WarningCursor, version: int) -> None:
    if cursor.version != version or end.version != version:
        raise CursorForeignError
    for partition, (generation, _) in cursor.places.items():
        if partition not in end.places or generation > end.places[partition][0]:
            raise CursorForeignError


def _after(
    connection: Connection[Any],
    at: Live,
    partition: int,
    start: tuple[int, int],
    generation: int,
    limit: int,
) -> list[WarningTold]:
    rows = connection.execute(
        at.statement(_SQL["after"]), (partition, *start, generation, limit)
    ).fetchall()
    return [WarningTold(*row) for row in rows]


def warnings(
    connection: Connection[Any],
    platform: Platform,
    *,
    region: str | None = None,
    level: str | None = None,
    domains: Sequence[str] | None = None,
    kind: str | None = None,
    subject_id: str | None = None,
    active: bool = False,
    limit: int = 100,
    after: PageStart | None = None,
) -> WarningPage:
    """Give notices in the order of telling, partition by partition.

    `active` keeps the last notice of each warning that has not been lifted. `region` is a division
    code, of which the regions of warnings are meant as in a subscription: of a province all its
    cities, of a county that of its city. `after` is the `next_after` of a page before; raises
    `CursorForeignError` where the read models were replaced since.
    """
    at = live(connection, platform)
    limit = min(limit, PAGE_ROWS_MAX)
    start = after or PageStart(at.version, -1, 0, 0)
    if start.version != at.version:
        raise CursorForeignError("the read models were rebuilt since that page")
    rows = connection.execute(
        at.statement(_SQL["page"]),
        {
            "partition": start.partition,
            "generation": start.generation,
            "n": start.n,
            "regions": None if region is None else list(regions_of(region)),
            "level": level,
            "domains": None if domains is None else list(domains),
            "kind": kind,
            "subject": subject_id,
            "active": active,
            "limit": limit + 1,
        },
    ).fetchall()
    found = [WarningTold(*row) for row in rows[:limit]]
    if len(rows) <= limit:
        return WarningPage(found, None)
    last = found[-1]
    return WarningPage(found, f"v{at.version},{last.partition}:{last.generation}.{last.n}")
