"""What Postgres alone takes: the rows of the read models, packed beforehand, copied into new ones.

No record is read, folded or packed here, so the pipeline can never be faster than this.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

from events.envelope import Platform
from projections.store.database import (
    create_version,
    drop_version,
    live_schema,
    next_version,
    partitions_of,
)
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.local.stack import Stack

_PLATFORM: Final = Platform.ORGANISATION
_SPLIT: Final = ("event", "profile")
_WHOLE: Final = ("handle", "warning", "list_entry", "duty", "tie", "reporting")
"""The tables that one transaction fills; what the outbox held is gone once it is published."""

_SQL: Final = statements(__name__)


def copy_limit_per_s(stack: Stack, events: int, connections: int) -> int:
    """Copy all rows of the live read models into others, partition by partition; give events/s.

    By as many connections as the worker has projectors. Each row is written once, as a worker does
    that meets a backlog; the others are dropped again.
    """
    with psycopg.connect(stack.postgres) as connection:
        live = live_schema(connection, _PLATFORM)
        partitions = range(partitions_of(connection, _PLATFORM))
        packed = [_packed(connection, live, partition) for partition in partitions]
        with connection.transaction():
            version = next_version(connection, _PLATFORM)
            schema = create_version(connection, _PLATFORM, version)
    began = time.perf_counter()
    with ThreadPoolExecutor(connections) as threads:
        shares = [range(n, len(packed), connections) for n in range(connections)]
        for done in [threads.submit(_copy, stack, schema, packed, share) for share in shares]:
            done.result()
    seconds = time.perf_counter() - began
    with psycopg.connect(stack.postgres) as connection, connection.transaction():
        drop_version(connection, _PLATFORM, version)
    return round(events / seconds)


def _packed(
    connection: psycopg.Connection[Any], schema: str, partition: int
) -> list[tuple[str, list[bytes]]]:
    """Give the rows of a partition by table, in Postgres's own binary form."""
    found: list[tuple[str, list[bytes]]] = []
    for table in (*_SPLIT, *_WHOLE):
        query = sql.SQL(_SQL["rows_of"]).format(
            table=sql.Identifier(schema, table), partition=sql.Literal(partition)
        )
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            found.append((table, [bytes(block) for block in copy]))
    return found


def _copy(
    stack: Stack,
    schema: str,
    packed: Sequence[list[tuple[str, list[bytes]]]],
    partitions: Sequence[int],
) -> None:
    with psycopg.connect(stack.postgres) as connection:
        for partition in partitions:
            with connection.transaction(), connection.cursor() as cursor:
                for table, blocks in packed[partition]:
                    name = f"{table}_{partition}" if table in _SPLIT else table
                    into = sql.SQL(_SQL["rows_into"]).format(table=sql.Identifier(schema, name))
                    with cursor.copy(into) as copy:
                        for block in blocks:
                            copy.write(block)
