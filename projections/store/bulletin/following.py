"""The bulletin follows the read models: one transaction a step, in a role of its own.

It never takes part in a projector's transaction. What was followed stands beside the entries and
moves with them, so a step that is lost is done again, and what is made from scratch is the same.
"""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.envelope import Platform
from projections.bulletin.bulletin import BulletinEntry, as_array, digest, grams, published
from projections.fold.state import decode_state
from projections.store.live import live
from projections.store.statements import comma_separated, statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from psycopg import Connection, Cursor

    from projections.calendar.rules import RuleCalendar
    from projections.store.live import Live

SUBJECTS_AT_ONCE: Final = 500
_ALONE: Final = 0x62_75_6C_6C  # "bull": one process at a time follows.
_SQL: Final = statements(__name__, entry_columns=comma_separated(BulletinEntry._fields))


def follow(connection: Connection[Any], calendar: RuleCalendar, today: date) -> int:
    """Follow by one step, what is furthest behind first; give how many subjects were looked at.

    0 at the end, and where another process follows already.
    """
    at = live(connection, Platform.ORGANISATION)
    behind = connection.execute(at.statement(_SQL["behind"]), {"version": at.version}).fetchall()
    if not behind:
        return 0
    with connection.transaction():
        if not _alone(connection):
            return 0
        parts = list(_changed(connection, at, starmap(_Behind, behind)))
        with connection.cursor() as cursor:
            _write(cursor, at, parts, calendar, today)
            _note(cursor, at, parts)
    return max(sum(len(part.rows) for part in parts), 1)


class _Behind(NamedTuple):
    """A partition that is behind; it `is_alone` where no entry of another version stands there."""

    partition: int
    to: int
    followed: int
    is_alone: bool


class _StepPart(NamedTuple):
    """What a step takes of a partition: subject, state and generation of each that changed."""

    of: _Behind
    rows: list[tuple[str, bytes, int]]
    reached: int

    @property
    def is_level(self) -> bool:
        """Say whether the partition is then followed to its end."""
        return self.reached == self.of.to


def _alone(connection: Connection[Any]) -> bool:
    ((alone,),) = connection.execute(_SQL["try_lock"], (_ALONE,)).fetchall()
    return bool(alone)


def _changed(
    connection: Connection[Any], at: Live, behind: Iterable[_Behind]
) -> Iterator[_StepPart]:
    """Read what changed, of one partition after the other, until it is enough for a step."""
    room = SUBJECTS_AT_ONCE
    for each in behind:
        rows = connection.execute(
            at.statement(_SQL["changed"], each.partition),
            {"after": each.followed, "to": each.to, "limit": room},
            binary=True,
        ).fetchall()
        yield _StepPart(each, rows, rows[-1][2] if len(rows) >= room else each.to)
        room -= len(rows)
        if room <= 0:
            return


def _write(
    cursor: Cursor[Any], at: Live, parts: list[_StepPart], calendar: RuleCalendar, today: date
) -> None:
    """Put in and take out what differs. Most of what stands stays, and is not written again."""
    subjects = [subject_id for part in parts for subject_id, _, _ in part.rows]
    entries = {
        (entry.event_id, digest(entry)): (part.of.partition, entry)
        for part in parts
        for subject_id, state, _ in part.rows
        for entry in published(subject_id, decode_state(state), calendar, today)
    }
    standing = dict.fromkeys(
        cursor.execute(_SQL["standing"], (subjects, at.version, today)).fetchall()
    )
    changed = [(of, *placed) for of, placed in entries.items() if of not in standing]
    gone = {event_id for event_id, _ in standing.keys() - entries.keys()}
    gone.update(entry.event_id for _, _, entry in changed)
    if gone:
        cursor.execute(_SQL["take_out"], (subjects, list(gone)))
    if changed:
        with cursor.copy(_SQL["add"]) as copy:
            for (_, told), partition, entry in changed:
                copy.write_row((partition, at.version, told, as_array(grams(entry.key)), *entry))


def _note(cursor: Cursor[Any], at: Live, parts: list[_StepPart]) -> None:
    """Note how far each partition is followed.

    What another version told is taken out of one that comes to its end for the first time, and not
    looked for again: no index leads there.
    """
    level = [part.of.partition for part in parts if part.is_level and not part.of.is_alone]
    if level:
        cursor.execute(_SQL["take_out_older"], (level, at.version))
    noted = {
        "partitions": [part.of.partition for part in parts],
        "generations": [part.reached for part in parts],
        "alone": [part.of.is_alone or part.is_level for part in parts],
    }
    cursor.execute(_SQL["note"], {"version": at.version, **noted})
