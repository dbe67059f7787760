"""What may be asked of frozen years: one subject, or one region, each by itself.

The row is what was frozen; why it has so many points is concluded anew from the journal at the cut
of the year, and the answer says where that no longer comes to the frozen row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from events.envelope import Platform
from events.errors import LedgerError
from projections.as_of.cut import parse_cut
from projections.as_of.question import Part, Question
from projections.as_of.state import concluded_as_of
from projections.conclusions.conclusions import Score, Supervised
from projections.evaluation.region_figures import RegionEvaluation
from projections.evaluation.yearly import EvaluatedSubject, differing, evaluated
from projections.ledger.reading import read
from projections.store.evaluation import REGIONS, Frozen, read_frozen, read_region, read_subject
from projections.store.live import ProjectionBehindError, live

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.as_of.state import Concluded, OwnState
    from projections.calendar.rules import RuleCalendar


class YearNotFrozenError(LedgerError):
    """This year was not frozen: `credit-ledger evaluation freeze`."""


class NotInYearError(LedgerError):
    """The evaluation of this year has nothing of this subject or region."""


class SubjectYear(msgspec.Struct, frozen=True):
    """A subject in the evaluation of a year (年度评价), and what its points and classes rest on.

    `differs` names the fields in which the row concluded now, at the cut of the year, is not the
    frozen one: none, unless rows, journal, rules or code were changed. Then `score` and
    `supervision` do not explain the row.
    """

    platform: Platform
    frozen: Frozen
    subject: EvaluatedSubject
    differs: list[str]
    score: Score | None
    supervision: list[Supervised]


class RegionYear(msgspec.Struct, frozen=True):
    """A region in the evaluation of a year: its index, and all that it was read from."""

    frozen: Frozen
    evaluation: RegionEvaluation


class ExplainedYear(NamedTuple):
    """A subject's year and the state it follows from."""

    answer: SubjectYear
    state: OwnState


def years(connection: Connection[Any]) -> list[Frozen]:
    """Give what is frozen, in the order of years."""
    return read_frozen(connection)


def subject_year(
    connection: Connection[Any],
    platform: Platform,
    subject_id: str,
    year: int,
    calendar: RuleCalendar,
) -> ExplainedYear:
    """Give a subject's evaluation of a year, explained.

    Raises `YearNotFrozenError` and `NotInYearError`.
    """
    frozen = _part(connection, year, platform.value)
    subject = read_subject(connection, platform, year, subject_id)
    if subject is None:
        raise NotInYearError(f"{subject_id} was not known when {year} ended", year=year)
    concluded = _concluded(connection, platform, subject_id, frozen, calendar)
    state = concluded.state
    now = evaluated(concluded, platform, calendar).subject
    return ExplainedYear(
        SubjectYear(
            platform,
            frozen,
            subject,
            differing(subject, now),
            None if state.profile is None else state.profile.score,
            [] if state.profile is None else state.profile.supervision,
        ),
        state,
    )


def _concluded(
    connection: Connection[Any],
    platform: Platform,
    subject_id: str,
    frozen: Frozen,
    calendar: RuleCalendar,
) -> Concluded:
    """Conclude the state of the year anew, from the journal."""
    at = live(connection, platform)
    partition = at.partition_of(subject_id)
    cut = parse_cut(frozen.cut)[partition]
    with connection.cursor() as cursor:
        if at.store.positions(cursor)[partition].next_offset < cut:
            raise ProjectionBehindError(f"partition {partition} is not known up to offset {cut}")
        messages = at.store.load_messages(cursor, partition, subject_id, end=cut)
    return concluded_as_of(
        [read(message) for message in messages],
        Question(platform=platform, subject_id=subject_id, valid_on=frozen.valid_on),
        Part(partition, cut),
        calendar,
    )


def region_year(connection: Connection[Any], region: str, year: int) -> RegionYear:
    """Give a region's evaluation of a year. Raises `YearNotFrozenError` and `NotInYearError`."""
    frozen = _part(connection, year, REGIONS)
    evaluation = read_region(connection, year, region)
    if evaluation is None:
        raise NotInYearError(f"nothing was known of region {region} when {year} ended", year=year)
    return RegionYear(frozen, evaluation)


def _part(connection: Connection[Any], year: int, part: str) -> Frozen:
    for found in read_frozen(connection, year):
        if found.part == part:
            return found
    raise YearNotFrozenError(f"{year} was not frozen: `credit-ledger evaluation freeze`", year=year)
