"""Published records on the days that their events name, and those whose term is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from projections.as_of.question import Part, Question
from projections.as_of.state import concluded_as_of
from projections.store.cut import part_of_cut
from projections.store.live import live

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from psycopg import Connection

    from events.envelope import Platform
    from projections.calendar.rules import RuleCalendar
    from projections.queries.subject.long_histories import LongHistories
    from projections.store.live import Live


class DaysOfRecord(NamedTuple):
    """When a record was published, as its authority says, and when it was recorded here."""

    published_on: date | None
    recorded_on: date


def days_of_records(
    connection: Connection[Any], platform: Platform, subject_id: str, event_ids: Collection[str]
) -> Mapping[str, DaysOfRecord]:
    """Give these days of records by their ids; what it costs follows the records asked for."""
    return _days(connection, live(connection, platform), subject_id, event_ids)


def term_is_over(
    connection: Connection[Any],
    platform: Platform,
    subject_id: str,
    event_id: str,
    on: date,
    calendar: RuleCalendar,
    histories: LongHistories,
) -> bool:
    """Say whether a record was published once, and its term is over.

    It follows from what is known of the subject, as it stood on the day on which the record came
    in; so it is the same however often an index was made anew.
    """
    at = live(connection, platform)
    days = _days(connection, at, subject_id, [event_id]).get(event_id)
    if days is None:
        return False
    question = Question(platform=platform, subject_id=subject_id, valid_on=days.recorded_on)
    part = part_of_cut(connection, at, at.partition_of(subject_id), question)
    items = histories.read(connection, at, subject_id, part.offset)
    then = Part(at.partition_of(subject_id), part.offset)
    profile = concluded_as_of(items, question, then, calendar).state.profile
    records = () if profile is None else profile.records
    shown = next((each.shown for each in records if each.event_id == event_id), None)
    return (
        shown is not None
        and shown.public
        and shown.public_until is not None
        and shown.public_until <= on
    )


def _days(
    connection: Connection[Any], at: Live, subject_id: str, event_ids: Collection[str]
) -> dict[str, DaysOfRecord]:
    places = {(subject_id, each) for each in event_ids}
    with connection.cursor() as cursor:
        chains = at.store.load_chains(cursor, at.partition_of(subject_id), places)
    return {
        entry_id: DaysOfRecord(known.event.envelope.published_on, known.recorded_on)
        for (_, entry_id), chain in chains.items()
        for known in reversed(chain)
        if known.event.envelope.event_id == entry_id
    }
