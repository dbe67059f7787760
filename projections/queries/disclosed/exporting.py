"""All subjects as a class of readers may see them today, page by page, for a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.envelope import Platform
from projections.exports.exported import ExportedSubject
from projections.fold.state import decode_state
from projections.queries.directory import PersonsNotListedError
from projections.queries.disclosed.subject import disclosed_state
from projections.queries.overview import division_prefix
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from datetime import date

    from psycopg import Connection

    from events.rules.access import View
    from projections.calendar.rules import RuleCalendar

SUBJECTS_AT_ONCE: Final = 100
"""So many are read and held at once, however long the file."""
_BEHIND_DIGITS: Final = ":"
_SQL: Final = statements(__name__)


class ExportPlace(NamedTuple):
    """Behind which subject the next page begins, and in which partition."""

    partition: int = 0
    subject_id: str = ""


class ExportPage(NamedTuple):
    """Some subjects, how many were looked at for them, and where the next begin, if any."""

    subjects: list[ExportedSubject]
    looked_at: int
    next_after: ExportPlace | None


def export_page(
    connection: Connection[Any],
    platform: Platform,
    on: date,
    calendar: RuleCalendar,
    view: View,
    after: ExportPlace,
    *,
    region: str | None = None,
    department: str | None = None,
) -> ExportPage:
    """Give the next subjects, by partition and subject id; of whom nothing is shown is not there.

    `region` takes those with their seat in a division or below it. Raises `PersonsNotListedError`.
    """
    if platform is Platform.PERSON:
        raise PersonsNotListedError
    at = live(connection, platform)
    prefix = None if region is None else division_prefix(region)
    asked = {
        "subject": after.subject_id,
        "first": prefix,
        "behind": None if prefix is None else prefix + _BEHIND_DIGITS,
        "limit": SUBJECTS_AT_ONCE,
    }
    rows = connection.execute(
        at.statement(_SQL["subjects"], after.partition), asked, binary=True
    ).fetchall()
    found: list[ExportedSubject] = []
    for subject_id, packed in rows:
        state = decode_state(packed)
        profile = disclosed_state(
            *(connection, at, subject_id, state, on, calendar, view), department=department
        )
        if profile is not None:
            matters = {each.event_id: state.record.get(each.event_id) for each in profile.records}
            published = {
                event_id: matter.published_on
                for event_id, matter in matters.items()
                if matter is not None and matter.published_on is not None
            }
            found.append(ExportedSubject(profile, published))
    following: ExportPlace | None = ExportPlace(after.partition + 1)
    if len(rows) == SUBJECTS_AT_ONCE:
        following = ExportPlace(after.partition, rows[-1][0])
    elif after.partition + 1 == at.partitions:
        following = None
    return ExportPage(found, len(rows), following)
