"""Which read models answer now: the live version of a platform, found anew for each question.

A rebuild may take over between two questions, so nothing here is kept longer than one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.errors import LedgerError
from events.partitioning import partition_of
from projections.store.database import ProjectionMissingError, check_shape, database_schema
from projections.store.statements import statements
from projections.store.store import Store

if TYPE_CHECKING:
    from datetime import datetime

    from psycopg import Connection

    from events.envelope import Platform

_SQL: Final = statements(__name__)


class ProjectionBehindError(LedgerError):
    """The read models do not know the ledger up to there yet."""


class LedgerBrokenError(LedgerError):
    """The ledger lost what read models were made of: no answer rests on them meanwhile."""

    def __init__(self, platform: Platform, partition: int) -> None:
        """Name the first such partition, and where an operator finds out more."""
        super().__init__(
            f"the ledger of {platform}s, partition {partition}, does not hold what was read of it: "
            "nothing is answered until an operator has settled it; `credit-ledger status` says how"
        )


class Live(NamedTuple):
    """The version of a platform's read models that answers, and how its ledger is divided.

    `created_at` tells it from one of the same number in another database.
    """

    platform: Platform
    version: int
    partitions: int
    created_at: datetime

    @property
    def store(self) -> Store:
        """Give the statements over this version's tables."""
        return _store(database_schema(self.platform, self.version))

    def partition_of(self, subject_id: str) -> int:
        """Give the partition in which a subject's events live."""
        return partition_of(subject_id, self.partitions)

    def statement(self, text: str, partition: int | None = None) -> bytes:
        """Fill `{table}` names into a query; `{event}` and `{profile}` are of one partition."""
        return self.store.statement(text, partition)


class Place(msgspec.Struct, frozen=True):
    """Where an answer stands: the ledger is known to the read models up to before `next_offset`."""

    partition: int
    next_offset: int
    version: int
    generation: int


def live(connection: Connection[Any], platform: Platform, *, whole: bool = True) -> Live:
    """Find the live version.

    Raises `ProjectionMissingError` before the first, `OtherShapeError` where other code made it,
    and `LedgerBrokenError` where the ledger does not hold what the read models were made of: an
    operator, who must see how things stand, does not ask for a `whole` one.
    """
    row = connection.execute(
        _SQL["live"],
        (platform.value,),
    ).fetchone()
    if row is None:
        raise ProjectionMissingError
    *columns, shape, breach = row
    if whole and breach is not None:
        raise LedgerBrokenError(platform, breach)
    check_shape(database_schema(platform, columns[0]), shape)
    return Live(platform, *columns)


@lru_cache(maxsize=16)
def _store(schema: str) -> Store:
    return Store(schema)
