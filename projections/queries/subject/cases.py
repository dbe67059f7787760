"""The court cases of one subject, chained of all that is now known of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.envelope import Platform
from projections.as_of.known_history import entries_known
from projections.profile.cases import Case, chain_cases
from projections.queries.subject.long_histories import LongHistories
from projections.store.live import Place, live
from projections.store.statements import statements

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.calendar.rules import RuleCalendar


_SQL: Final = statements(__name__)


class CasesAnswer(msgspec.Struct, frozen=True):
    """The court cases of a subject in effect on a day, each with its stages, oldest first."""

    platform: Platform
    subject_id: str
    on: date
    place: Place
    cases: list[Case]


def answer_cases(
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
    items = (histories or LongHistories()).read(connection, at, subject_id, next_offset)
    if not items:
        return None
    place = Place(partition, next_offset, at.version, generation)
    chained = chain_cases(entries_known(items, calendar), on)
    return CasesAnswer(platform, subject_id, on, place, chained)
