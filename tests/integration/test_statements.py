"""Every named statement is one that a real database takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import psycopg
import pytest
from psycopg import sql

from events.partitioning import LEDGER_PARTITIONS
from ops.local.stack import Stack
from projections.store.database import create_control
from projections.store.store import Store
from projections.store.vault.opening import make_vault
from projections.writing.rows import HEADER, TRAILER
from tests.support.stack import fresh_database
from tests.unit.projections.store.test_statements import FILES, ROOT, named

SQLITE = {"streams.signing.heads_file", "ops.anew.kept"}
"""What asks a file of SQLite; tests of the signer, and of its audit, run its statements."""
FOUND = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in FILES]
MODULES = [module for module in FOUND if module not in SQLITE]
SCHEMA = "organisation_v1"
STORE = Store(SCHEMA)
NAMES: dict[str, sql.Composable] = {
    **{
        f"{which}_{table}": sql.Identifier(SCHEMA, table)
        for which in ("old", "new")
        for table in ("outbox", "position", "profile", "publication", "set_aside")
    },
    "event_n": sql.Identifier(SCHEMA, "event_n"),
    "profile_n": sql.Identifier(SCHEMA, "profile_n"),
    "columns": sql.SQL("partition"),
    "one": sql.Identifier(SCHEMA, "warning"),
    "other": sql.Identifier(SCHEMA, "tie"),
    "n": sql.Literal(LEDGER_PARTITIONS),
    "schema": sql.Identifier("organisation_v9"),
    "name": sql.Identifier("another"),
    "role": sql.Identifier("credit_ledger_vault"),
    "database": sql.Identifier("postgres"),
    "partition": sql.Literal(0),
}
"""What a module fills in by itself, by the name in braces."""
TABLES = {"projections.store.evaluation": ("evaluation", "organisation")}
"""Of which table a module's `{table}` may be."""
UNPREPARED = ("CREATE", "SET", "DROP", "GRANT")
"""How statements begin that a database runs, but does not prepare."""
WHOLE = ("CREATE DATABASE", "CREATE ROLE", "VACUUM", "CHECKPOINT")
"""How statements begin that are about a server, which ran them when its database was made."""


def composed(module: str, text: str) -> str:
    table = sql.Identifier(*TABLES.get(module, (SCHEMA, "position")))
    # A partition has its index once it is made, under a name that it has not here.
    text = re.sub(r"INDEX ON \{(event|profile)_n\}", r"INDEX ON {\1}", text)
    named = {name for name in re.findall(r"\{(\w+)\}", text) if name in {*NAMES, "table"}}
    for name in named:
        filled = {**NAMES, "table": table}[name].as_string()
        text = text.replace(f"{{{name}}}", filled)
    return STORE.statement(text, None if "event_n" in named or "profile_n" in named else 0).decode()


def numbered(statement: str) -> str:
    """Write parameters as the server counts them."""
    places: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found[1] or f"#{len(places)}"
        return f"${places.setdefault(name, len(places) + 1)}"

    return re.sub(r"%(?:\((\w+)\))?[sbt]", number, statement).replace("%%", "%")


def take(connection: psycopg.Connection[Any], statement: Any) -> None:
    """Let the database take a statement, and change nothing by it."""
    if statement.startswith("COPY"):
        with connection.cursor().copy(statement) as copy:
            if " TO STDOUT" in statement:
                list(copy)
                return
            copy.write(HEADER + TRAILER if "binary" in statement else b"")
    elif statement.startswith(WHOLE):
        return
    elif statement.startswith(UNPREPARED):
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
    else:
        connection.execute("PREPARE asked AS " + numbered(statement))  # type: ignore[arg-type]
        connection.execute("DEALLOCATE asked")


@pytest.fixture(scope="module")
def connection(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    with (
        fresh_database(stack.postgres) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        create_control(connection, LEDGER_PARTITIONS)
        make_vault(url).close()
        connection.execute("CREATE TEMP TABLE changed_profile (LIKE organisation_v1.profile)")
        yield connection


@pytest.mark.parametrize("module", MODULES)
def test_every_statement_can_be_prepared(module: str, connection: psycopg.Connection[Any]) -> None:
    statements = import_module(module)._SQL
    # What only stands within others is prepared with those.
    for name in named(ROOT / f"{module.replace('.', '/')}.py"):
        try:
            take(connection, composed(module, statements[name]))
        except psycopg.Error as error:
            pytest.fail(f"{module}, {name}: {error}")
