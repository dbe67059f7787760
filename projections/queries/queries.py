"""What can be asked of one subject: its profile, its history, its state as of a day and a cut.

Plain functions over a database connection; the day and the rules are arguments, never a clock.
Questions across subjects: `projections.queries.overview` and `projections.queries.warning_log`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.envelope import Platform
from projections.as_of.known_history import entries_known
from projections.as_of.question import Part
from projections.as_of.state import State, state_as_of, state_bytes
from projections.fold.state import decode_state
from projections.fold.steps import current_profile
from projections.profile.archive import Facets, facets_of
from projections.profile.cases import Case
from projections.profile.cases import cases as chained
from projections.profile.shapes import Profile
from projections.queries.long_histories import LongHistories
from projections.queries.relatives import RelativesReader
from projections.store.contagion import StandingContagion, standing_contagion
from projections.store.cut import part_of_cut
from projections.store.live import Place, live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from projections.as_of.question import Question
    from projections.calendar.rules import RuleCalendar
    from projections.ledger.message import Read
    from projections.store.live import Live


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


class CasesAnswer(msgspec.Struct, frozen=True):
    """The court cases of a subject in effect on a day, each with its stages, oldest first."""

    platform: Platform
    subject_id: str
    on: date
    place: Place
    cases: list[Case]


class StateAnswer(NamedTuple):
    """A state with its canonical bytes; final where nothing the ledger may still add alters it."""

    state: State
    body: bytes
    final: bool


def profile(
    connection: Connection[Any],
    platform: Platform,
    subject_id: str,
    on: date,
    calendar: RuleCalendar,
) -> ProfileAnswer | None:
    """Assess what is now known of a subject, on a day; None where nothing was ever recorded.

    A day before the one the record was last assessed on gives that later day, which the answer
    names in `profile.assessed_on`: the past is what `state` answers.
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
    found = current_profile(known, calendar, on)
    return ProfileAnswer(
        platform,
        subject_id,
        on,
        known.events,
        known.last_offset,
        Place(partition, next_offset, at.version, generation),
        None if waits[0] is None else ParkedNow(*waits),
        found,
        standing_contagion(related_on, told, calendar.rulebook),
        facets_of(found.categories, calendar.rulebook, found.assessed_on),
    )


def state(
    connection: Connection[Any],
    question: Question,
    calendar: RuleCalendar,
    histories: LongHistories | None = None,
) -> StateAnswer:
    """Fold a subject's events up to a cut and assess them on a day.

    A subject of which nothing was known answers too: no events, no profile. Raises
    `CutSilentError` where the cut leaves out the subject's partition, `ProjectionBehindError` where
    the read models are not there yet. Where the subject is tied to somebody, a cut has to name all
    partitions, or the answer says that it is silent on contagion. `histories` keeps long ones.
    """
    at = live(connection, question.platform)
    partition = at.partition_of(question.subject_id)
    known = part_of_cut(connection, at, partition, question)
    others = RelativesReader(connection, at, question, known)
    items = _items(connection, at, question.subject_id, known.offset, histories)
    part = Part(partition, known.offset)
    found = state_as_of(items, question, part, calendar, others.look)
    return StateAnswer(found, state_bytes(found), others.final)


def _items(
    connection: Connection[Any],
    at: Live,
    subject_id: str,
    end: int,
    histories: LongHistories | None,
) -> Sequence[Read]:
    return (histories or LongHistories()).read(connection, at, subject_id, end)


def cases(
    connection: Connection[Any],
    platform: Platform,
    subject_id: str,
    on: date,
    calendar: RuleCalendar,
    histories: LongHistories | None = None,
) -> CasesAnswer | None:
    """Chain the court stages now known of a subject, on a day; None where nothing was recorded.

    A case without a record of its own that a later stage names stands among that case's `names`.
    """
    at = live(connection, platform)
    partition = at.partition_of(subject_id)
    row = connection.execute(at.statement(_SQL["stands"]), (partition,)).fetchone()
    next_offset, generation = row or (0, 0)
    items = _items(connection, at, subject_id, next_offset, histories)
    if not items:
        return None
    place = Place(partition, next_offset, at.version, generation)
    found = chained(entries_known(items, calendar), on)
    return CasesAnswer(platform, subject_id, on, place, found)
