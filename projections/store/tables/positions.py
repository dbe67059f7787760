"""Where the projector of each partition stands: asked, locked for a transaction, and moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.errors import LedgerError
from projections.ledger.witness import ReaderStanding, reader_standing
from projections.store.statements import comma_separated, statements
from projections.store.tables.versioned import VersionedTables
from projections.writing.latency import Waited  # noqa: TC001 - a NamedTuple reads its hints

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from psycopg import Cursor


_LATENCY_MS_MAX: Final = 2**31 - 1
"""Twenty-five days: what a column of Postgres's integers holds."""


class PositionConflictError(LedgerError):
    """The projection does not stand where this batch begins: a zombie, a gap or a repeat."""


class SupersededError(PositionConflictError):
    """Another version of the read models has taken over: look again which one is live."""

    def __init__(self, schema: str) -> None:
        """Name the version that is no longer live."""
        super().__init__(f"{schema} is no longer the live version of the read models")


class Position(NamedTuple):
    """Where the projector of a partition stands."""

    next_offset: int
    recorded_ms: int
    generation: int
    swept_on: date
    related_on: date
    seen_offset: int | None = None
    seen: bytes | None = None

    @property
    def standing(self) -> ReaderStanding:
        """Give what is compared with the log before work goes on."""
        return reader_standing(self.next_offset, self.seen_offset, self.seen)


class PositionMove(NamedTuple):
    """Where a partition stands after a transaction, and how long its batch waited, if measured."""

    partition: int
    position: Position
    waited: Waited | None = None


_SQL: Final = statements(
    __name__,
    position_columns=comma_separated(Position._fields),
    position_moved=comma_separated(Position._fields, 'k."{}"'),
)


class PositionTable(VersionedTables):
    """The positions of a version; each method takes the cursor to run on."""

    def positions(self, cursor: Cursor[Any]) -> dict[int, Position]:
        """Give where every partition stands."""
        cursor.execute(self.statement(_SQL["positions"]))
        return {row[0]: Position(*row[1:]) for row in cursor}

    def position(self, cursor: Cursor[Any], partition: int) -> Position:
        """Give where a partition stands. Raises `SupersededError` where this version has none."""
        position = self.positions(cursor).get(partition)
        if position is None:
            raise SupersededError(self.schema)
        return position

    def lock_position(self, cursor: Cursor[Any], partition: int) -> Position:
        """Take the position of a partition for this transaction."""
        cursor.execute(
            self.statement(_SQL["lock_position"]),
            (partition,),
        )
        row = cursor.fetchone()
        if row is None:
            raise SupersededError(self.schema)
        return Position(*row)

    def lock_free_positions(
        self, cursor: Cursor[Any], partitions: Collection[int]
    ) -> dict[int, Position]:
        """Take those positions for this transaction that nobody else has; none is waited for."""
        cursor.execute(self.statement(_SQL["lock_free_positions"]), (list(partitions),))
        return {row[0]: Position(*row[1:]) for row in cursor}

    def move_position(self, cursor: Cursor[Any], partition: int, position: Position) -> None:
        """Write where a partition stands now; the caller holds its lock."""
        self.move_positions(cursor, [PositionMove(partition, position)])

    def move_positions(self, cursor: Cursor[Any], moves: Sequence[PositionMove]) -> None:
        """Write where partitions stand now; the caller holds their locks.

        The latency of their batches is counted in the same statement.
        """
        rows = [
            (partition, *position, *((None, 0, 1, 0) if waited is None else _counted(waited)))
            for partition, position, waited in moves
        ]
        columns = [list(column) for column in zip(*rows, strict=True)]
        cursor.execute(self.statement(_SQL["move_positions"]), columns)


def _counted(waited: Waited) -> tuple[int, int, int, int]:
    # A ledger that is projected anew is older than the column of the last batch has room for.
    ms = min(waited.ms, _LATENCY_MS_MAX)
    return ms, waited.ms * waited.events, waited.bucket, waited.events
