"""What is now known of one subject: the day and the rules are arguments, never a clock."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.envelope import Platform
from projections.fold.state import decode_state
from projections.fold.steps import current_profile
from projections.profile.archive import Facets, facets_of
from projections.profile.shapes import Profile
from projections.store.contagion import StandingContagion, standing_contagion
from projections.store.live import Place, live
from projections.store.statements import statements

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.calendar.rules import RuleCalendar


_SQL: Final = statements(__name__)


class ParkedNow(msgspec.Struct, frozen=True):
    """Why a subject waits for an operator: from which offset on, and how many messages wait."""

    offset: int
    reason: str
    waiting: int


class ProfileAnswer(msgspec.Struct, frozen=True):
    """The current profile of a subject, and where it stands in the ledger.

    `contagion` is what was last told of it across subjects, which is no part of the profile.
    `facets` says of each category that the profile counts what the catalogue makes of it.
    """

    platform: Platform
    subject_id: str
    on: date
    events: int
    last_offset: int
    place: Place
    parked: ParkedNow | None
    profile: Profile
    contagion: StandingContagion
    facets: dict[str, Facets]


def answer_profile(
    connection: Connection[Any],
    platform: Platform,
    subject_id: str,
    on: date,
    calendar: RuleCalendar,
) -> ProfileAnswer | None:
    """Assess what is now known of a subject, on a day; None where nothing was ever recorded.

    A day before the one the record was last assessed on gives that later day, which the answer
    names in `profile.assessed_on`: the past is what `answer_state` answers.
    """
    at = live(connection, platform)
    partition = at.partition_of(subject_id)
    row = connection.execute(
        at.statement(_SQL["state"], partition),
        {"subject": subject_id, "partition": partition},
        binary=True,
    ).fetchone()
    if row is None or row[2] is None:
        return None
    next_offset, generation, packed, related_on, told, *waits = row
    known = decode_state(packed)
    profile = current_profile(known, calendar, on)
    return ProfileAnswer(
        platform,
        subject_id,
        on,
        known.events,
        known.last_offset,
        Place(partition, next_offset, at.version, generation),
        None if waits[0] is None else ParkedNow(*waits),
        profile,
        standing_contagion(related_on, told, calendar.rulebook),
        facets_of(profile.categories, calendar.rulebook, profile.assessed_on),
    )
