"""Where admission stands in the topics of submissions, and up to where the ledger acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from projections.ledger.witness import ReaderStanding, Seen, reader_standing
from projections.store.database import database_schema, live_version
from projections.store.statements import statements
from projections.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from psycopg import Connection

    from events.envelope import Platform

_SQL: Final = statements(__name__)


class Moved(NamedTuple):
    """A batch of submissions that was dealt with: from where to where, and its last record."""

    topic: str
    partition: int
    first: int
    next_offset: int
    seen: Seen | None


class Refused(NamedTuple):
    """How many submissions of a batch were refused for a reason, by month of submission."""

    topic: str
    partition: int
    platform: str
    department: str
    month: date
    reason: str
    times: int


def submission_positions(
    connection: Connection[Any], topic: str, partitions: Collection[int]
) -> dict[int, ReaderStanding]:
    """Give where admission stands in a topic."""
    rows = connection.execute(_SQL["positions"], (topic, list(partitions)))
    return {partition: reader_standing(*columns) for partition, *columns in rows}


def all_submission_positions(connection: Connection[Any]) -> dict[tuple[str, int], ReaderStanding]:
    """Give where admission stands everywhere."""
    rows = connection.execute(_SQL["all_positions"])
    return {(topic, partition): reader_standing(*columns) for topic, partition, *columns in rows}


def move_submission_positions(
    connection: Connection[Any],
    moved: Sequence[Moved],
    refused: Sequence[Refused],
    acknowledged: Mapping[tuple[str, int], int],
) -> set[tuple[str, int]]:
    """Move positions that stand where their batch began; give the topics and partitions of these.

    `acknowledged` is the offset after the last that the ledger took, by topic and partition.
    """
    batches = [
        (*each[:4], *(each.seen or (None, None)))
        for each in sorted(moved, key=lambda each: each[:2])
    ]
    ends = [(*place, end) for place, end in acknowledged.items()]
    columns = [*_columns(batches, 6), *_columns(refused, 7), *_columns(ends, 3)]
    return set(connection.execute(_SQL["move"], columns).fetchall())


def acknowledged_ends(connection: Connection[Any], topic: str) -> dict[int, int]:
    """Give up to where each partition of a ledger was acknowledged to admission."""
    return dict(connection.execute(_SQL["ledger_ends"], (topic,)).fetchall())


def ledger_standings(connection: Connection[Any], platform: Platform) -> dict[int, ReaderStanding]:
    """Give where the live read models stand in each partition; of none before the first version."""
    version = live_version(connection, platform)
    if version is None:
        return {}
    statement = Store(database_schema(platform, version)).statement(_SQL["applied"])
    return {
        partition: reader_standing(*columns)
        for partition, *columns in connection.execute(statement)
    }


def readmit(connection: Connection[Any], topic: str, partition: int, offset: int) -> bool:
    """Let admission stand elsewhere; False where it has never stood in that partition."""
    return connection.execute(_SQL["readmit"], (offset, topic, partition)).rowcount > 0


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    return (
        [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(count)]
    )
