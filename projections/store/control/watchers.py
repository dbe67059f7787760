"""How far those who watch under a name have come; each name has its own places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg.errors import UndefinedTable

from events.errors import LedgerError
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

_SQL: Final = statements(__name__)


class WatchersNotKeptError(LedgerError):
    """The database has no table of watchers yet: run `credit-ledger up`, which makes it."""


def places_of(
    connection: Connection[Any], name: str, topics: Sequence[str]
) -> dict[tuple[str, int], int]:
    """Give the next offset of a watcher by topic and partition; nothing of what is new to it.

    Raises `WatchersNotKeptError`.
    """
    try:
        rows = connection.execute(_SQL["places"], (name, list(topics)))
    except UndefinedTable:
        raise WatchersNotKeptError from None
    return {(topic, partition): offset for topic, partition, offset in rows}


def keep_places(
    connection: Connection[Any], name: str, places: Mapping[tuple[str, int], int]
) -> None:
    """Keep how far a watcher has come."""
    topics, partitions = [t for t, _ in places], [p for _, p in places]
    connection.execute(_SQL["keep"], (name, topics, partitions, list(places.values())))
