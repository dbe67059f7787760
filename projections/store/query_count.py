"""How often was asked, by day and kind of question: counted where it is answered, kept in Postgres.

Nothing of whom or by whom: a log of queries is another thing, and comes with access rights.
"""

from __future__ import annotations

import threading
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.envelope import Platform
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection

_SQL: Final = statements(__name__)

OF_SUBJECTS: Final = ("profile", "history", "state", "cases", "hint")
"""Kinds of question that are about one subject."""


class CountedQuery(NamedTuple):
    """A kind of question on a day."""

    day: date
    platform: Platform
    kind: str


class QueryCount(msgspec.Struct, frozen=True):
    """How often a kind of question was answered on a day."""

    day: date
    platform: Platform
    kind: str
    count: int


class QueryTally:
    """Counts in memory until they are written; safe to use from several threads."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._counts: dict[CountedQuery, int] = {}
        self._lock = threading.Lock()

    def note(self, asked: CountedQuery, count: int = 1) -> None:
        """Count a question."""
        with self._lock:
            self._counts[asked] = self._counts.get(asked, 0) + count

    def take(self) -> dict[CountedQuery, int]:
        """Give what was counted and begin anew; whoever cannot write it notes it again."""
        with self._lock:
            taken, self._counts = self._counts, {}
        return taken


def add_queries(connection: Connection[Any], counts: Mapping[CountedQuery, int]) -> None:
    """Add counts, in one statement."""
    if not counts:
        return
    rows = [(*asked, count) for asked, count in sorted(counts.items())]
    columns = [list(column) for column in zip(*rows, strict=True)]
    connection.execute(
        _SQL["add"],
        columns,
    )


def read_queries(connection: Connection[Any], since: date, until: date) -> list[QueryCount]:
    """Give the counts of the days from `since` to before `until`, in order.

    Of a database that was made before anybody counted, none.
    """
    if connection.execute(_SQL["has_counted"]).fetchone() == (False,):
        return []
    rows = connection.execute(
        _SQL["read"],
        (since, until),
    ).fetchall()
    return [QueryCount(day, Platform(platform), kind, count) for day, platform, kind, count in rows]


def a_day(connection: Connection[Any], platform: Platform, since: date, until: date) -> int | None:
    """Give how often was asked about subjects of a platform a day, on average of these days.

    Rounded down; None where nothing at all was counted in them, as then nobody counted.
    """
    counts = read_queries(connection, since, until)
    if not counts:
        return None
    asked = [c.count for c in counts if c.platform is platform and c.kind in OF_SUBJECTS]
    return sum(asked) // (until - since).days
