"""When the read models were last checked against Kafka, and how many rows differed; not of whom."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec
from psycopg.errors import UndefinedTable

from events.envelope import Platform
from projections.store.statements import statements

if TYPE_CHECKING:
    from psycopg import Connection

_SQL: Final = statements(__name__)


class AuditKind(StrEnum):
    """How much was checked."""

    REPLAY = "replay"
    PARTITION = "partition"
    SUBJECT = "subject"


class Audit(msgspec.Struct, frozen=True):
    """The last check of its kind; a replay checks every partition, and names none."""

    platform: Platform
    kind: AuditKind
    partition: int | None
    at: datetime
    different: int


def note_audit(
    connection: Connection[Any],
    platform: Platform,
    kind: AuditKind,
    partition: int | None,
    at: datetime,
    different: int,
) -> None:
    """Keep that a check ran, in place of the last one of its kind."""
    try:
        connection.execute(_SQL["note"], (platform, kind, partition, at, different))
    except UndefinedTable:
        return  # A database of before; `up` makes the table.


def last_audits(connection: Connection[Any]) -> list[Audit]:
    """Give the last check of each kind, the newest first."""
    try:
        rows = connection.execute(_SQL["last"])
    except UndefinedTable:
        return []
    return [Audit(Platform(p), AuditKind(k), n, at, different) for p, k, n, at, different in rows]
