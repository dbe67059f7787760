"""The database: control tables, yearly evaluations, and a schema of read models a version."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from psycopg import sql

from events.envelope import Platform
from events.errors import LedgerError
from events.topics import ledger_topic
from projections.store.shape import shape
from projections.store.statements import statements

if TYPE_CHECKING:
    from psycopg import Connection

_SQL: Final = statements(__name__)
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


def lock_setup(connection: Connection) -> None:
    """Let nobody else create or promote until the transaction ends."""
    connection.execute(_SQL["lock_setup"], (_SETUP_LOCK,))


def database_schema(platform: Platform, version: int) -> str:
    """Name the database schema of a platform's read models of one version."""
    return f"{platform}_v{version}"


def create_control(connection: Connection, partitions: int) -> None:
    """Create what is missing: control tables and version 1 of each platform's read models.

    Raises `LedgerMismatchError` where the database was made for another number of partitions.
    """
    with connection.transaction():
        lock_setup(connection)
        for name in ("control_tables.sql", "evaluation_tables.sql", "bulletin/tables.sql"):
            connection.execute((files("projections.store") / name).read_bytes())
        for platform in Platform:
            connection.execute(
                _SQL["add_ledger"],
                (platform, ledger_topic(platform), partitions),
            )
            row = connection.execute(_SQL["partitions"], (platform,)).fetchone()
            if row is None or row[0] != partitions:
                raise LedgerMismatchError(
                    f"the database was made for {row and row[0]} partitions, not {partitions}; "
                    "the number is frozen for life, so use the database made for this ledger"
                )
            if live_version(connection, platform) is None:
                create_version(connection, platform, 1, live=True)


def partitions_of(connection: Connection, platform: Platform) -> int:
    """Give how many partitions a platform's ledger has; 0 where there is none."""
    (partitions,) = connection.execute(_SQL["partitions"], (platform,)).fetchone() or (0,)
    return int(partitions)


def create_version(
    connection: Connection, platform: Platform, version: int, *, live: bool = False
) -> str:
    """Create the empty tables of one version inside the caller's transaction; give its schema."""
    schema, partitions = database_schema(platform, version), partitions_of(connection, platform)
    text = (files("projections.store") / "schema.sql").read_text(encoding="utf-8")
    connection.execute(sql.SQL(text).format(schema=sql.Identifier(schema)))

    def filled(statement: str, partition: int = 0) -> sql.Composed:
        tables = ("position", "publication", "event", "profile")
        return sql.SQL(statement).format(
            **{name: sql.Identifier(schema, name) for name in tables},
            **{f"{name}_n": sql.Identifier(schema, f"{name}_{partition}") for name in tables[2:]},
            n=sql.Literal(partition),
        )

    for partition in range(partitions):
        connection.execute(filled(_SQL["split_event"], partition))
        connection.execute(filled(_SQL["find_by_id"], partition))
        connection.execute(filled(_SQL["split_profile"], partition))
        connection.execute(filled(_SQL["find_changed"], partition))
        connection.execute(filled(_SQL["add_position"]), (partition,))
        for kind in ("profiles", "notices"):
            connection.execute(filled(_SQL["add_publication"]), (partition, kind))
    connection.execute(_SQL["usual_path"])
    connection.execute(_SQL["note_version"], (platform, version, live, shape()))
    return schema


def live_version(connection: Connection, platform: Platform) -> int | None:
    """Give the version that answers questions now, or None before the first."""
    row = connection.execute(_SQL["live"], (platform,)).fetchone()
    return row[0] if row else None


def live_schema(connection: Connection, platform: Platform) -> str:
    """Name the schema that answers questions now, for whoever reads or writes it.

    Raises `ProjectionMissingError`, and `OtherShapeError` where other code made it.
    """
    name, shape = _live(connection, platform)
    check_shape(name, shape)
    return name


def live_schema_of_any_shape(connection: Connection, platform: Platform) -> str:
    """Name the schema that answers questions now, for a replay, which compares with it.

    Raises `ProjectionMissingError`.
    """
    name, _ = _live(connection, platform)
    return name


def _live(connection: Connection, platform: Platform) -> tuple[str, str | None]:
    """Give the live schema and the shape noted of it."""
    row = connection.execute(_SQL["live"], (platform,)).fetchone()
    if row is None:
        raise ProjectionMissingError
    return database_schema(platform, row[0]), row[1]


def check_shape(schema: str, noted: str | None) -> None:
    """Compare the shape noted of read models with that of this code; raise `OtherShapeError`."""
    if noted != shape():
        raise OtherShapeError(schema)


def next_version(connection: Connection, platform: Platform) -> int:
    """Give the number of the next version to build."""
    row = connection.execute(
        _SQL["next_version"],
        (platform,),
    ).fetchone()
    return int(row[0]) if row else 1


def drop_version(connection: Connection, platform: Platform, version: int) -> None:
    """Remove a version that is not live."""
    with connection.transaction():
        connection.execute(
            sql.SQL(_SQL["drop"]).format(schema=sql.Identifier(database_schema(platform, version)))
        )
        connection.execute(
            _SQL["forget_version"],
            (platform, version),
        )
