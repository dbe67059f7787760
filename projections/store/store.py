"""The store of one platform's read models: what a batch loads, and what it writes.

One transaction a batch. Only SQL here, no rules: rows in, rows out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from psycopg import sql

from projections.ledger.message import Message, Parked
from projections.ledger.reading import read
from projections.notices.notice import DutyNotice, ListNotice, Notice, WarningNotice
from projections.store.statements import comma_separated, statements
from projections.store.tables.positions import PositionTable
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
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from psycopg import Connection, Cursor

    from projections.ledger.message import Known


_CHANGING: Final = ProfileRow._fields[2:]
_SQL: Final = statements(
    __name__,
    profile_columns=comma_separated(ProfileRow._fields),
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


class Store(PositionTable):
    """Statements over one version of the read models; each takes the cursor to run on."""

    def load_states(
        self, cursor: Cursor[Any], partition: int, subjects: Collection[str]
    ) -> dict[str, bytes]:
        """Load the states of those subjects that are known."""
        cursor.execute(
            self.statement(_SQL["load_states"], partition),
            (list(subjects),),
            binary=True,
        )
        return dict(cursor.fetchall())

    def load_parked(self, cursor: Cursor[Any], partition: int) -> dict[str, Parked]:
        """Load who is parked in a partition."""
        cursor.execute(
            self.statement(_SQL["load_parked"]),
            (partition,),
        )
        return {row[0]: Parked(*row) for row in cursor}

    def load_chains(
        self, cursor: Cursor[Any], partition: int, places: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], list[Known]]:
        """Load what the journal holds of these entries, each chain in ledger order."""
        if not places:
            return {}
        cursor.execute(
            self.statement(_SQL["load_chains"], partition),
            ([place[0] for place in places], [place[1] for place in places]),
            binary=True,
        )
        chains: dict[tuple[str, str], list[Known]] = {}
        for subject_id, entry_id, offset, recorded_ms, value in cursor:
            item = read(Message(offset, recorded_ms, subject_id.encode(), value))
            if item.known is not None:
                chains.setdefault((subject_id, entry_id), []).append(item.known)
        for chain in chains.values():
            chain.sort(key=lambda known: known.offset)
        return chains

    def load_messages(
        self,
        cursor: Cursor[Any],
        partition: int,
        subject_id: str,
        *,
        start: int = 0,
        end: int | None = None,
    ) -> list[Message]:
        """Load a subject's messages from offset `start` up to before `end`, in ledger order."""
        cursor.execute(
            self.statement(_SQL["load_messages"], partition),
            {"subject_id": subject_id, "start": start, "end": end},
            binary=True,
        )
        key = subject_id.encode()
        messages = [Message(row[0], row[1], key, row[2]) for row in cursor.fetchall()]
        messages.sort(key=lambda message: message.offset)
        return messages

    def write_events(self, cursor: Cursor[Any], partition: int, rows: Iterable[bytes]) -> None:
        """Copy packed rows into the journal."""
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
        partition: int,
        new: Sequence[ProfileRow],
        changed: Sequence[ProfileRow],
    ) -> None:
        """Write profile rows: of a few subjects in one statement, of many by COPY.

        Sorted by subject by the caller: unsorted upserts from two connections deadlock.
        """
        if len(new) + len(changed) <= _UPSERTED_MAX:
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
        self, cursor: Cursor[Any], partition: int, rows: Sequence[ProfileRow]
    ) -> None:
        if not rows:
            return
        cursor.execute(
            self.statement(_SQL["upsert_profiles"], partition),
            [list(column) for column in zip(*rows, strict=True)],
        )

    def write_notices(
        self,
        cursor: Cursor[Any],
        partition: int,
        generation: int,
        notices: Sequence[Notice],
        recorded: Mapping[int, int],
    ) -> None:
        """Write what was told: warnings to their journal, of lists and duties how they stand.

        `recorded` says when the events were recorded that brought about what time did not.
        """
        warnings = [
            warning_row(partition, generation, n, notice, came_about_ms(notice, recorded))
            for n, notice in enumerate(notices)
            if isinstance(notice, WarningNotice)
        ]
        if warnings:
            self._copy(cursor, _SQL["copy_warnings"], warnings)
        changes = last_changes(notice for notice in notices if isinstance(notice, ListNotice))
        if changes:
            cursor.execute(
                self.statement(_SQL["write_list_entries"]),
                (partition, msgspec.json.encode(changes).decode()),
            )
        duties = {each.duty_id: each for each in notices if isinstance(each, DutyNotice)}
        if duties:
            cursor.execute(
                self.statement(_SQL["write_duties"]),
                (partition, msgspec.json.encode(list(duties.values())).decode()),
            )

    def write_outbox(self, cursor: Cursor[Any], partition: int, rows: Sequence[OutboxRow]) -> None:
        """Put messages in line for the relay."""
        if rows:
            packed = [outbox_row(partition, row) for row in rows]
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
