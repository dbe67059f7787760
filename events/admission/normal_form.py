"""The normal form of a submission: what is only a matter of writing is mended, and no more.

What nobody sees (zero width, soft hyphens, byte order marks) is taken out of every text, and the
private codes of GB 18030 become those of Unicode: two texts that read alike are alike. What turns
the direction of reading is left for the check of texts, which refuses it.
"""

from __future__ import annotations

from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args
from uuid import UUID

import msgspec

from events.admission.event_texts import is_wordless
from events.admission.parties import normal_party
from events.characters import as_seen
from events.envelope import Platform
from events.event import field_mark, field_type
from events.fields import Holds, Text, holds
from events.identifiers import normalise_code
from events.numbers import written_number
from events.roles import OperatorsWord
from events.types.amendment import FieldChange
from events.types.declaration import ItemValue
from events.types.subject import Alias

if TYPE_CHECKING:
    from collections.abc import Callable

    from events.envelope import Envelope
    from events.event import Event


def normalised(event: Event, platform: Platform) -> Event:
    """Mend case, width and blanks around codes, numbers and ids; take out what nobody sees."""
    changes: dict[str, Any] = {"envelope": _normal_envelope(event, platform)}
    for field, form in _forms(type(event)):
        value = getattr(event, field)
        if isinstance(value, (list, tuple)):
            changes[field] = type(value)(map(form, value))
        elif value is not None:
            changes.setdefault(field, form(value))
    return msgspec.structs.replace(event, **changes)


def _seen(value: Any) -> Any:
    """Give a text, or a pair that holds one as its value, without what nobody sees."""
    if type(value) is str:
        return as_seen(value)
    if isinstance(value, (Alias, FieldChange, ItemValue)):
        return msgspec.structs.replace(value, value=as_seen(value.value))
    return value


def with_envelope(event: Event, **changes: object) -> Event:
    """Give the event with some fields of its envelope replaced."""
    envelope = msgspec.structs.replace(event.envelope, **changes)
    return msgspec.structs.replace(event, envelope=envelope)


def _normal_envelope(event: Event, platform: Platform) -> Envelope:
    envelope = event.envelope
    subject_id = envelope.subject_id
    if not isinstance(event, OperatorsWord):  # An operator has to name a key just as it stands.
        subject_id = subject_id.strip()
        if platform is Platform.ORGANISATION:
            subject_id = normalise_code(subject_id)
    return msgspec.structs.replace(
        envelope,
        subject_id=subject_id,
        subject_name=as_seen(envelope.subject_name).strip() or None
        if envelope.subject_name
        else None,
        authority=as_seen(envelope.authority).strip() or None if envelope.authority else None,
        department=_normal_code(envelope.department),
        region=normalise_code(envelope.region),
        category=_normal_code(envelope.category),
        document_no=written_number(envelope.document_no),
        legal_basis=as_seen(envelope.legal_basis).strip(),
        event_id=_normal_code(envelope.event_id),
        attestation=None,  # Admission says it, of what it verified.
    )


def _normal_code(text: str) -> str:
    return as_seen(text).strip().lower()


def _normal_event_id(text: str) -> str:
    """Give an event id in its one form, which chains and tables are keyed by; else what it was."""
    try:
        return str(UUID(as_seen(text).strip()))
    except ValueError:
        return _normal_code(text)


def _known_number(text: str) -> str | None:
    return written_number(text) or None


@cache
def _forms(kind: type[msgspec.Struct]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """Give the fields of an event type that may hold texts, each with the form of its own."""
    fields = (field for field in kind.__struct_fields__ if not is_wordless(kind, field))
    return tuple((field, _form(kind, field)) for field in fields)


def _form(kind: type, field: str) -> Callable[[Any], Any]:
    mark = field_mark(kind, field)
    if holds(mark, Holds.EVENT_ID):
        return _normal_event_id
    if holds(mark, Holds.NUMBER):
        return _known_number if NoneType in get_args(field_type(kind, field)) else written_number
    if holds(mark, Holds.PARTY, Holds.SUCCESSOR):
        return normal_party
    if isinstance(mark, Text) and mark.codes == "department":
        return _normal_code
    return _seen
