"""Natural persons on the lists on which a law publishes them by name: entries in effect today.

Nobody else is ever in such an answer: nobody whose entry is not in effect on this very day, is not
published, is objected to, or whose erasure is approved. Names are sealed still; who opens them
leaves out whom they cannot be opened of.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.envelope import Platform
from events.rules.access import View
from projections.access.views import sees
from projections.day.shapes import ListStatus
from projections.profile.concluding import shown_and_listed
from projections.queries.disclosed.lists import entries_in_effect
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from psycopg import Connection

    from projections.calendar.rules import RuleCalendar
    from projections.fold.state import SubjectState
    from projections.profile.concluding import ShownAndListed
    from projections.store.live import Live

_SQL: Final = statements(__name__)


class PublishedPerson(msgspec.Struct, frozen=True):
    """An entry of a natural person, as the law publishes it; `until` is the first day after it.

    `number` is the masked identity number, None where the person was not reported by number.
    """

    entry_id: str
    name: str
    number: str | None
    document_no: str
    department: str
    region: str
    ground: str
    since: date
    until: date | None


class PublishedPersons(msgspec.Struct, frozen=True):
    """Some entries of a list; `next_after` asks for what follows, None at the end."""

    list: str
    members: tuple[PublishedPerson, ...]
    next_after: str | None


class PersonsSealed(msgspec.Struct, frozen=True):
    """The same before names are opened, each with whose it is, which is told to nobody."""

    of: tuple[tuple[str, PublishedPerson], ...]
    next_after: str | None


def published_persons(
    connection: Connection[Any],
    list_code: str,
    on: date,
    calendar: RuleCalendar,
    *,
    region: str | None = None,
    limit: int = 100,
    after: UUID | None = None,
) -> PersonsSealed | None:
    """Give the entries that a law publishes; None of a list on which it names no persons.

    `after` is the entry behind which a page goes on: no page names a token.
    """
    if not calendar.rulebook.names_persons(list_code):
        return None

    def published(state: SubjectState, entries: Collection[str]) -> dict[str, PublishedPerson]:
        rules = calendar.on(max(on, state.assessed_on))
        return published_entries(shown_and_listed(state.record, rules, entries), calendar, on)

    at = live(connection, Platform.PERSON)
    found, more = entries_in_effect(
        connection,
        at,
        Platform.PERSON,
        list_code,
        published,
        region=region,
        limit=limit,
        after=None if after is None else _place(connection, at, list_code, after),
    )
    of = tuple((member.subject_id, entry) for member, entry in found)
    return PersonsSealed(of, f"{list_code}/{of[-1][1].entry_id}" if more else None)


def _place(
    connection: Connection[Any], at: Live, list_code: str, entry: UUID
) -> tuple[str, UUID] | None:
    """Find whose an entry is; one that is gone meanwhile begins the list anew."""
    row = connection.execute(at.statement(_SQL["of_entry"]), (list_code, entry)).fetchone()
    return None if row is None else (row[0], entry)


def published_entries(
    person: ShownAndListed, calendar: RuleCalendar, on: date
) -> dict[str, PublishedPerson]:
    """Give the entries of a person on a day that a law publishes then, by their ids."""
    on_lists = {each.entry_id: each for each in person.lists}
    found: dict[str, PublishedPerson] = {}
    for record in person.records:
        member = on_lists.get(record.event_id)
        if member is None or member.status is not ListStatus.IN_EFFECT or record.name is None:
            continue
        # What the person objects to is not published until it is answered: a name cannot be
        # taken back (assumption; the law asks for a mark alone).
        if record.objected or not sees(record.shown, View.PUBLIC):
            continue
        if member.since <= on and calendar.rulebook.names_persons(member.list):
            found[record.event_id] = PublishedPerson(
                record.event_id,
                record.name,
                None,
                record.document_no,
                record.department,
                record.region,
                member.ground,
                member.since,
                member.until,
            )
    return found
