"""Entries of a list that a class of readers may see today, page by page.

A page is filled with what is shown, and goes on behind the last of it: neither how full it is nor
where it ends tells of an entry that is not shown.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from projections.access.views import sees
from projections.day.shapes import ListStatus
from projections.fold.state import decode_state
from projections.fold.steps import current_profile
from projections.queries.overview import list_members, parse_member
from projections.store.live import live

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from psycopg import Connection

    from events.envelope import Platform
    from events.rules.access import View
    from projections.calendar.rules import RuleCalendar
    from projections.queries.overview import ListMember, ListPage
    from projections.store.live import Live


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
    found: list[DisclosedMember] = []
    at = live(connection, platform)
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
        found += _shown(connection, at, page.members, on, calendar, view)
        if page.next_after is None or len(found) > limit:
            break
        after = parse_member(page.next_after)
    last = found[limit - 1] if len(found) > limit else None
    more = None if last is None else f"{last.subject_id}/{last.entry_id}"
    return DisclosedList(list_code, tuple(found[:limit]), more)


def _shown(
    connection: Connection[Any],
    at: Live,
    members: tuple[ListMember, ...],
    on: date,
    calendar: RuleCalendar,
    view: View,
) -> Iterator[DisclosedMember]:
    seen: dict[str, Mapping[str, str | None]] = {}
    for member in members:
        subject_id = member.subject_id
        if subject_id not in seen:
            seen[subject_id] = _records_shown(connection, at, subject_id, on, calendar, view)
        names = seen[subject_id]
        if member.entry_id in names:
            yield DisclosedMember(
                subject_id,
                member.entry_id,
                member.since,
                member.until,
                member.ground,
                member.region,
                names[member.entry_id],
            )


def _records_shown(
    connection: Connection[Any],
    at: Live,
    subject_id: str,
    on: date,
    calendar: RuleCalendar,
    view: View,
) -> Mapping[str, str | None]:
    """Give the records of a subject that the view shows, each with the name written on it."""
    with connection.cursor() as cursor:
        states = at.store.load_states(cursor, at.partition_of(subject_id), [subject_id])
    if subject_id not in states:
        return {}
    profile = current_profile(decode_state(states[subject_id]), calendar, on)
    return {r.event_id: r.name for r in profile.records if sees(r.shown, view)}
