"""The database: control tables, yearly evaluations, and a schema of read models a version."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from psycopg import sql

from events.envelope import Platform
from events.errors import LedgerError
from events.topics import ledger_topic
from projections.store.shape import shape

if TYPE_CHECKING:
    from psycopg import Connection

_SETUP_LOCK = 0x63_72_65_64  # "cred": one process at a time creates or promotes.


class ProjectionMissingError(LedgerError):
    """No read models yet: run `credit-ledger up`, which creates topics and tables."""


class OtherShapeError(LedgerError):
    """Read models were made by other code, whose tables or states are not those of this one."""

    def __init__(self, schema: str) -> None:
        """Say what to do about it."""
        super().__init__(
            f"{schema}: the read models were made by other code, whose tables or states differ; "
            "stop all workers and run `credit-ledger replay --take-over`, which makes them anew "
            "from Kafka"
        )


class LedgerMismatchError(LedgerError):
    """The database belongs to another ledger: topic or number of partitions differ."""


def schema_of(platform: Platform, version: int) -> str:
    """Name the database schema of a platform's read models of one version."""
    return f"{platform}_v{version}"


def create_control(connection: Connection, partitions: int) -> None:
    """Create what is missing: control tables and version 1 of each platform's read models.

    Raises `LedgerMismatchError` where the database was made for another number of partitions.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SETUP_LOCK,))
        for name in ("control.sql", "evaluation.sql"):
            connection.execute((files("projections.store") / name).read_bytes())
        for platform in Platform:
            connection.execute(
                "INSERT INTO control.ledger VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (platform, ledger_topic(platform), partitions),
            )
            row = connection.execute(
                "SELECT partitions FROM control.ledger WHERE platform = %s", (platform,)
            ).fetchone()
            if row is None or row[0] != partitions:
                raise LedgerMismatchError(
                    f"the database was made for {row and row[0]} partitions, not {partitions}; "
                    "the number is frozen for life, so use the database made for this ledger"
                )
            if live_version(connection, platform) is None:
                create_version(connection, platform, 1, live=True)


def create_version(
    connection: Connection, platform: Platform, version: int, *, live: bool = False
) -> str:
    """Create the empty tables of one version inside the caller's transaction; give its schema."""
    schema = schema_of(platform, version)
    (partitions,) = connection.execute(
        "SELECT partitions FROM control.ledger WHERE platform = %s", (platform,)
    ).fetchone() or (0,)
    text = (files("projections.store") / "schema.sql").read_text(encoding="utf-8")
    connection.execute(sql.SQL(text).format(schema=sql.Identifier(schema)))
    for partition in range(partitions):
        for table, options in (("event", ""), ("profile", "WITH (fillfactor = 70)")):
            connection.execute(
                sql.SQL(
                    "CREATE TABLE {child} PARTITION OF {table} FOR VALUES IN ({n}) " + options
                ).format(
                    child=sql.Identifier(schema, f"{table}_{partition}"),
                    table=sql.Identifier(schema, table),
                    n=sql.Literal(partition),
                )
            )
        connection.execute("INSERT INTO position (partition) VALUES (%s)", (partition,))
        for kind in ("profiles", "notices"):
            connection.execute("INSERT INTO publication VALUES (%s, %s)", (partition, kind))
    connection.execute("SET LOCAL search_path TO DEFAULT")
    connection.execute(
        "INSERT INTO control.projection (platform, version, live, shape) VALUES (%s, %s, %s, %s)",
        (platform, version, live, shape()),
    )
    return schema


def live_version(connection: Connection, platform: Platform) -> int | None:
    """Give the version that answers questions now, or None before the first."""
    row = connection.execute(
        "SELECT version FROM control.projection WHERE platform = %s AND live", (platform,)
    ).fetchone()
    return row[0] if row else None


def live_schema(connection: Connection, platform: Platform) -> str:
    """Name the schema that answers questions now, for whoever reads or writes it.

    Raises `ProjectionMissingError`, and `OtherShapeError` where other code made it.
    """
    name, found = _live(connection, platform)
    check_shape(name, found)
    return name


