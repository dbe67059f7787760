"""The bulletin follows the read models: one transaction a step, in a role of its own.

It never takes part in a projector's transaction. What was followed stands beside the entries and
moves with them, so a step that is lost is done again, and what is made from scratch is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.envelope import Platform
from projections.bulletin.bulletin import BulletinEntry, as_array, digest, grams, published
from projections.fold.state import decode_state
from projections.store.live import live
from projections.store.statements import comma_separated, statements

if TYPE_CHECKING:
    from datetime import date

    from psycopg import Connection

    from projections.calendar.rules import RuleCalendar
    from projections.store.live import Live

SUBJECTS_AT_ONCE: Final = 500
_ALONE: Final = 0x62_75_6C_6C  # "bull": one process at a time follows.
_SQL: Final = statements(__name__, entry_columns=comma_separated(BulletinEntry._fields))


def follow(connection: Connection[Any], calendar: RuleCalendar, today: date) -> int:
    """Follow each partition by one step; give how many subjects were looked at, 0 at the end.

    Where another process follows already nothing is done.
    """
    done = 0
    at = live(connection, Platform.ORGANISATION)
    stands = connection.execute(at.statement(_SQL["stands"]), {"version": at.version}).fetchall()
    for partition, generation, followed in stands:
        if followed < generation:
            with connection.transaction():
                if not _alone(connection):
                    return 0
                done += _step(connection, at, partition, followed, generation, calendar, today)
    return done


def _alone(connection: Connection[Any]) -> bool:
    ((alone,),) = connection.execute(_SQL["try_lock"], (_ALONE,)).fetchall()
    return bool(alone)


def _step(
    connection: Connection[Any],
    at: Live,
    partition: int,
    followed: int,
    to: int,
    calendar: RuleCalendar,
    today: date,
) -> int:
    rows = connection.execute(
        at.statement(_SQL["changed"], partition),
        {"after": followed, "to": to, "limit": SUBJECTS_AT_ONCE},
        binary=True,
    ).fetchall()
    subjects = [row[0] for row in rows]
    entries = {
        (entry.event_id, digest(entry)): entry
        for subject_id, state, _ in rows
        for entry in published(subject_id, decode_state(state), calendar, today)
    }
    with connection.cursor() as cursor:
        standing = dict.fromkeys(
            cursor.execute(_SQL["standing"], (subjects, at.version, today)).fetchall()
        )
        # Most of what stands stays: of a subject with a new record that is all that is written.
        changed = [(of, entry) for of, entry in entries.items() if of not in standing]
        gone = {event_id for event_id, _ in standing.keys() - entries.keys()}
        gone.update(entry.event_id for _, entry in changed)
        if gone:
            cursor.execute(_SQL["take_out"], (subjects, list(gone)))
        if changed:
            with cursor.copy(_SQL["add"]) as copy:
                for (_, told), entry in changed:
                    copy.write_row(
                        (partition, at.version, told, as_array(grams(entry.key)), *entry)
                    )
        reached = rows[-1][2] if len(rows) >= SUBJECTS_AT_ONCE else to
        if reached == to:
            cursor.execute(_SQL["take_out_older"], (partition, at.version))
        cursor.execute(_SQL["note"], (partition, at.version, reached))
    return max(len(rows), 1)
