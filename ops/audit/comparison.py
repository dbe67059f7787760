"""Two versions of the read models, compared row by row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import psycopg
from psycopg import sql

from projections.quality.quality import COUNTED, Reporter
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from projections.store.store import Store

COMPARED: Final[Mapping[str, str]] = {
    "profile": "partition, subject_id, state, last_offset, assessed_on, next_change_on, "
    "lists_in_effect, warning_level, counted_as, seat, industry, review_on",
    "list_entry": "partition, entry_id, subject_id, list, status, since, until, ground, region, "
    'rule, changed_on, "offset"',
    "warning": "partition, warning_id, episode_id, subject_id, rule, rule_from, transition, level, "
    'previous_level, region, domain, evidence, on_day, "offset", by_time, '
    "recorded_ms, kind, since, expires_on, window_months, recipients, list, acknowledged_by",
    "duty": "partition, duty_id, department, kind, subject_id, subject_name, event_id, record_id, "
    'rule, domain, region, due_on, opened_on, closed_on, "offset"',
    "tie": 'partition, "offset", subject_id, entry_id, other, since, until, region, is_void, '
    "known_from",
    "handle": 'partition, "offset", subject_id, entry_id, kind, key',
    "erasure": "partition, subject_id, request, stage, erases_on, body",
    "related_told": "partition, subject_id, told",
    "parked": 'partition, subject_id, "offset", waiting',
    "reporting": ", ".join(("partition", *Reporter._fields, *COUNTED)),
    "event": 'partition, "offset", recorded_ms, subject_id, entry_id, value',
}
"""What must be equal, by table. Generations differ: they count transactions, not facts."""

_SQL: Final = statements(__name__)
_OTHER_SHAPE: Final = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.DatatypeMismatch,
)
_DIFFERENCES_SHOWN: Final = 10
_PACKED: Final = re.compile(r'"?\\+x[0-9a-f]{16,}"?')
"""A state or a message as Postgres writes it: nothing that a person could read."""


class TableDifference(msgspec.Struct, frozen=True):
    """Rows of one table that only one of the two versions has."""

    table: str
    only_live: int
    only_replayed: int
    examples: list[str]


class Compared(NamedTuple):
    """Where the two versions differ, and which tables only one of them has in that shape."""

    differences: list[TableDifference]
    incomparable: list[str]


def compare_all(connection: psycopg.Connection[Any], live: Store, fresh: Store) -> Compared:
    """Compare every table that both versions have in the shape of today."""
    differences: list[TableDifference] = []
    incomparable: list[str] = []
    for table in COMPARED:
        try:
            with connection.transaction(), connection.cursor() as cursor:
                difference = _compare(cursor, live, fresh, table)
        except _OTHER_SHAPE:
            incomparable.append(table)
        else:
            differences += [] if difference is None else [difference]
    return Compared(differences, incomparable)


def _compare(
    cursor: psycopg.Cursor[Any], live: Store, fresh: Store, table: str
) -> TableDifference | None:
    counts: list[int] = []
    examples: list[str] = []
    for one, other in ((live, fresh), (fresh, live)):
        cursor.execute(
            sql.SQL(_SQL["only_one"]).format(
                columns=sql.SQL(COMPARED[table]), one=one.table(table), other=other.table(table)
            ),
            (_DIFFERENCES_SHOWN,),
        )
        rows = cursor.fetchall()
        counts.append(rows[0][0] if rows else 0)
        examples += [f"{one.schema}: {_PACKED.sub('(packed)', row[1])[:300]}" for row in rows]
    if not any(counts):
        return None
    return TableDifference(table, counts[0], counts[1], examples)