def live_schema_of_any_shape(connection: Connection, platform: Platform) -> str:
    """Name the schema that answers questions now, for a replay, which compares with it.

    Raises `ProjectionMissingError`.
    """
    name, _ = _live(connection, platform)
    return name


def _live(connection: Connection, platform: Platform) -> tuple[str, str | None]:
    """Give the live schema and the shape noted of it."""
    row = connection.execute(
        "SELECT version, shape FROM control.projection WHERE platform = %s AND live", (platform,)
    ).fetchone()
    if row is None:
        raise ProjectionMissingError
    return schema_of(platform, row[0]), row[1]


def check_shape(schema: str, found: str | None) -> None:
    """Compare the shape noted of read models with that of this code; raise `OtherShapeError`."""
    if found != shape():
        raise OtherShapeError(schema)


def next_version(connection: Connection, platform: Platform) -> int:
    """Give the number of the next version to build."""
    row = connection.execute(
        "SELECT coalesce(max(version), 0) + 1 FROM control.projection WHERE platform = %s",
        (platform,),
    ).fetchone()
    return int(row[0]) if row else 1


def supersede(connection: Connection, platform: Platform, old: str, new: str, version: int) -> None:
    """Let a version take over, inside the caller's transaction, which holds the old positions.

    What waits in the old outbox moves along; what the new one told while it was built does not go
    out. The new one goes on with later generations than all that waits, for the relay takes out by
    generation. Profiles that the old one had not published yet count as changed in the last
    generation of the new one, and all others in earlier ones, which count as published. The old
    positions are deleted, so a worker that still holds them meets a conflict, looks where it
    stands, and finds the new version.
    """
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SETUP_LOCK,))
    names = {
        f"{which}_{table}": sql.Identifier(schema, table)
        for which, schema in (("old", old), ("new", new))
        for table in ("outbox", "position", "profile", "publication", "set_aside")
    }
    (kept_aside,) = connection.execute(
        "SELECT to_regclass(%s) IS NOT NULL", (f"{old}.set_aside",)
    ).fetchone() or (False,)
    for statement in (
        *(["INSERT INTO {new_set_aside} SELECT * FROM {old_set_aside}"] if kept_aside else ()),
        # An older version's headers are an array of Postgres.
        (
            "INSERT INTO {new_outbox} SELECT partition, generation, n, topic, key, value, "
            "CASE pg_typeof(headers) WHEN 'text[]'::regtype THEN to_json(headers)::text "
            "ELSE headers::text END FROM {old_outbox}"
        ),
        (
            "UPDATE {new_position} b SET generation = 1 + greatest(b.generation, a.generation, "
            "(SELECT max(w.generation) FROM {new_outbox} w WHERE w.partition = b.partition)) "
            "FROM {old_position} a WHERE a.partition = b.partition"
        ),
        (
            "UPDATE {new_publication} b SET generation = p.generation - 1 FROM {new_position} p "
            "WHERE p.partition = b.partition"
        ),
        (
            "UPDATE {new_profile} b SET generation = p.generation FROM {new_position} p, "
            "{old_profile} a JOIN {old_publication} u ON u.partition = a.partition "
            "AND u.topic_kind = 'profiles' AND a.generation > u.generation "
            "WHERE (b.partition, b.subject_id) = (a.partition, a.subject_id) "
            "AND p.partition = b.partition"
        ),
        "DELETE FROM {old_position}",
    ):
        connection.execute(sql.SQL(statement).format(**names))
    connection.execute(
        "UPDATE control.projection SET live = false WHERE platform = %s AND live", (platform,)
    )
    connection.execute(
        "UPDATE control.projection SET live = true WHERE platform = %s AND version = %s",
        (platform, version),
    )


def drop_version(connection: Connection, platform: Platform, version: int) -> None:
    """Remove a version that is not live."""
    with connection.transaction():
        connection.execute(
            sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(
                sql.Identifier(schema_of(platform, version))
            )
        )
        connection.execute(
            "DELETE FROM control.projection WHERE platform = %s AND version = %s AND NOT live",
            (platform, version),
        )
