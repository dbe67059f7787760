"""Deterministic identities: a retry has the id of the first try, so the fold can drop it."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from events.event import event_type, is_amendment
from events.numbers import number_key

if TYPE_CHECKING:
    from events.envelope import Platform
    from events.event import Event

# The namespace of all ids of this ledger; itself a UUIDv5 of "credit-ledger" in the DNS namespace.
NAMESPACE: Final = UUID("72fc7892-cd36-5b9e-be53-79a202015640")

_SEPARATOR: Final = "\x1f"  # A unit separator cannot occur in any part: admission refuses it.
_BEGUN: Final = hashlib.sha1(NAMESPACE.bytes, usedforsecurity=False)
_encoder: Final = msgspec.json.Encoder(order="sorted")

_VARIANTS: Final = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
"""The digit that says by which scheme an id was made (RFC 9562), with the two bits left of it."""


def derived_id(*parts: str) -> str:
    """Give the UUIDv5 of an ordered list of texts.

    Worked out here, as two of each notice take `uuid.uuid5` as long as concluding it; a test holds
    this to that.
    """
    # Begun once: to begin a digest takes OpenSSL longer than to work out one of these.
    begun = _BEGUN.copy()
    begun.update(_SEPARATOR.join(parts).encode())
    digest = begun.hexdigest()
    variant = _VARIANTS[digest[16]]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def content(event: Event) -> bytes:
    """Give the canonical bytes of what an event says.

    Left out is what does not belong to it: its id, the day an importer saw it, admission's remarks,
    whether it was signed. And what it leaves unsaid: a field that a later schema adds must not make
    another of it.
    """
    envelope = msgspec.structs.replace(
        event.envelope, event_id="", observed_on=None, remarks=[], attestation=None
    )
    return _encoder.encode(_said(event) | {"envelope": _said(envelope)})


def meaning(event: Event) -> bytes:
    """Give the canonical bytes of what an event means: as `content`, whatever its numbers' writing.

    By it a repeat is told from a conflict. Ids are drawn from `content`, which nobody may change.
    """
    envelope = event.envelope
    changes: dict[str, Any] = {
        "envelope": msgspec.structs.replace(envelope, document_no=number_key(envelope.document_no))
    }
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if name.endswith("_no") and type(value) is str:
            changes[name] = number_key(value)
    return content(msgspec.structs.replace(event, **changes))


def _said(struct: msgspec.Struct) -> dict[str, Any]:
    """Give the fields that say something: all that must be given, and what is not the default."""
    said: dict[str, Any] = {}
    for name, unsaid in _fields(type(struct)):
        value = getattr(struct, name)
        if unsaid is msgspec.NODEFAULT or value != unsaid:
            said[name] = value
    return said


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, Any], ...]:
    """Give the fields of a class, each with the value that says nothing, or `NODEFAULT`.

    Looked up once a class: msgspec evaluates annotations anew each time, for half a millisecond.
    """
    return tuple(
        (
            field.name,
            field.default
            if field.default_factory is msgspec.NODEFAULT
            else field.default_factory(),
        )
        for field in msgspec.structs.fields(kind)
    )


def event_id(platform: Platform, event: Event) -> str:
    """Derive the id of an event from what names it in the world (design, 3)."""
    envelope = event.envelope
    if is_amendment(event) or not envelope.document_no:
        number = hashlib.sha256(content(event)).hexdigest()
    else:
        number = number_key(envelope.document_no)
    return derived_id(
        platform,
        envelope.department,
        event_type(event),
        number,
        envelope.subject_id,
        str(envelope.item_no),
    )
