"""Across every column of the read models, as the database tells them: altered in one row, it is found.

What is not compared with a replay is named here, with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.rulebook import load_rulebook
from ops.audit import comparison
from ops.audit.comparison import COMPARED, compare_all
from ops.generator import GeneratorPlan, generate_encoded
from ops.local.stack import Stack
from projections.calendar.rules import RuleCalendar
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.store.database import create_control, create_version
from projections.store.store import Store
from tests.support.given import recorded_ms
from tests.support.stack import fresh_database

pytestmark = pytest.mark.stack

ORGANISATION = Platform.ORGANISATION
PLAN = GeneratorPlan(
    events=900, subjects=120, seed=11, first_day=date(2023, 1, 1), last_day=date(2025, 5, 31)
)
LIVE, FRESH = Store("organisation_v1"), Store("organisation_v2")
NOT_COMPARED = {
    "position": "how far, how fast and in how many transactions it was written",
    "publication": "up to where was published",
    "outbox": "what is yet to be published",
    "set_aside": "what the broker refused, as it came",
    "*.generation": "the number of a transaction",
    "warning.n": "the order within a transaction",
    "parked.reason": "in the words of the version that parked",
    "parked.since": "the clock of who parked",
}
OTHERWISE: dict[str, tuple[LiteralString, ...]] = {
    "smallint": ("coalesce({0}, 0) + 1",),
    "integer": ("coalesce({0}, 0) + 1",),
    "bigint": ("coalesce({0}, 0) + 1",),
    "text": ("coalesce({0}, '') || 'x'", "nullif(left({0}, -1), '')"),
    "date": ("coalesce({0}, '2025-01-01') + 1",),
    "bytea": (
        "coalesce({0}, '') || '\\x00'",
        "substr({0}, 1, length({0}) - 1)",
        "set_bit({0}, 4 * length({0}), 1 - get_bit({0}, 4 * length({0})))",
    ),
    "uuid": ("gen_random_uuid()",),
    "boolean": ("NOT coalesce({0}, false)",),
    "ARRAY": ("array_append({0}, NULL)",),
    "partition": ("({0} + 1) % 16",),  # of a table that is split; of others any that nobody has
    "partition of all": ("{0} + 99",),
}
"""How a column of a type is altered: re-dated, made longer, cut off, one bit of it flipped."""

Column = tuple[str, str, str]


@pytest.fixture(scope="module")
def both(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    """Fold the same events twice, into two versions: as they come, and all at once as a replay."""
    batches: dict[int, list[Raw]] = defaultdict(list)
    days = (PLAN.last_day - PLAN.first_day).days
    for number, (key, value, _) in enumerate(generate_encoded(PLAN)):
        on = date.fromordinal(PLAN.first_day.toordinal() + number * days // PLAN.events)
        batch = batches[partition_of(key.decode())]
        batch.append(Raw(len(batch), recorded_ms(on), key, value))
    parked = batches[0]
    parked.append(Raw(len(parked), recorded_ms(PLAN.last_day), b"nobody", b"no event"))
    with (
        fresh_database(stack.postgres) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        create_control(connection, LEDGER_PARTITIONS)
        with connection.transaction():
            create_version(connection, ORGANISATION, 2)
        calendar = RuleCalendar(load_rulebook())
        for schema, most in (("organisation_v1", 15), ("organisation_v2", PLAN.events)):
            projector = Projector(ORGANISATION, Store(schema), calendar)
            for partition, batch in batches.items():
                for first in range(0, len(batch), most):
                    projector.apply(connection, partition, batch[first : first + most])
        yield connection


def columns(connection: psycopg.Connection[Any]) -> list[Column]:
    """Give every column of a version's tables, but for their parts, with its type."""
    return connection.execute(
        "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c"
        " JOIN pg_class t ON t.relname = c.table_name AND NOT t.relispartition"
        " AND t.relnamespace = c.table_schema::regnamespace"
        " WHERE c.table_schema = 'organisation_v1' ORDER BY 1, 2"
    ).fetchall()


def is_compared(table: str, column: str) -> bool:
    named = COMPARED.get(table, "").replace('"', "").split(", ")
    return column in named


def test_every_column_is_compared_or_it_is_said_why_not(both: psycopg.Connection[Any]) -> None:
    silent = {
        (table, column)
        for table, column, _ in columns(both)
        if not is_compared(table, column)
        and not {table, f"*.{column}", f"{table}.{column}"} & NOT_COMPARED.keys()
    }
    assert silent == set()


def ways(column: Column) -> tuple[LiteralString, ...]:
    """Give the ways to alter a column."""
    table, name, kind = column
    if name == "partition":
        kind = "partition" if table in ("event", "profile") else "partition of all"
    return OTHERWISE[kind]


def altered(connection: psycopg.Connection[Any], column: Column, how: LiteralString) -> bool:
    """Alter a column in one row that it alters; say whether there was one."""
    table, name, _ = column
    value = sql.SQL(how).format(sql.Identifier(name))
    done = connection.execute(
        sql.SQL(
            "UPDATE {0} SET {1} = {2} WHERE (tableoid, ctid) = (SELECT tableoid, ctid FROM {0}"
            " WHERE {1} IS DISTINCT FROM {2} ORDER BY 1, 2 LIMIT 1)"
        ).format(sql.Identifier("organisation_v1", table), sql.Identifier(name), value)
    )
    return done.rowcount == 1


def without_a_row(connection: psycopg.Connection[Any], schema: str, table: str) -> bool:
    """Delete one row; say whether there was one."""
    done = connection.execute(
        sql.SQL(
            "DELETE FROM {0} WHERE (tableoid, ctid) ="
            " (SELECT tableoid, ctid FROM {0} ORDER BY 1, 2 LIMIT 1)"
        ).format(sql.Identifier(schema, table))
    )
    return done.rowcount == 1


def told(connection: psycopg.Connection[Any]) -> list[tuple[str, int, int]]:
    """Give what the comparison says: table, rows of the live version alone, of the other alone."""
    compared = compare_all(connection, LIVE, FRESH).differences
    return [(each.table, each.only_live, each.only_replayed) for each in compared]


@pytest.fixture
def one_table(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Compare one table from now on, since each case alters but one."""
    return lambda table: monkeypatch.setattr(comparison, "COMPARED", {table: COMPARED[table]})


def test_each_is_found_and_its_table_named_where_it_is_altered(
    both: psycopg.Connection[Any], one_table: Callable[[str], None]
) -> None:
    assert compare_all(both, LIVE, FRESH) == ([], [])
    without_rows, missed, tried = set[str](), [], 0
    for column in filter(lambda each: is_compared(*each[:2]), columns(both)):
        one_table(column[0])
        for number, how in enumerate(ways(column)):
            with both.transaction(force_rollback=True):
                if not altered(both, column, how):
                    without_rows |= set() if number else {column[0]}
                    continue
                tried += 1
                if told(both) != [(column[0], 1, 1)]:
                    missed.append((column, how))
    assert missed == []
    assert without_rows <= {"erasure", "related_told", "tie"}
    assert tried > 90


def test_a_row_that_is_deleted_or_inserted_is_found_and_its_table_named(
    both: psycopg.Connection[Any],
) -> None:
    """In all tables at once: what is altered in one makes no other differ."""
    for schema, counts in (("organisation_v1", (0, 1)), ("organisation_v2", (1, 0))):
        with both.transaction(force_rollback=True):
            harmed = [table for table in COMPARED if without_a_row(both, schema, table)]
            assert set(COMPARED) - set(harmed) <= {"erasure", "related_told", "tie"}
            assert told(both) == [(table, *counts) for table in harmed]
