"""The yearly evaluation (年度评价): what is frozen of each subject, and how it is told apart. Pure.

The year is judged on its last day, by the rules of that day, as known at the midnight that ended
it. Rows stand in the order of subject ids and in no other.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.envelope import CHINA
from events.types.subject import SubjectKind
from projections.as_of.question import ms_of
from projections.as_of.state import Concluded, OwnState, canonical, concluded_as_of, state_hash
from projections.evaluation.region_figures import RegionReading, regional_readings
from projections.profile.seat import counted_as, kind_of, seat_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.envelope import Platform
    from projections.as_of.question import Part, Question
    from projections.calendar.rules import RuleCalendar
    from projections.ledger.message import Read

MERGED: Final = "merged"
"""The status of a subject that goes on under another identifier."""


class EvaluatedSubject(msgspec.Struct, frozen=True, gc=False):
    """One subject in the evaluation of a year.

    `model` is the model of points and its version, `classes` the classes of supervision by their
    rules, `counted_as` what it counts as in its region (`profile.seat`), None for nothing.
    `state_hash` is that of `state` on the last day at the cut of the year: the row follows from it.
    """

    subject_id: str
    partition: int
    kind: str
    region: str | None
    region_basis: str
    status: str | None
    model: str | None
    points: int | None
    grade: str | None
    classes: tuple[str, ...]
    counted_as: str | None
    events: int
    state_hash: str


class Evaluated(NamedTuple):
    """A subject evaluated, the rule versions used, and what it reports of regions."""

    subject: EvaluatedSubject
    rules: list[str]
    readings: list[RegionReading]


def last_day(year: int) -> date:
    """Give the day on which a year is judged."""
    return date(year, 12, 31)


def midnight_after(year: int) -> datetime:
    """Give the midnight in China that ends a year."""
    return datetime(year + 1, 1, 1, tzinfo=CHINA)


def last_moment_ms(known_before: datetime) -> int:
    """Give the last millisecond before a moment, since 1970: what was recorded by then is known."""
    return ms_of(known_before) - 1


def evaluate(
    items: Sequence[Read], question: Question, part: Part, calendar: RuleCalendar
) -> Evaluated:
    """Evaluate a subject by all its messages before the cut, as `as_of.state_as_of` takes them."""
    concluded = concluded_as_of(items, question, part, calendar)
    return evaluated(concluded, question.platform, calendar)


def evaluated(concluded: Concluded, platform: Platform, calendar: RuleCalendar) -> Evaluated:
    """Give the row that follows from a state, the rules used, and what is said of regions."""
    state, record, _ = concluded
    subject_id, profile = state.subject_id, state.profile
    kind = kind_of(profile, platform, subject_id)
    seat = seat_of(record, platform, subject_id)
    counts = None if profile is None else counted_as(record, profile, platform, subject_id)
    score = None if profile is None else profile.score
    subject = EvaluatedSubject(
        subject_id,
        state.partition,
        kind,
        seat.region,
        seat.basis.value,
        _status(state),
        None if score is None else f"{score.model}@{score.model_from}",
        None if score is None else score.points,
        None if score is None else score.grade,
        _classes(state),
        None if counts is None else counts.text(),
        len(state.events),
        state_hash(state),
    )
    readings: list[RegionReading] = []
    if counts is not None and kind == SubjectKind.GOVERNMENT_BODY:
        readings = regional_readings(record, calendar.on(state.valid_on), subject_id)
    return Evaluated(subject, [] if profile is None else profile.rules, readings)


def _status(state: OwnState) -> str | None:
    profile = state.profile
    if profile is None:
        return None
    return profile.status if profile.merged_into is None else MERGED


def _classes(state: OwnState) -> tuple[str, ...]:
    supervised = () if state.profile is None else state.profile.supervision
    return tuple(sorted(f"{each.rule}@{each.rule_from}={each.class_code}" for each in supervised))


class RowsDigest:
    """One SHA-256 over rows in order, each as canonical JSON and a line feed after it."""

    def __init__(self) -> None:
        """Begin before the first row."""
        self._hash = hashlib.sha256()
        self.rows = 0

    def add(self, row: object) -> None:
        """Take the next row."""
        self._hash.update(canonical(row) + b"\n")
        self.rows += 1

    def hexdigest(self) -> str:
        """Give the digest of what was taken so far."""
        return self._hash.hexdigest()


def differing(one: EvaluatedSubject, other: EvaluatedSubject) -> list[str]:
    """Name the fields in which two rows of one subject differ."""
    return [name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name)]
