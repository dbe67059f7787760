"""Where the projector of each partition stands: asked, locked for a transaction, and moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.errors import LedgerError
from projections.ledger.witness import ReaderStanding, reader_standing
from projections.store.statements import comma_separated, statements
from projections.store.tables.versioned import VersionedTables

if TYPE_CHECKING:
    from datetime import date

    from psycopg import Cursor

    from projections.writing.latency import Waited


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


_SQL: Final = statements(
    __name__,
    position_columns=comma_separated(Position._fields),
    position_values=comma_separated(Position._fields, "%s"),
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

    def move_position(
        self,
        cursor: Cursor[Any],
        partition: int,
        position: Position,
        waited: Waited | None = None,
    ) -> None:
        """Write where the partition stands now; the caller holds its lock.

        The latency of a batch is counted in the same statement.
        """
        if waited is None:
            statement, measured = _SQL["move_position"], []
        else:
            statement, bucket = _SQL["move_position_measured"], waited.bucket
            measured = [waited.ms, waited.ms * waited.events, bucket, bucket, waited.events]
        cursor.execute(self.statement(statement), (*position, *measured, partition))
