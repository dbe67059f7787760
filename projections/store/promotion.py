"""One version of the read models takes over from another, which may have any shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from psycopg import sql

from projections.store.database import lock_setup
from projections.store.statements import statements

if TYPE_CHECKING:
    from datetime import date

    from psycopg import Connection

    from events.envelope import Platform

_SQL: Final = statements(__name__)
_TABLES: Final = ("outbox", "position", "profile", "publication", "set_aside")


class HeldPosition(NamedTuple):
    """Where a version of any shape stands in a partition."""

    next_offset: int
    swept_on: date
    related_on: date


def stands(connection: Connection[Any], schema: str) -> dict[int, HeldPosition]:
    """Say where a version of any shape stands."""
    rows = connection.execute(_statement(_SQL["stands"], schema, schema))
    return {partition: HeldPosition(*held) for partition, *held in rows}


def hold(connection: Connection[Any], schema: str) -> dict[int, HeldPosition]:
    """Say where a version stands, and keep it there until the caller's transaction ends."""
    rows = connection.execute(_statement(_SQL["hold"], schema, schema))
    return {partition: HeldPosition(*held) for partition, *held in rows}


def supersede(
    connection: Connection[Any], platform: Platform, old: str, new: str, version: int
) -> None:
    """Let a version take over, inside the caller's transaction, which holds the old positions.

    What waits in the old outbox moves along; what the new one told while it was built does not go
    out. The new one goes on with later generations than all that waits, for the relay takes out by
    generation. Profiles that the old one had not published yet count as changed in the last
    generation of the new one, and all others in earlier ones, which count as published. The old
    positions are deleted, so a worker that still holds them meets a conflict, looks where it
    stands, and finds the new version.
    """
    lock_setup(connection)
    row = connection.execute(_SQL["knows_set_aside"], (f"{old}.set_aside",)).fetchone()
    if row and row[0]:
        connection.execute(_statement(_SQL["move_set_aside"], old, new))
    for statement in (
        _SQL["move_outbox"],
        _SQL["go_on"],
        _SQL["count_as_published"],
        _SQL["carry_unpublished"],
        _SQL["forget_old_positions"],
    ):
        connection.execute(_statement(statement, old, new))
    connection.execute(_SQL["retire"], (platform,))
    connection.execute(_SQL["enlive"], (platform, version))


def _statement(text: str, old: str, new: str) -> sql.Composed:
    names = {
        f"{which}_{table}": sql.Identifier(schema, table)
        for which, schema in (("old", old), ("new", new))
        for table in _TABLES
    }
    return sql.SQL(text).format(**names)
