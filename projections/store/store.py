"""The store of one platform's read models: what a batch, or a round of batches, writes.

One transaction a batch. Only SQL here, no rules: rows in, rows out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from psycopg import sql

from projections.notices.notice import DutyNotice, ListNotice, Notice, WarningNotice
from projections.store.statements import comma_separated, statements
from projections.store.tables.loading import LoadedTables
from projections.writing.notice_rows import (
    OUTBOX_COLUMNS,
    WARNING_COLUMNS,
    came_about_ms,
    last_changes,
    outbox_row,
    warning_row,
)
from projections.writing.rows import (
    EVENT_COLUMNS,
    HANDLE_COLUMNS,
    HEADER,
    TRAILER,
    OutboxRow,
    ProfileRow,
    profile_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from psycopg import Connection, Cursor

    from projections.ledger.message import Parked

_CHANGING: Final = ProfileRow._fields[2:]
_TOLD: Final = tuple(name for name in ProfileRow._fields if name != "state")
_SQL: Final = statements(
    __name__,
    profile_columns=comma_separated(ProfileRow._fields),
    profile_told=comma_separated(_TOLD),
    profile_changing=comma_separated(_CHANGING),
    profile_excluded=comma_separated(_CHANGING, 'excluded."{}"'),
    profile_staged=comma_separated(_CHANGING, 'c."{}"'),
    event_columns=comma_separated(EVENT_COLUMNS),
    warning_columns=comma_separated(WARNING_COLUMNS),
    handle_columns=comma_separated(HANDLE_COLUMNS),
    outbox_columns=comma_separated(OUTBOX_COLUMNS),
)


class Due(NamedTuple):
    """A subject that time alone changes."""

    subject_id: str
    state: bytes
    next_change_on: date


_UPSERTED_MAX: Final = 500
"""Up to so many profiles are written by one statement; a COPY pays off only beyond."""


class NoticesOf(NamedTuple):
    """What a transaction tells of a partition, in the order of telling, and in which generation.

    `recorded` says when the events were recorded that brought about what time did not.
    """

    partition: int
    generation: int
    notices: Sequence[Notice]
    recorded: Mapping[int, int]


class Store(LoadedTables):
    """Statements over one version of the read models; each takes the cursor to run on.

    Where `partition` is None, rows are of several.
    """

    def write_events(
        self, cursor: Cursor[Any], partition: int | None, rows: Sequence[bytes]
    ) -> None:
        """Copy packed rows into the journal."""
        if rows:
            self._copy(cursor, _SQL["copy_events"], rows, partition)

    def write_handles(self, cursor: Cursor[Any], rows: Sequence[bytes]) -> None:
        """Copy packed rows of what records are looked up by.

        In the order of their keys, which is the index's: so it takes half the time.
        """
        if rows:
            self._copy(cursor, _SQL["copy_handles"], sorted(rows))

    def write_profiles(
        self,
        cursor: Cursor[Any],
        partition: int | None,
        new: Sequence[ProfileRow],
        changed: Sequence[ProfileRow],
    ) -> None:
        """Write profile rows: of a few subjects, or of several partitions, in one statement.

        Of many by COPY. Sorted by subject by the caller: unsorted upserts from two connections
        deadlock.
        """
        if partition is None or len(new) + len(changed) <= _UPSERTED_MAX:
            self._upsert_profiles(cursor, partition, [*new, *changed])
            return
        if new:
            with cursor.copy(self.statement(_SQL["copy_profiles"], partition)) as copy:
                copy.write(profile_rows(new))
        if changed:
            cursor.execute(self.statement(_SQL["stage_profiles"], partition))
            with cursor.copy(self.statement(_SQL["copy_staged"])) as copy:
                copy.write(profile_rows(changed))
            cursor.execute(
                self.statement(_SQL["update_profiles"], partition),
                # The table is a new one each time, so no plan of the last would serve.
                prepare=False,
            )

    def _upsert_profiles(
        self, cursor: Cursor[Any], partition: int | None, rows: Sequence[ProfileRow]
    ) -> None:
        if not rows:
            return
        told = [row._asdict() for row in rows]
        states = [each.pop("state") for each in told]
        cursor.execute(
            self.statement(_SQL["upsert_profiles"], partition),
            (msgspec.json.encode(told).decode(), states),
        )

    def write_notices(self, cursor: Cursor[Any], tellings: Iterable[NoticesOf]) -> None:
        """Write what was told: warnings to their journal, of lists and duties how they stand."""
        warnings: list[bytes] = []
        changes: list[tuple[int, str]] = []
        duties: list[tuple[int, str]] = []
        for partition, generation, notices, recorded in tellings:
            warnings += [
                warning_row(partition, generation, n, notice, came_about_ms(notice, recorded))
                for n, notice in enumerate(notices)
                if isinstance(notice, WarningNotice)
            ]
            changed = last_changes(each for each in notices if isinstance(each, ListNotice))
            if changed:
                changes.append((partition, msgspec.json.encode(changed).decode()))
            waiting = {each.duty_id: each for each in notices if isinstance(each, DutyNotice)}
            if waiting:
                told = msgspec.json.encode(list(waiting.values())).decode()
                duties.append((partition, told))
        if warnings:
            self._copy(cursor, _SQL["copy_warnings"], warnings)
        for statement, of_each in (
            (_SQL["write_list_entries"], changes),
            (_SQL["write_duties"], duties),
        ):
            if of_each:
                columns = [list(column) for column in zip(*of_each, strict=True)]
                cursor.execute(self.statement(statement), columns)

    def write_outbox(self, cursor: Cursor[Any], rows: Mapping[int, Sequence[OutboxRow]]) -> None:
        """Put messages in line for the relay, by partition."""
        packed = [outbox_row(partition, row) for partition, own in rows.items() for row in own]
        if packed:
            self._copy(cursor, _SQL["copy_outbox"], packed)

    def _copy(
        self,
        cursor: Cursor[Any],
        statement: str,
        rows: Iterable[bytes],
        partition: int | None = None,
    ) -> None:
        with cursor.copy(self.statement(statement, partition)) as copy:
            copy.write(b"".join((HEADER, *rows, TRAILER)))

    def write_parked(
        self,
        cursor: Cursor[Any],
        partition: int,
        before: dict[str, Parked],
        after: dict[str, Parked],
    ) -> None:
        """Write who is parked now and was not, or has more waiting; and who is released."""
        for subject_id in before.keys() - after.keys():
            cursor.execute(self.statement(_SQL["release"]), (partition, subject_id))
        for subject_id, parked in after.items():
            if before.get(subject_id) != parked:
                cursor.execute(
                    self.statement(_SQL["park"]), (partition, *msgspec.structs.astuple(parked))
                )

    def due(
        self,
        cursor: Cursor[Any],
        partition: int,
        on: date,
        rules_changed_on: date,
        after: str,
        limit: int,
    ) -> list[Due]:
        """Give subjects after one whose next change by time has come, at most `limit` of them.

        Those last assessed before `rules_changed_on` are due too: a rule appended since does not
        stand in their row.
        """
        cursor.execute(
            self.statement(_SQL["due"], partition),
            {"on": on, "rules": rules_changed_on, "after": after, "limit": limit},
            binary=True,
        )
        return [Due(*row) for row in cursor.fetchall()]

    def count_due(
        self, cursor: Cursor[Any], partition: int, on: date, rules_changed_on: date
    ) -> tuple[int, int]:
        """Count the subjects that are due, and all of the partition; reads the partition once."""
        cursor.execute(
            self.statement(_SQL["count_due"], partition),
            {"on": on, "rules": rules_changed_on},
        )
        due, subjects = cursor.fetchone() or (0, 0)
        return due, subjects

    def count_rows(self, connection: Connection[Any], table: str) -> int:
        """Count the rows of a table."""
        counted = sql.SQL(_SQL["count_rows"]).format(table=self.table(table))
        ((rows,),) = connection.execute(counted).fetchall()
        return int(rows)
