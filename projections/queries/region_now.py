"""The index of a region today, from the live read models.

Each profile's row says what its subject counts as, so counting reads rows and folds nothing. Only
who is due to be assessed anew is assessed here, and only government bodies are read for what they
report.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.divisions import divisions_of
from events.types.subject import SubjectKind
from projections.as_of.cut import format_cut
from projections.evaluation.region_figures import RegionEvaluation, RegionFigures, regional_readings
from projections.fold.state import decode_state
from projections.fold.steps import current_profile
from projections.profile.seat import counted_as, read_counted_as
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from psycopg import Connection

    from projections.calendar.rules import RuleCalendar
    from projections.record.credit_record import CreditRecord
    from projections.store.live import Live

_SQL: Final = statements(__name__)
_STATES_AT_ONCE = 500

DUE_MAX: Final = 10_000
"""Subjects that one question may assess, which takes about half a second."""


class RegionUnknownError(LedgerError):
    """Nothing is known of this region: no subject has its seat there, and nobody reports of it."""


class DayPassedError(LedgerError):
    """The read models stand at a later day already; of past years `evaluation show` tells."""


class RegionUnsweptError(LedgerError):
    """More subjects are due by that day than one question may assess: the sweep comes first."""


class RegionNow(msgspec.Struct, frozen=True):
    """The evaluation of a region on a day, and up to where each platform's ledger was known."""

    evaluation: RegionEvaluation
    known: dict[str, str]


def region_now(
    connection: Connection[Any], calendar: RuleCalendar, region: str, on: date
) -> RegionNow:
    """Evaluate a region on a day that has not passed, as known now.

    Raises `RegionUnknownError`, `DayPassedError` for a day before one already assessed, and
    `RegionUnsweptError` where too many subjects of it are still to be assessed for the day.
    """
    figures = RegionFigures(calendar.on(on))
    known: dict[str, str] = {}
    # One view of the database for all: where it stands, what counts, and who is due.
    with connection.transaction():
        connection.execute(_SQL["one_view"])
        for platform in Platform:
            at = live(connection, platform)
            with connection.cursor() as cursor:
                stands = at.store.positions(cursor)
            known[platform.value] = format_cut({p: s.next_offset for p, s in stands.items()})
            _Gathering(connection, at, calendar, region, on).gather(figures)
    if region not in figures.regions():
        raise RegionUnknownError(f"nothing is known of region {region}")
    return RegionNow(figures.evaluation(region), known)


class _Gathering:
    """The working over one platform: what is kept is counted, and only who is due is assessed.

    A subject's seat follows from its record and not from the day, so who is due counts where its
    row says, and of other regions nobody is read but the government bodies, which may report of
    any.
    """

    def __init__(
        self,
        connection: Connection[Any],
        at: Live,
        calendar: RuleCalendar,
        region: str,
        on: date,
    ) -> None:
        self._connection, self._at, self._calendar = connection, at, calendar
        self._region, self._on = region, on
        self._asked = {"on": on, "rules": calendar.changed_on(on)}

    def gather(self, figures: RegionFigures) -> None:
        """Add what this platform knows of the region, on the day."""
        kept, due = self._rows()
        figures.count(kept)
        self._refuse_many(due)
        if self._at.platform is Platform.ORGANISATION:
            kind = {"kind": SubjectKind.GOVERNMENT_BODY.value}
            for subject_id, data in self._states(_SQL["bodies"], kind):
                self._read(figures, decode_state(data).record, subject_id)
        found: Counter[str] = Counter()
        theirs = {"theirs": [text for text in due if text is not None]}
        for subject_id, data in self._states(_SQL["due"], theirs):
            state = decode_state(data)
            profile = current_profile(state, self._calendar, self._on)
            if profile.assessed_on > self._on:
                raise DayPassedError(f"{subject_id} was assessed on {profile.assessed_on} already")
            counts = counted_as(state.record, profile, self._at.platform, subject_id)
            if counts is not None:
                found[counts.text()] += 1
                if counts.kind == SubjectKind.GOVERNMENT_BODY:
                    self._read(figures, state.record, subject_id)
        figures.count(found)

    def _rows(self) -> tuple[dict[str, int], dict[str | None, int]]:
        """Count who counts as what: those not due, and of those due who may matter here."""
        rows = self._connection.execute(self._at.statement(_SQL["counts"]), self._asked).fetchall()
        latest = max((row[3] for row in rows if not row[1]), default=date.min)
        if latest > self._on:
            raise DayPassedError(f"the read models stand at {latest} already, not at {self._on}")
        kept = {text: count for text, is_due, count, _ in rows if text is not None and not is_due}
        due = {
            text: count
            for text, is_due, count, _ in rows
            if is_due and (text is None or self._may_matter(text))
        }
        return kept, due

    def _may_matter(self, text: str) -> bool:
        counts = read_counted_as(text)
        if counts.kind == SubjectKind.GOVERNMENT_BODY:
            return True
        return self._region in divisions_of(counts.region, self._on)

    def _refuse_many(self, due: Mapping[str | None, int]) -> None:
        count = sum(due.values())
        if count > DUE_MAX:
            raise RegionUnsweptError(
                f"{count:,} subjects of region {self._region} are still to be assessed for"
                f" {self._on}; at most {DUE_MAX:,} are assessed for one question"
            )

    def _read(self, figures: RegionFigures, record: CreditRecord, subject_id: str) -> None:
        figures.read(regional_readings(record, self._calendar.on(self._on), subject_id))

    def _states(self, statement: str, which: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
        """Give the states of some subjects, a few at a time."""
        with self._connection.cursor("states_of_region", binary=True) as cursor:
            cursor.itersize = _STATES_AT_ONCE
            cursor.execute(self._at.statement(statement), {**self._asked, **which})
            yield from cursor
