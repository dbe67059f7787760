"""Check a subject or a partition against Kafka: fold it anew beside the live rows, and compare.

As a replay, of a part: rows that somebody altered in the database are found and named field by
field, packed ones unpacked. What is told across subjects rests on other partitions too, so only a
replay compares it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.rulebook import load_rulebook
from events.wire.decoding import decode_event
from ops.audit.comparison import COMPARED
from ops.audit.ledger import LedgerReader
from ops.audit.replay import LOCK_KEY
from ops.terms.language import spoken
from projections.calendar.rules import RuleCalendar
from projections.fold.state import decode_state
from projections.ledger.message import Raw, Unread
from projections.projector import Projector
from projections.store.control.audits import AuditKind, note_audit
from projections.store.database import (
    create_version,
    database_schema,
    drop_version,
    live_schema,
    next_version,
)
from projections.store.session import commit_unsynced, lock_session
from projections.store.statements import statements
from projections.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ops.local.stack import Stack

ROWS_SHOWN_MAX: Final = 20
_ACROSS: Final = frozenset({"related_told"})
"""What rests on other partitions."""
_OF_NO_SUBJECT: Final = frozenset({"reporting"})
_SPLIT: Final = frozenset({"event", "profile"})
_ABSENT: Final = "(absent)"
_SQL: Final = statements(__name__)
_BATCH_MESSAGES: Final = 50_000


class PartitionUnknownError(LedgerError):
    """The ledger has no such partition: `credit-ledger topics` says how many there are."""


class FieldDiffers(msgspec.Struct, frozen=True):
    """A field of a row that stands otherwise in the database than the ledger has it."""

    field: str
    live: str
    ledger: str


class RowDiffers(msgspec.Struct, frozen=True):
    """A row that differs; `only` says where it stands if only one side has it."""

    table: str
    row: str
    only: str | None
    fields: list[FieldDiffers]


class Checked(msgspec.Struct, frozen=True):
    """What was checked up to before `end`, and what differs: `different` rows, the first shown."""

    platform: Platform
    partition: int
    subject_id: str | None
    end: int
    events: int
    different: int
    rows: list[RowDiffers]


def compare_rows(
    stack: Stack,
    platform: Platform,
    *,
    partition: int | None = None,
    subject_id: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Checked:
    """Fold a partition, or of it one subject, from Kafka, and compare every row of it.

    The live partition stands still for the comparison. Raises `PartitionUnknownError`.
    """
    with (
        psycopg.connect(stack.postgres, autocommit=True) as connection,
        LedgerReader(stack.kafka, platform) as reader,
    ):
        at = reader.partition_of(subject_id) if subject_id is not None else partition or 0
        if at not in reader.partitions:
            known = len(reader.partitions)
            raise PartitionUnknownError(
                f"{at}: the ledger has partitions 0 to {known - 1}", at=at, last=known - 1
            )
        lock_session(connection, LOCK_KEY)
        version = next_version(connection, platform)
        with connection.transaction():
            create_version(connection, platform, version)
        try:
            part = _Part(platform, at, subject_id, database_schema(platform, version))
            found = part.compared(connection, stack.postgres, reader, say)
        finally:
            drop_version(connection, platform, version)
        kind = AuditKind.PARTITION if subject_id is None else AuditKind.SUBJECT
        note_audit(connection, platform, kind, at, datetime.now(UTC), found.different)
    return found


class _Part:
    """A partition, or of it a subject, folded into a version of its own."""

    def __init__(
        self, platform: Platform, partition: int, subject_id: str | None, schema: str
    ) -> None:
        self._platform, self._partition, self._subject_id = platform, partition, subject_id
        self._fresh = Store(schema)
        calendar = RuleCalendar(load_rulebook())
        self._projector = Projector(platform, self._fresh, calendar, publishes=False)

    def compared(
        self,
        connection: psycopg.Connection[Any],
        postgres: str,
        reader: LedgerReader,
        say: Callable[[str], None],
    ) -> Checked:
        """Fold, catch up with the live rows while they stand still, and compare."""
        live = Store(live_schema(connection, self._platform))
        with psycopg.connect(postgres, autocommit=True) as beside:
            commit_unsynced(beside)
            with connection.cursor() as cursor:
                end = live.positions(cursor)[self._partition].next_offset
            say(spoken("reading", "progress", partition=self._partition, end=f"{end:,}"))
            events = self._fold(beside, reader, 0, end)
            with connection.transaction(), connection.cursor() as cursor:
                stands = live.lock_position(cursor, self._partition)
                events += self._fold(beside, reader, end, stands.next_offset)
                self._sweep(beside, stands.swept_on)
                rows, different = self._differences(connection, live)
        return Checked(
            self._platform,
            self._partition,
            self._subject_id,
            stands.next_offset,
            events,
            different,
            rows,
        )

    def _fold(
        self, connection: psycopg.Connection[Any], reader: LedgerReader, start: int, end: int
    ) -> int:
        """Apply what is of this part; of all else only the offsets. Give how many were."""
        key = None if self._subject_id is None else self._subject_id.encode()
        recorded_ms, count = 0, 0
        if start >= end:
            return 0
        for batch in reader.batches(self._partition, start, end, _BATCH_MESSAGES):
            ours: list[Raw] = []
            for raw in batch:
                if raw.unread is not Unread.NO_RECORD:
                    # Recorded times are monotone over the whole partition, not over a subject.
                    recorded_ms = max(recorded_ms, raw.timestamp_ms)
                if key is not None and raw.key != key:
                    ours.append(Raw(raw.offset, recorded_ms, None, None, (), Unread.NO_RECORD))
                    continue
                ours.append(msgspec.structs.replace(raw, timestamp_ms=recorded_ms))
                count += 1
            self._projector.apply(connection, self._partition, ours)
        return count

    def _sweep(self, connection: psycopg.Connection[Any], to: date) -> None:
        more = True
        while more:
            _, more = self._projector.sweep(connection, self._partition, to)

    def _differences(
        self, connection: psycopg.Connection[Any], live: Store
    ) -> tuple[list[RowDiffers], int]:
        rows: list[RowDiffers] = []
        different = 0
        for table, columns in COMPARED.items():
            skipped = _ACROSS if self._subject_id is None else _ACROSS | _OF_NO_SUBJECT
            if table in skipped:
                continue
            ours, theirs = (
                self._only(connection, one, other, table, columns)
                for one, other in ((live, self._fresh), (self._fresh, live))
            )
            keys = dict.fromkeys((*ours, *theirs))
            different += len(keys)
            rows += [_row(table, key, ours.get(key), theirs.get(key)) for key in keys]
        return rows[:ROWS_SHOWN_MAX], different

    def _only(
        self,
        connection: psycopg.Connection[Any],
        one: Store,
        other: Store,
        table: str,
        columns: str,
    ) -> dict[str, dict[str, Any]]:
        """Give the rows of this part that only one side has, by what names a row of the table."""
        text = _SQL["of_partition"] if self._subject_id is None else _SQL["of_subject"]
        name = f"{table}_{self._partition}" if table in _SPLIT else table
        query = sql.SQL(text).format(
            columns=sql.SQL(columns), one=one.table(name), other=other.table(name)
        )
        with connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(query, {"partition": self._partition, "subject": self._subject_id})
            return {_key(table, row): row for row in cursor}


_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "profile": ("subject_id",),
    "list_entry": ("entry_id",),
    "warning": ("warning_id",),
    "duty": ("duty_id",),
    "tie": ("offset", "other"),
    "handle": ("offset", "kind", "key"),
    "parked": ("subject_id",),
    "reporting": ("department", "category", "month"),
    "event": ("offset",),
}
"""What names a row to a person."""


def _key(table: str, row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {row[name]}" for name in _KEYS[table] if name in row)


def _row(
    table: str, key: str, live: Mapping[str, Any] | None, ledger: Mapping[str, Any] | None
) -> RowDiffers:
    if live is None or ledger is None:
        return RowDiffers(table, key, "ledger" if live is None else "database", [])
    ours, theirs = dict(_flat(_unpacked(live))), dict(_flat(_unpacked(ledger)))
    fields = [
        FieldDiffers(name, ours.get(name, _ABSENT), theirs.get(name, _ABSENT))
        for name in dict.fromkeys((*theirs, *ours))
        if ours.get(name) != theirs.get(name)
    ]
    return RowDiffers(table, key, None, fields)


def _unpacked(row: Mapping[str, Any]) -> dict[str, Any]:
    """Unpack a state or a message; what cannot be read any more is said to be so."""
    found = dict(row)
    for column, decode in (("state", decode_state), ("value", decode_event)):
        if isinstance(found.get(column), bytes):
            try:
                found[column] = decode(found[column])
            except (msgspec.MsgspecError, LedgerError) as error:
                found[column] = f"(unreadable: {type(error).__name__}) {found[column][:40].hex()}"
    return found


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Give every leaf by its path, as text."""
    names = getattr(value, "__struct_fields__", None) or getattr(value, "_fields", None)
    if names is not None:
        value = {name: getattr(value, name) for name in names}
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        for n, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{n}]")
    else:
        yield path, str(value)
