"""A subject as a class of readers may see it today: read, assessed, and made a view of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.rules.access import View
from projections.access.views import disclosed_profile
from projections.as_of.known_history import entries_known
from projections.fold.state import decode_state
from projections.fold.steps import current_profile
from projections.profile.archive import narrowed
from projections.profile.cases import chain_cases as chained
from projections.profile.findable import Findable, Reader
from projections.profile.seat import seat_of
from projections.queries.finding import shown_facts
from projections.store.live import live

if TYPE_CHECKING:
    from datetime import date

    from psycopg import Connection

    from events.envelope import Platform
    from projections.access.shapes import DisclosedProfile
    from projections.calendar.rules import RuleCalendar
    from projections.fold.state import SubjectState
    from projections.profile.archive import Selection
    from projections.profile.cases import Case
    from projections.queries.subject.long_histories import LongHistories
    from projections.store.live import Live

READERS: Final = {View.PUBLIC: Reader.PUBLIC, View.AGENCY: Reader.PUBLIC}
"""As whom what stands in no profile is read: what registers say, and tallies; else as shared."""


def reader_of(view: View) -> Reader:
    """Give the class of reader that a view is for."""
    return READERS.get(view, Reader.SHARED)


def disclosed(
    connection: Connection[Any],
    platform: Platform,
    subject_id: str,
    on: date,
    calendar: RuleCalendar,
    view: View,
    *,
    department: str | None = None,
    selection: Selection | None = None,
) -> DisclosedProfile | None:
    """Give the view of a subject today; None where there is nothing in it, or no such subject."""
    at = live(connection, platform)
    state = _state(connection, at, subject_id)
    if state is None:
        return None
    return disclosed_state(
        *(connection, at, subject_id, state, on, calendar, view),
        department=department,
        selection=selection,
    )


def disclosed_state(
    connection: Connection[Any],
    at: Live,
    subject_id: str,
    state: SubjectState,
    on: date,
    calendar: RuleCalendar,
    view: View,
    *,
    department: str | None = None,
    selection: Selection | None = None,
) -> DisclosedProfile | None:
    """Give the view of a subject whose state was read; None where there is nothing in it."""
    profile = current_profile(state, calendar, on)
    findable = Findable(profile, calendar.on(profile.assessed_on), reader_of(view))
    facts = shown_facts(connection, at, subject_id, state, findable)
    return disclosed_profile(
        profile if selection is None else narrowed(profile, selection, calendar.rulebook),
        facts,
        view,
        platform=at.platform,
        subject_id=subject_id,
        on=on,
        department=department,
    )


def disclosed_cases(
    connection: Connection[Any],
    platform: Platform,
    subject_id: str,
    on: date,
    calendar: RuleCalendar,
    histories: LongHistories,
    view: View,
) -> list[Case] | None:
    """Chain the stages that a reader may see today; None where there are none, or no subject."""
    at = live(connection, platform)
    state = _state(connection, at, subject_id)
    if state is None:
        return None
    profile = current_profile(state, calendar, on)
    findable = Findable(profile, calendar.on(profile.assessed_on), reader_of(view))
    items = histories.read(connection, at, subject_id, state.last_offset + 1)
    known = [entry for entry in entries_known(items, calendar) if findable.shows(entry)]
    return chained(known, on) or None


def seat(connection: Connection[Any], platform: Platform, subject_id: str) -> str | None:
    """Give the division in which a subject has its seat, None where unknown or no such subject."""
    at = live(connection, platform)
    state = _state(connection, at, subject_id)
    return None if state is None else seat_of(state.record, platform, subject_id).region


def _state(connection: Connection[Any], at: Live, subject_id: str) -> SubjectState | None:
    with connection.cursor() as cursor:
        states = at.store.load_states(cursor, at.partition_of(subject_id), [subject_id])
    return decode_state(states[subject_id]) if subject_id in states else None
