"""What may be asked of frozen years: one subject, or one region, each by itself.

The row is what was frozen; why it has so many points is concluded anew from the journal at the cut
of the year, and the answer says whether that still comes to the frozen hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from events.envelope import Platform
from events.errors import LedgerError
from projections import queries
from projections.conclusions import Score, Supervised
from projections.evaluation_store import REGIONS, Frozen, read_frozen, read_region, read_subject
from projections.region_figures import RegionEvaluation
from projections.yearly import EvaluatedSubject

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.as_of import State
    from projections.rules import RuleCalendar


class YearNotFrozenError(LedgerError):
    """This year was not frozen: `credit-ledger evaluation freeze`."""


class NotInYearError(LedgerError):
    """The evaluation of this year has nothing of this subject or region."""


class SubjectYear(msgspec.Struct, frozen=True):
    """A subject in the evaluation of a year (年度评价), and what its points and classes rest on.

    `holds` says whether the state concluded now, at the cut of the year, has the frozen hash; where
    it has not, `score` and `supervision` do not explain the row.
    """

    platform: Platform
    frozen: Frozen
    subject: EvaluatedSubject
    holds: bool
    score: Score | None
    supervision: list[Supervised]


class RegionYear(msgspec.Struct, frozen=True):
    """A region in the evaluation of a year: its index, and all that it was read from."""

    frozen: Frozen
    evaluation: RegionEvaluation


class ExplainedYear(NamedTuple):
    """A subject's year and the state it follows from."""

    answer: SubjectYear
    state: State


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
        raise NotInYearError(f"{subject_id} was not known when {year} ended")
    state, body, _ = queries.state(
        connection,
        platform,
        subject_id,
        valid_on=frozen.valid_on,
        calendar=calendar,
        cut=queries.parse_cut(frozen.cut),
    )
    profile = state.profile
    return ExplainedYear(
        SubjectYear(
            platform,
            frozen,
            subject,
            body.endswith(f'"state_hash":"{subject.state_hash}"}}'.encode()),
            None if profile is None else profile.score,
            [] if profile is None else profile.supervision,
        ),
        state,
    )


def region_year(connection: Connection[Any], region: str, year: int) -> RegionYear:
    """Give a region's evaluation of a year. Raises `YearNotFrozenError` and `NotInYearError`."""
    frozen = _part(connection, year, REGIONS)
    evaluation = read_region(connection, year, region)
    if evaluation is None:
        raise NotInYearError(f"nothing was known of region {region} when {year} ended")
    return RegionYear(frozen, evaluation)


def _part(connection: Connection[Any], year: int, part: str) -> Frozen:
    for found in read_frozen(connection, year):
        if found.part == part:
            return found
    raise YearNotFrozenError(f"{year} was not frozen: `credit-ledger evaluation freeze`")
