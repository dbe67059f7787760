"""Every named statement is one that a real database takes."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest

from events.partitioning import LEDGER_PARTITIONS
from projections.store.database import create_control
from projections.store.promotion import _statement as between_versions
from projections.store.statements import statements
from projections.store.store import Store
from tests.unit.projections.store.test_statements import FILES, ROOT

MODULES = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in FILES]
STORE = Store("organisation_v1")
UNPREPARED = ("CREATE", "SET")
"""How statements begin that a database runs, but does not prepare."""


def composed(text: str) -> str:
    if "{old_" in text or "{new_" in text:
        return between_versions(text, STORE.schema, STORE.schema).as_string()
    return STORE.statement(text, 0).decode()


def numbered(statement: str) -> str:
    """Write parameters as the server counts them."""
    places: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found[1] or f"#{len(places)}"
        return f"${places.setdefault(name, len(places) + 1)}"

    return re.sub(r"%(?:\((\w+)\))?[sbt]", number, statement).replace("%%", "%")


@pytest.mark.parametrize("module", MODULES)
def test_every_statement_can_be_prepared(module: str, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        create_control(connection, LEDGER_PARTITIONS)
        connection.execute("CREATE TEMP TABLE changed_profile (LIKE organisation_v1.profile)")
        for name, text in statements(module).items():
            statement: Any = composed(text)
            if statement.startswith(UNPREPARED):
                with connection.transaction():
                    connection.execute(statement)
                continue
            try:
                connection.execute("PREPARE asked AS " + numbered(statement))  # type: ignore[arg-type]
            except psycopg.Error as error:
                pytest.fail(f"{module}, {name}: {error}")
            connection.execute("DEALLOCATE asked")
