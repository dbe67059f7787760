"""From bytes of the ledger to an event, by the fastest way that this machine has."""

from __future__ import annotations

from functools import cache
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    NamedTuple,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from events.event import EVENT_TYPES, event_from_record
from events.wire import reader as wire
from events.wire.codec import FRAME_BYTES, UndecodableError, decode_record, schema_of
from events.wire.schemas import load_schemas

if TYPE_CHECKING:
    from enum import StrEnum

    from events.event import Event
    from events.wire.reader import ReadingPlan

COMPILED: Final = not wire.__file__.endswith(".py")
"""Whether `reader` is compiled; uncompiled the general reader, itself in C, is faster."""


_PLAIN: Final = {"string": 0, "bytes": 8, "long": 1, "int": 1, "boolean": 2}
"""Kinds of plans by the Avro type that they read, of those that are told by a name."""

_MAX: Final = (1 << 63) - 1
_INT_MAX: Final = (1 << 31) - 1

_plans: Final[dict[bytes, ReadingPlan]] = {}
"""The plans met so far, by the frame of their messages."""


def decode_event(value: bytes) -> Event:
    """Decode one ledger message.

    Raises `UndecodableError` for damaged bytes and `SchemaUnknownError` for an id not listed.
    """
    return _decode_planned(value) if COMPILED else _decode_general(value)


def _decode_planned(value: bytes) -> Event:
    plan = _plans.get(value[:FRAME_BYTES])
    if plan is None:
        plan = _plan_of(schema_of(value).id)
        if plan is None:
            return _decode_general(value)
        _plans[value[:FRAME_BYTES]] = plan
    try:
        return cast("Event", wire.read_whole(plan, value, FRAME_BYTES))
    except ValueError as error:
        raise UndecodableError(f"{schema_of(value).record}: {error}") from error


def _decode_general(value: bytes) -> Event:
    schema, record = decode_record(value)
    try:
        return event_from_record(schema.record, record)
    except (KeyError, msgspec.ValidationError) as error:
        raise UndecodableError(f"{schema.record}: {error}") from error


@cache
def _plan_of(schema_id: int) -> ReadingPlan | None:
    """Make the plan of a schema, or None where it needs the general reader.

    An older version has a plan where what it lacks is filled in by a plain default; most of a
    ledger is of older versions once it has lived for some years.
    """
    schemas = load_schemas()
    schema = schemas.by_id(schema_id)
    kind = EVENT_TYPES.get(schema.record.removeprefix("credit."))
    if kind is None:
        return None
    current = schemas.current(schema.record)
    try:
        return _plan(schema.writer, current.writer, kind, _Named({}, {}))
    except (TypeError, ValueError):
        if current is schema:
            raise
        return None


class _Named(NamedTuple):
    """The types met so far by name, as they were written and as they are today."""

    written: dict[str, Any]
    today: dict[str, Any]


def _plan(schema: Any, today: Any, hint: Any, named: _Named) -> ReadingPlan:
    """Match an Avro type with that of today, and with the Python type it becomes.

    Raises `TypeError` where they differ by more than fields that have come since, and `ValueError`
    where the Python enum lacks a symbol.
    """
    if isinstance(schema, str) and isinstance(today, str):
        schema, today = named.written.get(schema, schema), named.today.get(today, today)
    match schema, today:
        case str(), str() if schema == today and schema in _PLAIN:
            return wire.ReadingPlan(_PLAIN[schema], [], limit=_INT_MAX if schema == "int" else _MAX)
        case {"logicalType": "date"}, {"logicalType": "date"}:
            return wire.ReadingPlan(3, [])
        case {"type": "enum", "symbols": symbols, "name": name}, {"type": "enum"}:
            named.written[name], named.today[today["name"]] = schema, today
            enum = cast("type[StrEnum]", hint)
            return wire.ReadingPlan(4, [], symbols=[enum(symbol) for symbol in symbols])
        case ["null", branch], ["null", later]:
            return wire.ReadingPlan(5, [_plan(branch, later, _without_none(hint), named)])
        case {"type": "array", "items": items}, {"type": "array", "items": later}:
            # The class of a field named `list` writes its other lists as tuples.
            build = tuple if get_origin(hint) is tuple else None
            inner = _plan(items, later, get_args(hint)[0], named)
            return wire.ReadingPlan(6, [inner], build=build)
        case {"type": "record", "fields": fields, "name": name}, {"type": "record"}:
            named.written[name], named.today[today["name"]] = schema, today
            return wire.ReadingPlan(7, _fields(fields, today, hint, named), build=hint)
    raise TypeError(f"no plan for the Avro type {schema!r}")


def _fields(fields: list[Any], today: Any, hint: Any, named: _Named) -> list[ReadingPlan]:
    """Match the fields of a record; of those that have come since, their default is given."""
    hints = get_type_hints(hint)
    if tuple(field["name"] for field in today["fields"]) != hint.__struct_fields__:
        raise TypeError(f"{today['name']}: the fields of schema and class differ")
    written = list(fields)
    plans: list[ReadingPlan] = []
    for field in today["fields"]:
        if written and written[0]["name"] == field["name"]:
            own = written.pop(0)
            plans.append(_plan(own["type"], field["type"], hints[field["name"]], named))
        else:
            plans.append(wire.ReadingPlan(9, [], build=_default(field, hints[field["name"]])))
    if written:
        raise TypeError(f"{today['name']}: fields were moved or taken away")
    return plans


def _default(field: Any, hint: Any) -> Any:
    """Give what a field that has come since says of what was written before it."""
    match field.get("default", ...):
        case None | bool() as default:
            return default
        case [] if get_origin(hint) is tuple:
            return ()
    raise TypeError(f"{field['name']}: no plan gives its default")


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in (Union, UnionType):
        return hint
    return next(part for part in get_args(hint) if part is not NoneType)
