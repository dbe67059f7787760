"""From bytes of the ledger to an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.codec import decode_record
from events.types import event_from_record

if TYPE_CHECKING:
    from events.types import Event


def decode_event(value: bytes) -> Event:
    """Decode one ledger message.

    Raises `UndecodableError` for damaged bytes and `SchemaUnknownError` for an id not listed.
    """
    schema, record = decode_record(value)
    return event_from_record(schema.record, record)
