"""The fields of each event type as a file may fill them, read off the event types themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin, get_type_hints

import msgspec

from events.envelope import Disclosure, Envelope
from events.event import EVENT_TYPES
from events.fields import Holds, Text, Time, holds, marked

if TYPE_CHECKING:
    from collections.abc import Mapping


@unique
class FieldKind(StrEnum):
    """How the value of a field is read."""

    TEXT = "text"
    CODE = "code"
    DAY = "day"
    END = "end"
    AMOUNT = "amount"
    INTEGER = "integer"
    YEAR = "year"
    PERIOD = "period"
    BOOLEAN = "boolean"
    SYMBOL = "symbol"
    SYMBOLS = "symbols"
    TEXTS = "texts"
    STRUCTS = "structs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: how it is read, and what stands in it when a file says nothing.

    `of` is the type of the value, or of each of several; `holder` what holds several of them.
    `codes` is the list that a code is of, where the field says one (`events.fields.Text`).
    """

    name: str
    kind: FieldKind
    of: Any
    holder: type[list[Any] | tuple[Any, ...]]
    in_envelope: bool
    needed: bool
    empty: Any
    codes: str | None = None


_CODES: Final = (Holds.CODE, Holds.NUMBER, Holds.PARTY, Holds.SUCCESSOR, Holds.EVENT_ID)
_AS_CODES: Final = frozenset({"event_id", "subject_id", "basis_document", "licence"})
"""Texts beside, of which a spreadsheet may have made a number."""

_OF_TIME: Final = {Time.YEAR: FieldKind.YEAR, Time.PERIOD: FieldKind.PERIOD}
_ENDS: Final = frozenset({"effective_until", "publish_until", "valid_until"})
_UNSAID: Final = frozenset({FieldKind.SYMBOL, FieldKind.BOOLEAN, FieldKind.INTEGER, FieldKind.YEAR})
"""Kinds that have no value of their own for "not said": admission cannot notice the lack."""

_DEFAULTS: Final = {"item_no": 1, "disclosure": Disclosure.AUTHORISED}


@cache
def fields_of(event_type: str) -> Mapping[str, Field]:
    """Give the fields of an event type by name, those of the envelope first."""
    fields: dict[str, Field] = {}
    for owner in (Envelope, EVENT_TYPES[event_type]):
        hints, marks = get_type_hints(owner), marked(owner)
        for info in msgspec.structs.fields(owner):
            # What a department signs are the bytes that are made of a file.
            if info.name not in ("envelope", "attestation"):
                said, mark = hints[info.name], marks.get(info.name)
                fields[info.name] = _field(info, said, mark, in_envelope=owner is Envelope)
    return fields


def _field(info: msgspec.structs.FieldInfo, said: Any, mark: Any, *, in_envelope: bool) -> Field:
    nullable = NoneType in get_args(said)
    of = next(part for part in get_args(said) if part is not NoneType) if nullable else said
    holder = tuple if get_origin(of) is tuple else list
    is_code = info.name in _AS_CODES or holds(mark, *_CODES)
    kind, of = _kind(info.name, of, is_code=is_code)
    if isinstance(mark, Time):
        kind = _OF_TIME[mark]
    return Field(
        name=info.name,
        kind=kind,
        of=of,
        holder=holder,
        in_envelope=in_envelope,
        needed=kind in _UNSAID and info.required and not (nullable or in_envelope),
        codes=mark.codes if isinstance(mark, Text) else None,
        empty=None if nullable else _DEFAULTS.get(info.name, _empty(kind, of, holder)),
    )


def _kind(name: str, of: Any, *, is_code: bool) -> tuple[FieldKind, Any]:
    if get_origin(of) in (list, tuple):
        item = get_args(of)[0]
        if item is str:
            return FieldKind.TEXTS, str
        return (FieldKind.SYMBOLS if issubclass(item, StrEnum) else FieldKind.STRUCTS), item
    if of is int and name.endswith("_fen"):
        return FieldKind.AMOUNT, int
    if of is date:
        return (FieldKind.END if name in _ENDS else FieldKind.DAY), date
    if of is str:
        return (FieldKind.CODE if is_code else FieldKind.TEXT), str
    if issubclass(of, StrEnum):
        return FieldKind.SYMBOL, of
    return {int: FieldKind.INTEGER, bool: FieldKind.BOOLEAN}[of], of


def _empty(kind: FieldKind, of: Any, holder: type) -> Any:
    """Give the neutral value that stands where nothing usable was given; a reason goes with it."""
    match kind:
        case FieldKind.SYMBOL:
            return next(iter(of))
        case FieldKind.SYMBOLS | FieldKind.TEXTS | FieldKind.STRUCTS:
            return holder()
        case FieldKind.BOOLEAN:
            return False
        case FieldKind.INTEGER | FieldKind.YEAR | FieldKind.AMOUNT:
            return 0
        case _:
            return ""
