"""The tables of reporting quality: what a batch and a round of admission add, what is read of them.

Only SQL here, no rules. Whoever adds does so in the transaction that moves its position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from projections.quality.quality import COUNTED, Counts, Reporter
from projections.store.live import live
from projections.store.statements import comma_separated, statements

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from psycopg import Connection, Cursor

    from events.envelope import Platform
    from projections.store.store import Store

ANY_REASON: Final = "any"
"""Under it each refused submission counts once; under each reason that it was refused for, too."""

_SQL: Final = statements(
    __name__,
    reporter_columns=comma_separated(Reporter._fields),
    counted_columns=comma_separated(COUNTED),
    counted_types=comma_separated(COUNTED, '"{}" bigint'),
    counted_added=comma_separated(COUNTED, 'r."{0}" + excluded."{0}"'),
    counted_sums=comma_separated(COUNTED, 'sum("{}")::bigint'),
)


class RefusedInMonth(NamedTuple):
    """How many submissions of a department were refused in a month, for a reason or for any."""

    platform: str
    department: str
    month: date
    reason: str
    submissions: int


def add_reporting(
    cursor: Cursor[Any], store: Store, counts: Mapping[int, Mapping[Reporter, Counts]]
) -> None:
    """Add what a transaction counted, by partition, in one statement."""
    rows = [
        {"partition": partition, **reporter._asdict(), **_counted(counted)}
        for partition, own in counts.items()
        for reporter, counted in sorted(own.items())
    ]
    if rows:
        cursor.execute(store.statement(_SQL["add"]), (msgspec.json.encode(rows).decode(),))


def _counted(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in COUNTED}


def read_reporting(
    connection: Connection[Any],
    platform: Platform,
    *,
    month: date | None = None,
    department: str | None = None,
) -> dict[Reporter, Counts]:
    """Give what was counted of a platform, in the order of codes and months."""
    rows = connection.execute(
        live(connection, platform).statement(_SQL["read"]),
        {"month": month, "department": department},
    ).fetchall()
    return {Reporter(*row[:3]): Counts(*row[3:]) for row in rows}


def read_refusals(
    connection: Connection[Any], *, month: date | None = None, department: str | None = None
) -> list[RefusedInMonth]:
    """Give what admission refused, on both platforms."""
    rows = connection.execute(
        _SQL["refusals"],
        {"month": month, "department": department},
    ).fetchall()
    return [RefusedInMonth(*row) for row in rows]


def count_subjects(connection: Connection[Any], platform: Platform) -> dict[str, int]:
    """Count the subjects of a platform by the first two characters of their ids."""
    rows = connection.execute(live(connection, platform).statement(_SQL["subjects"])).fetchall()
    return dict(rows)
