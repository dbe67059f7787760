"""Events with other texts in place of their own, whatever their type."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, get_args, get_type_hints

import msgspec

from events.types.amendment import FieldChange
from events.types.subject import AliasScheme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.event import Event

_SAID: Final = "x"
_WRITTEN_ANEW: Final = "remarks"


def with_all_texts(event: Event) -> Event:
    """Give an event that leaves none of its texts and lists unsaid."""
    envelope = _with_all_texts(event.envelope)
    return msgspec.structs.replace(_with_all_texts(event), envelope=envelope)


def _with_all_texts(struct: Any) -> Any:
    changes: dict[str, Any] = {}
    for name, hint in get_type_hints(type(struct)).items():
        value = getattr(struct, name)
        if value is None and str in get_args(hint):
            changes[name] = _SAID
        elif value in ([], ()) and name != _WRITTEN_ANEW:
            (item, *_) = get_args(hint)
            said = _SAID if item is str else item(AliasScheme.OTHER, _SAID)
            changes[name] = type(value)([said])
    return msgspec.structs.replace(struct, **changes)


def said_otherwise(event: Event, texts: list[str]) -> Event:
    """Give an event that says other texts, as many as are given, in an order of their own."""
    left = iter(texts)
    envelope = _with_texts(event.envelope, left)
    return msgspec.structs.replace(_with_texts(event, left), envelope=envelope)


def _with_texts(struct: Any, left: Iterator[str]) -> Any:
    changes: dict[str, Any] = {}
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if type(value) is str:
            changes[name] = next(left, value)
        elif isinstance(value, (list, tuple)) and value and not isinstance(value[0], StrEnum):
            changes[name] = type(value)([_with_text(each, left) for each in value])
    return msgspec.structs.replace(struct, **changes)


def _with_text(item: Any, left: Iterator[str]) -> Any:
    if isinstance(item, str):
        return next(left, item)
    text = next(left, item.value)
    if isinstance(item, FieldChange) and not text.isdecimal():
        text = msgspec.json.encode(text).decode()
    return msgspec.structs.replace(item, value=text)
