"""Every text that an event says: one by one, with its field, or all of them at once. Pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec

from events.envelope import Envelope
from events.event import EVENT_TYPES, field_mark, field_parts
from events.fields import Holds, Text
from events.types.amendment import FieldChange, RecordCorrected
from events.types.declaration import ItemValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from events.event import Event
    from events.fields import Mark

_WRITTEN_ANEW: Final = frozenset({"remarks", "attestation"})
SUBJECT: Final = "envelope.subject_id"
_IDS: Final = (SUBJECT, "envelope.event_id")
_ITEMS: Final = "items."
_ITEM_TEXT: Final = Text(Holds.WORDS)
"""What an item says may be free words, as long as those of a field."""

_WORDLESS: Final = (StrEnum, date, int)
"""Codes of an enum, days, numbers and truth values hold no words."""


def texts_of(event: Event) -> Iterator[tuple[str, str, Mark | None]]:
    """Walk through every text of an event with its field's name, and what that field is."""
    for owner in (event.envelope, event):
        for name, path, mark in _places(type(owner)):
            value = getattr(owner, name)
            kind = type(value)
            if kind is str:
                yield path, value, mark
            elif kind is list or kind is tuple:
                for item in value:
                    yield from _texts_in(event, path, mark, item)
            elif value is not None and kind is not date and kind is not int:
                yield from _texts_in(event, path, mark, value)


def texts_but_ids(event: Event) -> list[str]:
    """Give all texts that are not empty, but the ids of the event and of its subject."""
    alone, others = _fields_of_texts(type(event))
    texts = list(filter(None, alone(event)))
    for name in others:
        value = getattr(event, name)
        for item in value if isinstance(value, (list, tuple)) else (value,):
            texts += [text for _, text, _ in _texts_in(event, name, None, item) if text]
    return texts


@cache
def _places(kind: type) -> tuple[tuple[str, str, Mark | None], ...]:
    """Give the fields of a record, or of the envelope: name, path as reasons have it, what it is.

    Admission writes remarks and attestation anew, so nothing is said there.
    """
    names: tuple[str, ...] = getattr(kind, "__struct_fields__", ())
    if kind is Envelope:
        said = ((name, f"envelope.{name}") for name in names if name not in _WRITTEN_ANEW)
    else:
        said = ((name, name) for name in names)
    return tuple((name, path, field_mark(kind, path)) for name, path in said)


@cache
def _fields_of_texts(kind: type) -> tuple[Callable[[Event], tuple[str | None, ...]], list[str]]:
    """Give what reads all fields that are one text, and the names of those that hold several."""
    paths = [path for owner in (Envelope, kind) for _, path, _ in _places(owner)]
    hints = {path: field_parts(kind, path) for path in paths if path not in _IDS}
    alone = [path for path, parts in hints.items() if parts == {str}]
    others = [path for path in hints if path not in alone and not is_wordless(kind, path)]
    return attrgetter(*alone), others


def is_wordless(kind: type, field: str) -> bool:
    """Say whether a field of a record can hold no text, whatever it says."""
    parts = field_parts(kind, field)
    return all(isinstance(part, type) and issubclass(part, _WORDLESS) for part in parts)


def _texts_in(
    event: Event, path: str, mark: Mark | None, item: object
) -> Iterator[tuple[str, str, Mark | None]]:
    if type(item) is str:
        yield path, item, mark
    elif isinstance(item, (StrEnum, date)):
        return  # One of a list of codes, or a day: these hold no words.
    elif isinstance(item, FieldChange):
        of = _mark_of_change(event, item.field) if isinstance(event, RecordCorrected) else None
        yield f"changes.{item.field}", _said(item), of
    elif isinstance(item, ItemValue):
        yield f"{_ITEMS}{item.item}", item.value, _ITEM_TEXT
    elif isinstance(item, msgspec.Struct) and not isinstance(item, Envelope):
        yield path, str(getattr(item, "value", "")), mark


def _said(change: FieldChange) -> str:
    """Give the text that a correction puts in place: JSON may spell any character as a number."""
    try:
        value = msgspec.json.decode(change.value)
        if isinstance(value, str):
            return value
        return "" if value is None else msgspec.json.encode(value).decode()
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return change.value


def _mark_of_change(event: RecordCorrected, field: str) -> Mark | None:
    """Give what a field is that a correction names: it is of the record that it corrects."""
    kind = EVENT_TYPES.get(event.record_type)
    return None if kind is None else field_mark(kind, field)
