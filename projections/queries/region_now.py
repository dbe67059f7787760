"""The index of a region today, from the live read models.

Each profile's row says what its subject counts as, so counting reads rows and folds nothing. Only
who is due to be assessed anew is assessed here, and only government bodies are read for what they
report.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from events.envelope import Platform
from events.errors import LedgerError
from events.types.subject import SubjectKind
from projections.evaluation.region_figures import RegionEvaluation, RegionFigures, regional_readings
from projections.fold.state import decode_state
from projections.fold.steps import current_profile
from projections.profile.seat import counted_as
from projections.store.cut import format_cut
from projections.store.live import live

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection

    from projections.calendar.rules import RuleCalendar
    from projections.store.live import Live

_DUE = "(coalesce(next_change_on <= %(on)s, false) OR assessed_on < %(rules)s)"
_STATES_AT_ONCE = 500


class RegionUnknownError(LedgerError):
    """Nothing is known of this region: no subject has its seat there, and nobody reports of it."""


class DayPassedError(LedgerError):
    """The read models stand at a later day already; of past years `evaluation show` tells."""


class RegionNow(msgspec.Struct, frozen=True):
    """The evaluation of a region on a day, and up to where each platform's ledger was known."""

    evaluation: RegionEvaluation
    known: dict[str, str]


def region_now(
    connection: Connection[Any], calendar: RuleCalendar, region: str, on: date
) -> RegionNow:
    """Evaluate a region on a day that has not passed, as known now.

    The further a day lies ahead, the more subjects are due by then, and the longer it takes. Raises
    `RegionUnknownError`, and `DayPassedError` for a day before one already assessed.
    """
    figures = RegionFigures(calendar.on(on))
    known: dict[str, str] = {}
    # One view of the database for all: where it stands, what counts, and who is due.
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for platform in Platform:
            at = live(connection, platform)
            with connection.cursor() as cursor:
                stands = at.store.positions(cursor)
            known[platform.value] = format_cut({p: s.next_offset for p, s in stands.items()})
            _gather(connection, at, calendar, on, figures)
    if region not in figures.regions():
        raise RegionUnknownError(f"nothing is known of region {region}")
    return RegionNow(figures.evaluation(region), known)


def _gather(
    connection: Connection[Any], at: Live, calendar: RuleCalendar, on: date, figures: RegionFigures
) -> None:
    asked = {"on": on, "rules": calendar.changed_on(on)}
    rows = connection.execute(
        at.statement(
            "SELECT counted_as, count(*), max(assessed_on) FROM {profile} "  # noqa: S608 - a condition of our own
            f"WHERE NOT {_DUE} GROUP BY counted_as ORDER BY counted_as"
        ),
        asked,
    ).fetchall()
    latest = max((row[2] for row in rows), default=date.min)
    if latest > on:
        raise DayPassedError(f"the read models stand at {latest} already, not at {on}")
    figures.count({text: count for text, count, _ in rows if text is not None})
    if at.platform is Platform.ORGANISATION:
        bodies = f"starts_with(counted_as, '{SubjectKind.GOVERNMENT_BODY}/')"
        for subject_id, data in _states(connection, at, f"NOT {_DUE} AND {bodies}", asked):
            record = decode_state(data).record
            figures.read(regional_readings(record, calendar.on(on), subject_id))
    due: Counter[str] = Counter()
    for subject_id, data in _states(connection, at, _DUE, asked):
        state = decode_state(data)
        profile = current_profile(state, calendar, on)
        if profile.assessed_on > on:
            raise DayPassedError(f"{subject_id} was assessed on {profile.assessed_on} already")
        counts = counted_as(state.record, profile, at.platform, subject_id)
        if counts is not None:
            due[counts.text()] += 1
            if counts.kind == SubjectKind.GOVERNMENT_BODY:
                figures.read(regional_readings(state.record, calendar.on(on), subject_id))
    figures.count(due)


def _states(
    connection: Connection[Any], at: Live, where: str, asked: dict[str, date]
) -> Iterator[tuple[str, bytes]]:
    """Give the states of some subjects, a few at a time."""
    with connection.cursor("states_of_region", binary=True) as cursor:
        cursor.itersize = _STATES_AT_ONCE
        cursor.execute(
            at.statement(
                f"SELECT subject_id, state FROM {{profile}} WHERE {where} ORDER BY subject_id"  # noqa: S608 - conditions of our own
            ),
            asked,
        )
        yield from cursor
