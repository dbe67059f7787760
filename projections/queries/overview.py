"""What can be asked across subjects: lists and their members, who is parked, where all stands.

Answers come in the order of subject ids or of the ledger, page by page; nothing here ranks.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from events.envelope import CHINA
from events.errors import LedgerError
from projections.store.erasing.erasures import is_shown
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from psycopg import Connection

    from events.envelope import Platform
    from projections.store.live import Live

PAGE_ROWS_MAX: Final = 1_000
_SQL: Final = statements(__name__, is_shown=is_shown("e"))


class PartitionPosition(msgspec.Struct, frozen=True):
    """Where the projection of a partition stands; times are those of the broker."""

    partition: int
    next_offset: int
    recorded_at: datetime | None
    generation: int
    swept_on: date | None


class LedgerCoverage(msgspec.Struct, frozen=True):
    """How much of the ledger the live read models know, and what waits."""

    platform: str
    version: int
    partitions: int
    events: int
    recorded_until: datetime | None
    parked: int
    outbox: int


class ListCount(msgspec.Struct, frozen=True):
    """How many entries of a list have a status."""

    list: str
    status: str
    entries: int


class ListMember(msgspec.Struct, frozen=True):
    """A list entry as last told; `until` is the first day after it."""

    subject_id: str
    entry_id: str
    list: str
    status: str
    since: date | None
    until: date | None
    ground: str
    region: str
    rule: str
    changed_on: date
    partition: int
    offset: int


class ListPage(msgspec.Struct, frozen=True):
    """Some members of a list; `next_after` asks for what follows, None at the end."""

    list: str
    members: tuple[ListMember, ...]
    next_after: str | None


class ParkedSubject(msgspec.Struct, frozen=True):
    """A subject that waits for an operator."""

    partition: int
    subject_id: str
    offset: int
    reason: str
    waiting: int
    since: datetime


def positions(connection: Connection[Any], platform: Platform) -> list[PartitionPosition]:
    """Give where every partition stands, in order."""
    return positions_of(connection, live(connection, platform))


def positions_of(connection: Connection[Any], at: Live) -> list[PartitionPosition]:
    """Give where every partition of a version stands, in order."""
    rows = connection.execute(at.statement(_SQL["positions"])).fetchall()
    return [
        PartitionPosition(
            partition,
            next_offset,
            _moment(recorded_ms),
            generation,
            None if swept_on == date.min else swept_on,
        )
        for partition, next_offset, recorded_ms, generation, swept_on in rows
    ]


def coverage(connection: Connection[Any], platform: Platform) -> LedgerCoverage:
    """Sum up how much of the ledger is known and what waits."""
    at = live(connection, platform)
    row = connection.execute(at.statement(_SQL["coverage"])).fetchone()
    events, recorded_ms, parked_count, outbox = row or (0, 0, 0, 0)
    until = _moment(recorded_ms)
    return LedgerCoverage(
        platform.value, at.version, at.partitions, events, until, parked_count, outbox
    )


def _moment(recorded_ms: int) -> datetime | None:
    return datetime.fromtimestamp(recorded_ms / 1000, CHINA) if recorded_ms else None


def parked(
    connection: Connection[Any], platform: Platform, *, limit: int = PAGE_ROWS_MAX, first: int = 0
) -> list[ParkedSubject]:
    """Give subjects that wait for an operator, the longest wait first, from one of them on."""
    at = live(connection, platform)
    rows = connection.execute(
        at.statement(_SQL["parked_subjects"]), (min(limit, PAGE_ROWS_MAX), first)
    ).fetchall()
    return [
        ParkedSubject(partition, subject_id, offset, reason, waiting, since.astimezone(CHINA))
        for partition, subject_id, offset, reason, waiting, since in rows
    ]


def count_parked(connection: Connection[Any], platform: Platform) -> int:
    """Give how many subjects wait for an operator."""
    at = live(connection, platform)
    ((count,),) = connection.execute(at.statement(_SQL["parked_count"])).fetchall()
    return int(count)


def list_counts(connection: Connection[Any], platform: Platform) -> list[ListCount]:
    """Count the entries of each list by status."""
    at = live(connection, platform)
    rows = connection.execute(at.statement(_SQL["list_counts"])).fetchall()
    return [ListCount(*row) for row in rows]


def list_members(
    connection: Connection[Any],
    platform: Platform,
    list_code: str,
    *,
    status: str | None = None,
    region: str | None = None,
    limit: int = 100,
    after: tuple[str, UUID] | None = None,
) -> ListPage:
    """Give entries of a list in the order of subject ids.

    `region` is a division code and takes in all below it; `after` is a page's `next_after`, read by
    `parse_member`.
    """
    at = live(connection, platform)
    limit = min(limit, PAGE_ROWS_MAX)
    subject, entry = after or ("", None)
    rows = connection.execute(
        at.statement(_SQL["list_members"]),
        {
            "list": list_code,
            "status": status,
            "region": None if region is None else division_prefix(region),
            "subject": subject,
            "entry": entry,
            "limit": limit + 1,
        },
    ).fetchall()
    members = tuple(ListMember(*row) for row in rows[:limit])
    more = f"{members[-1].subject_id}/{members[-1].entry_id}" if len(rows) > limit else None
    return ListPage(list_code, members, more)


_ENTRY: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class MemberUnreadableError(LedgerError):
    """Where a page of a list ended is written subject/entry: take the `next_after` of that page."""


def parse_member(text: str) -> tuple[str, UUID]:
    """Read where a page of a list ended. Raises `MemberUnreadableError`."""
    subject, _, entry = text.rpartition("/")
    if not subject or "\0" in subject or _ENTRY.fullmatch(entry) is None:
        raise MemberUnreadableError
    return subject, UUID(entry)


def division_prefix(region: str) -> str:
    """Give what all codes of a division begin with: 330000 is 33, 330100 is 3301."""
    while len(region) > 2 and region.endswith("00"):  # noqa: PLR2004 - a province has two digits
        region = region[:-2]
    return region
