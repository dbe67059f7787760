"""Analysis of early warnings (预警监测分析): how many stood on a day, by what they are about.

Counts alone, in the order of codes: no subject is named, and nothing is ranked. It reads the log of
warnings as told; what was told later, of an earlier day, counts from that day on.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.dates import add_months
from events.errors import LedgerError
from events.rules.catalogue import load_catalogue
from events.rules.versions import Level
from projections.fold.state import decode_state
from projections.store.live import Live, live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from psycopg import Connection

    from events.envelope import Platform
    from projections.record.credit_record import CreditRecord

DAYS_MAX: Final = 120
_SQL: Final = statements(__name__)
STATES_AT_ONCE: Final = 2_000
UNKNOWN: Final = ""
"""Stands for the industry of those whose registration was not reported."""


class TooManyDaysError(LedgerError):
    """An analysis looks at a limited number of days: choose a later first one."""


class By(StrEnum):
    """What warnings are counted by; an industry is a section of GB/T 4754."""

    INDUSTRY = "industry"
    DOMAIN = "domain"
    REGION = "region"
    KIND = "kind"
    RULE = "rule"


class WarningsStanding(msgspec.Struct, frozen=True):
    """Warnings that stood on a day, of one industry, field, region, kind or rule, by level.

    `subjects` is how many subjects they were of; one that has several counts once.
    """

    day: date
    of: str
    blue: int
    yellow: int
    orange: int
    red: int
    warnings: int
    subjects: int


class _Count:
    """The working of one `WarningsStanding`."""

    def __init__(self) -> None:
        self.levels = dict.fromkeys(Level, 0)
        self.subjects: set[str] = set()

    def add(self, subject_id: str, level: str, count: int) -> None:
        """Add warnings of a subject at a level."""
        self.levels[Level(level)] += count
        self.subjects.add(subject_id)


def sample_days(since: date, until: date, every_months: int = 1) -> list[date]:
    """Give the last day of each period of months that has ended by a day, and that day itself.

    Raises `TooManyDaysError`.
    """
    days: list[date] = []
    begins = since.replace(day=1)
    while (following := add_months(begins, every_months)) <= until:
        days.append(following - timedelta(days=1))
        begins = following
        if len(days) >= DAYS_MAX:
            raise TooManyDaysError(
                f"at most {DAYS_MAX} days; {since} is too early", most=DAYS_MAX, since=since
            )
    return sorted({*days, until})


def warnings_standing(
    connection: Connection[Any], platform: Platform, by: By, days: Iterable[date]
) -> list[WarningsStanding]:
    """Count the warnings that stood on each of some days, in the order of days and codes."""
    at = live(connection, platform)
    known: dict[str, CreditRecord] = {}
    found: list[WarningsStanding] = []
    for day in days:
        rows = connection.execute(
            at.statement(_SQL["standing"]), {"day": day, "by": by.value}
        ).fetchall()
        if by is By.INDUSTRY:
            _learn(connection, at, known, {row[0] for row in rows})
        counts: dict[str, _Count] = {}
        for subject_id, level, key, count in rows:
            of = industry_on(known.get(subject_id), day) if by is By.INDUSTRY else key
            counts.setdefault(of, _Count()).add(subject_id, level, count)
        found += [_told(day, of, count) for of, count in sorted(counts.items())]
    return found


def _told(day: date, of: str, count: _Count) -> WarningsStanding:
    levels = count.levels
    return WarningsStanding(
        day,
        of,
        **{level.value: levels[level] for level in Level},
        warnings=sum(levels.values()),
        subjects=len(count.subjects),
    )


def industry_on(record: CreditRecord | None, day: date) -> str:
    """Give the section in which a subject was registered on a day: of C14, 14 and C it is C."""
    facts = [] if record is None else [f for f in record.facts.values() if f.day <= day]
    for fact in sorted(facts, key=lambda each: (each.day, each.offset), reverse=True):
        if fact.industry:
            row = load_catalogue().industries.get(fact.industry[:2])
            return fact.industry[:1] if row is None else row.parent or row.code
    return UNKNOWN


def _learn(
    connection: Connection[Any], at: Live, known: dict[str, CreditRecord], subjects: set[str]
) -> None:
    """Read the records of subjects not read before."""
    missing = sorted(subjects - known.keys())
    for begin in range(0, len(missing), STATES_AT_ONCE):
        some: Sequence[str] = missing[begin : begin + STATES_AT_ONCE]
        rows = connection.execute(
            at.statement(_SQL["states"]),
            ([at.partition_of(each) for each in some], list(some)),
            binary=True,
        ).fetchall()
        known.update((subject_id, decode_state(state).record) for subject_id, state in rows)
