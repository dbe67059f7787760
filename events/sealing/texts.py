"""Which texts of an event about a person are sealed, and the event with them sealed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.event import EVENT_TYPES, field_mark
from events.fields import Holds, holds
from events.sealing.form import SealedPlace
from events.types.amendment import FieldChange, RecordCorrected

if TYPE_CHECKING:
    from events.event import Event

_PERSONAL: Final = (Holds.WORDS, Holds.PERSON_NAME)
_ENVELOPE: Final = "envelope."

SHOWN_NUMBER: Final = "shown_number"
"""Where a masked number stands: beside a record, in the vault; no event has such a field."""

Seal = Callable[[SealedPlace, str], str]
"""Seals a text for its place."""


def is_personal(kind: type, field: str) -> bool:
    """Say whether a field may hold a person's name or words, and so is sealed."""
    return holds(field_mark(kind, field), *_PERSONAL)


def record_of(event: Event, event_id: str) -> str:
    """Give the id of the record whose key an event's texts are sealed with.

    `event_id` is the event's own. What amends a record goes with that record's key.
    """
    return getattr(event, "concerns", event_id)


def sealed_place(event: Event, event_id: str, field: str) -> SealedPlace:
    """Give where a text stands: what a correction puts into a field stands there."""
    name = field.removeprefix("changes.").removeprefix(_ENVELOPE)
    return SealedPlace(event.envelope.subject_id, record_of(event, event_id), name)


def with_texts_sealed(event: Event, seal: Seal) -> Event:
    """Give the event with its names and free texts sealed; its id is that of before."""
    event_id = event.envelope.event_id

    def sealed(field: str, text: str | None) -> str | None:
        return seal(sealed_place(event, event_id, field), text) if text else text

    changes: dict[str, Any] = {}
    envelope = event.envelope
    changes["envelope"] = msgspec.structs.replace(
        envelope, subject_name=sealed("envelope.subject_name", envelope.subject_name)
    )
    for field in event.__struct_fields__:
        if field != "envelope" and is_personal(type(event), field):
            changes[field] = sealed(field, getattr(event, field))
    if isinstance(event, RecordCorrected):
        kind = EVENT_TYPES.get(event.record_type)
        changes["changes"] = [
            _sealed_change(each, seal, sealed_place(event, event_id, each.field))
            if kind is not None and is_personal(kind, each.field)
            else each
            for each in event.changes
        ]
    return msgspec.structs.replace(event, **changes)


def _sealed_change(change: FieldChange, seal: Seal, place: SealedPlace) -> FieldChange:
    value = msgspec.json.decode(change.value)
    if not isinstance(value, str) or not value:
        return change
    return FieldChange(change.field, msgspec.json.encode(seal(place, value)).decode())
