"""The board: warnings that stand, the newest first; and how many stand where.

A page is read at one moment, with the cursor behind it: who listens from there on misses nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.errors import LedgerError
from events.rules.versions import Level
from projections.conclusions.standing import read_signals
from projections.fold.state import decode_state
from projections.profile.profile import current_name
from projections.queries.warning_log import WarningCursor, head
from projections.store.erasing.erasures import is_shown
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from psycopg import Connection

    from events.envelope import Platform
    from projections.calendar.rules import RuleCalendar
    from projections.notices.subscription import Subscription
    from projections.store.live import Live

_SQL: Final = statements(__name__, is_shown=is_shown("w"))
_AFTER: Final = re.compile(
    r"([0-9]{1,15})/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
)


class BoardPlaceUnreadableError(LedgerError):
    """A page of the board begins behind a warning of the page before: follow its link."""


class BoardPlace(NamedTuple):
    """The last warning of the page before, and when it came about, in ms since 1970."""

    recorded_ms: int
    warning_id: str


class WarningOnBoard(NamedTuple):
    """A warning that stands, as it was last told; `evidence` counts the records it rests on.

    `recorded_ms` is when the event was recorded that brought it about, or the midnight of the day
    that did (`by_time`).
    """

    warning_id: str
    subject_id: str
    partition: int
    rule: str
    rule_from: date
    transition: str
    level: str
    region: str
    domain: str
    kind: str
    evidence: int
    on: date
    recorded_ms: int
    by_time: bool
    since: date | None
    expires_on: date | None
    recipients: list[str]
    acknowledged_by: list[str]


class BoardRead(NamedTuple):
    """Warnings with the names of whom they are about, and where the next page begins.

    `cursor` stands behind all that was told when this was read.
    """

    warnings: Sequence[tuple[WarningOnBoard, str | None]]
    next_after: BoardPlace | None
    cursor: WarningCursor


def parse_board_place(text: str) -> BoardPlace:
    """Read where a page begins. Raises `BoardPlaceUnreadableError`."""
    found = _AFTER.fullmatch(text)
    if found is None:
        raise BoardPlaceUnreadableError
    return BoardPlace(int(found[1]), found[2])


def board(
    connection: Connection[Any],
    platform: Platform,
    calendar: RuleCalendar,
    wanted: Subscription,
    *,
    limit: int,
    after: BoardPlace | None = None,
) -> BoardRead:
    """Give a page of the warnings that stand, of those that are wanted."""
    asked = {**_asked(wanted), "limit": limit + 1}
    asked |= {"after_ms": after and after.recorded_ms, "after_id": after and after.warning_id}
    with connection.transaction():
        connection.execute(_SQL["one_moment"])
        cursor = head(connection, platform)
        at = live(connection, platform)
        rows = connection.execute(at.statement(_SQL["page"]), asked).fetchall()
        found = [WarningOnBoard(*row) for row in rows[:limit]]
        names = _names(connection, at, found, calendar)
    last = found[-1] if len(rows) > limit else None
    return BoardRead(
        [(each, names.get(each.subject_id)) for each in found],
        None if last is None else BoardPlace(last.recorded_ms, last.warning_id),
        cursor,
    )


def count_standing(
    connection: Connection[Any], platform: Platform, wanted: Subscription
) -> dict[tuple[str, str], int]:
    """Count the warnings that stand, of those that are wanted, by region and level."""
    at = live(connection, platform)
    rows = connection.execute(at.statement(_SQL["counts"]), _asked(wanted)).fetchall()
    return {(region, level): count for region, level, count in rows}


def _asked(wanted: Subscription) -> dict[str, Any]:
    lowest = 0 if wanted.level is None else wanted.level.height
    levels = [each.value for each in Level if each.height >= lowest]
    return {
        "regions": None if wanted.regions is None else sorted(wanted.regions),
        "levels": None if wanted.level is None else levels,
        "domains": None if wanted.domains is None else sorted(wanted.domains),
        "kind": wanted.kind,
        "department": wanted.department,
        "functions": sorted(wanted.functions),
    }


def _names(
    connection: Connection[Any],
    at: Live,
    found: Sequence[WarningOnBoard],
    calendar: RuleCalendar,
) -> dict[str, str | None]:
    """Name the subjects as the notices of their warnings do."""
    places: dict[int, set[str]] = {}
    for each in found:
        places.setdefault(each.partition, set()).add(each.subject_id)
    names: dict[str, str | None] = {}
    with connection.cursor() as cursor:
        for partition, subjects in places.items():
            for subject_id, state in at.store.load_states(cursor, partition, subjects).items():
                known = decode_state(state)
                # What a name rests on is read, and no warning, class or score concluded.
                on_day = read_signals(known.record, calendar.on(known.assessed_on)).on_day
                names[subject_id] = current_name(on_day)
    return names
