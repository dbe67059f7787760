"""Where an event stands in the ledger, by its id; and subjects by lot, for whoever audits a part.

No index knows ids of events one by one, since every event would pay for it. Of a subject that is
named, its messages are looked at; else a filter tells in which pages an id may stand, and those are
read. Tables that were made before there was one are looked through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

import msgspec

from events.errors import LedgerError
from events.wire.decoding import decode_event
from projections.ledger.message import Message
from projections.store.erasing.erasures import is_shown
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from psycopg import Connection

    from events.envelope import Platform

_SQL: Final = statements(__name__, is_shown=is_shown("e"))


class EventPlace(NamedTuple):
    """The partition and offset at which an event was recorded, whose it is, and its value."""

    partition: int
    offset: int
    subject_id: str
    value: bytes


def place_of_event(
    connection: Connection[Any], platform: Platform, event_id: str, subject_id: str | None = None
) -> EventPlace | None:
    """Give where an event was recorded first; None where there is none, or it is no id."""
    try:
        text = str(UUID(event_id))
    except ValueError:
        return None
    at = live(connection, platform)
    given = {"text": text.encode(), "subject": subject_id}
    if subject_id is not None:
        asked = at.statement(_SQL["of_subject"], at.partition_of(subject_id))
        rows = connection.execute(asked, given).fetchall()
    else:
        with connection.transaction():
            connection.execute(_SQL["by_filter"])
            rows = connection.execute(at.statement(_SQL["of_id"]), given).fetchall()
    return next((EventPlace(*row) for row in rows if _id_of(row[3]) == text), None)


def message_at(
    connection: Connection[Any], platform: Platform, partition: int, offset: int
) -> Message | None:
    """Give the message at a place of the ledger; None where the read models have none there."""
    at = live(connection, platform)
    if not 0 <= partition < at.partitions:
        return None
    place = {"partition": partition, "offset": offset}
    rows = connection.execute(at.statement(_SQL["at"], partition), place).fetchall()
    return next((Message(offset, row[1], str(row[0]).encode(), row[2]) for row in rows), None)


def subjects_by_lot(
    connection: Connection[Any], platform: Platform, count: int, lot: str
) -> list[str]:
    """Give some subjects at random, nobody whose erasure is approved; the same lot, the same."""
    statement = live(connection, platform).statement(_SQL["of_subjects_by_lot"])
    return [str(row[0]) for row in connection.execute(statement, {"count": count, "lot": lot})]


def _id_of(value: bytes) -> str | None:
    try:
        return decode_event(value).envelope.event_id
    except (LedgerError, msgspec.ValidationError):
        return None
