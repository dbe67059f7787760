"""Entries of a list that a class of readers may see today, page by page.

A page is filled with what is shown, and goes on behind the last of it: neither how full it is nor
where it ends tells of an entry that is not shown.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from projections.access.views import sees
from projections.day.shapes import ListStatus
from projections.fold.state import decode_state
from projections.profile.concluding import shown_and_listed
from projections.queries.overview import list_members, parse_member
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from uuid import UUID

    from psycopg import Connection

    from events.envelope import Platform
    from events.rules.access import View
    from projections.calendar.rules import RuleCalendar
    from projections.fold.state import SubjectState
    from projections.queries.overview import ListMember, ListPage
    from projections.store.live import Live

OfEntry = TypeVar("OfEntry")
_SQL: Final = statements(__name__)
_MEMBERS_AT_ONCE: Final = 60
"""So many states are held at once: a page of the list, and not the thousand of a file."""


class DisclosedMember(msgspec.Struct, frozen=True):
    """An entry in effect that is shown; `until` is the first day after it.

    `name` is the one written on the entry, None where it has none.
    """

    subject_id: str
    entry_id: str
    since: date | None
    until: date | None
    ground: str
    region: str
    name: str | None


class DisclosedList(msgspec.Struct, frozen=True):
    """Some entries of a list; `next_after` asks for what follows, None at the end."""

    list: str
    members: tuple[DisclosedMember, ...]
    next_after: str | None


def disclosed_members(
    connection: Connection[Any],
    platform: Platform,
    list_code: str,
    on: date,
    calendar: RuleCalendar,
    view: View,
    *,
    region: str | None = None,
    limit: int = 100,
    after: tuple[str, UUID] | None = None,
) -> DisclosedList:
    """Give the entries in effect that the view shows, in the order of subject ids."""

    def shown(state: SubjectState, entries: Collection[str]) -> Mapping[str, str | None]:
        rules = calendar.on(max(on, state.assessed_on))
        found = shown_and_listed(state.record, rules, entries)
        return {r.event_id: r.name for r in found.records if sees(r.shown, view)}

    at = live(connection, platform)
    found, more = entries_in_effect(
        connection, at, platform, list_code, shown, region=region, limit=limit, after=after
    )
    members = [
        DisclosedMember(
            each.subject_id, each.entry_id, each.since, each.until, each.ground, each.region, name
        )
        for each, name in found
    ]
    last = f"{members[-1].subject_id}/{members[-1].entry_id}" if more else None
    return DisclosedList(list_code, tuple(members), last)


def entries_in_effect(
    connection: Connection[Any],
    at: Live,
    platform: Platform,
    list_code: str,
    told: Callable[[SubjectState, Collection[str]], Mapping[str, OfEntry]],
    *,
    region: str | None,
    limit: int,
    after: tuple[str, UUID] | None,
) -> tuple[list[tuple[ListMember, OfEntry]], bool]:
    """Give the entries in effect of which something is told, in the order of subject ids.

    And whether more follow. Pages are read until there is one more than asked for. `told` gives
    what is told of some entries of a subject, by their ids.
    """
    found: list[tuple[ListMember, OfEntry]] = []
    while True:
        page: ListPage = list_members(
            connection,
            platform,
            list_code,
            status=ListStatus.IN_EFFECT,
            region=region,
            limit=limit + 1,
            after=after,
        )
        found += _told_of(connection, at, page.members, told)
        if page.next_after is None or len(found) > limit:
            return found[:limit], len(found) > limit
        after = parse_member(page.next_after)


def _told_of(
    connection: Connection[Any],
    at: Live,
    members: tuple[ListMember, ...],
    told: Callable[[SubjectState, Collection[str]], Mapping[str, OfEntry]],
) -> Iterator[tuple[ListMember, OfEntry]]:
    for first in range(0, len(members), _MEMBERS_AT_ONCE):
        some = members[first : first + _MEMBERS_AT_ONCE]
        asked: dict[str, set[str]] = {}
        for member in some:
            asked.setdefault(member.subject_id, set()).add(member.entry_id)
        seen = {
            subject_id: told(decode_state(state), asked[subject_id])
            for subject_id, state in _states(connection, at, asked)
        }
        for member in some:
            entries = seen.get(member.subject_id, {})
            if member.entry_id in entries:
                yield member, entries[member.entry_id]


def _states(
    connection: Connection[Any], at: Live, subjects: Iterable[str]
) -> Iterable[tuple[str, bytes]]:
    """Load states by one question, however many partitions they are of."""
    own = list(subjects)
    asked = ([at.partition_of(each) for each in own], own)
    return connection.execute(at.statement(_SQL["states"]), asked, binary=True).fetchall()
