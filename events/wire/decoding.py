"""From bytes of the ledger to an event, by the fastest way that this machine has."""

from __future__ import annotations

from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Union, cast, get_args, get_origin, get_type_hints

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

    That is where the bytes were written with an older version, which has to be resolved.
    """
    schemas = load_schemas()
    schema = schemas.by_id(schema_id)
    kind = EVENT_TYPES.get(schema.record.removeprefix("credit."))
    if kind is None or schemas.current(schema.record) is not schema:
        return None
    return _plan(schema.writer, kind, {})


def _plan(schema: Any, hint: Any, named: dict[str, Any]) -> ReadingPlan:
    """Match an Avro type with the Python type it becomes. Raises `TypeError` where they differ."""
    if isinstance(schema, str):
        schema = named.get(schema, schema)
    match schema:
        case "string":
            return wire.ReadingPlan(0, [])
        case "long":
            return wire.ReadingPlan(1, [])
        case "int":
            return wire.ReadingPlan(1, [], limit=(1 << 31) - 1)
        case "boolean":
            return wire.ReadingPlan(2, [])
        case {"logicalType": "date"}:
            return wire.ReadingPlan(3, [])
        case {"type": "enum", "symbols": symbols, "name": name}:
            named[name] = schema
            enum = cast("type[StrEnum]", hint)
            return wire.ReadingPlan(4, [], symbols=[enum(symbol) for symbol in symbols])
        case ["null", branch]:
            return wire.ReadingPlan(5, [_plan(branch, _without_none(hint), named)])
        case {"type": "array", "items": items}:
            # The class of a field named `list` writes its other lists as tuples.
            build = tuple if get_origin(hint) is tuple else None
            return wire.ReadingPlan(6, [_plan(items, get_args(hint)[0], named)], build=build)
        case {"type": "record", "fields": fields, "name": name}:
            named[name] = schema
            hints = get_type_hints(hint)
            if tuple(field["name"] for field in fields) != hint.__struct_fields__:
                raise TypeError(f"{name}: the fields of schema and class differ")
            inner = [_plan(field["type"], hints[field["name"]], named) for field in fields]
            return wire.ReadingPlan(7, inner, build=hint)
    raise TypeError(f"no plan for the Avro type {schema!r}")


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in (Union, UnionType):
        return hint
    return next(part for part in get_args(hint) if part is not NoneType)
