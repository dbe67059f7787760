"""Places at which a log does not hold what was read of it: noted, so that all know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from psycopg import Connection

_SQL: Final = statements(__name__)


class Breach(NamedTuple):
    """A partition whose log lost what was read of it: where the reader stood, what was found."""

    topic: str
    partition: int
    next_offset: int
    detail: str
    since: datetime


def note_breach(
    connection: Connection[Any], topic: str, partition: int, next_offset: int, detail: str
) -> None:
    """Note that a log does not hold what was read of it."""
    connection.execute(_SQL["note"], (topic, partition, next_offset, detail))


def forget_breaches(connection: Connection[Any], topic: str, partitions: Collection[int]) -> None:
    """Forget it: the log holds again what was read, or an operator has decided."""
    connection.execute(_SQL["forget"], (topic, list(partitions)))


def noted_breaches(connection: Connection[Any]) -> list[Breach]:
    """Give every place that is noted."""
    return [Breach(*row) for row in connection.execute(_SQL["all"])]


def lower_ledger_ends(connection: Connection[Any], topic: str, ends: Mapping[int, int]) -> None:
    """Let a ledger count as acknowledged up to where it ends now, by an operator's word."""
    connection.execute(_SQL["lower_ends"], (list(ends), list(ends.values()), topic))
