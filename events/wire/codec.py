"""Values to and from bytes on the wire: Confluent framing (byte 0, 4-byte schema id, Avro body).

Bytes come from strangers, so decoding raises `UndecodableError` or `SchemaUnknownError`, and
nothing else; it never believes a length before the bytes are there.
"""

from __future__ import annotations

import re
import struct
from datetime import UTC
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from fastavro import schemaless_reader, schemaless_writer
from fastavro.read import SchemaResolutionError

from events.errors import LedgerError
from events.wire.schemas import SchemaEntry, load_schemas

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

CONTENT_TYPE = "application/avro"

_FRAME = struct.Struct(">BI")
FRAME_BYTES: Final = _FRAME.size
"""Bytes before the Avro body: the magic byte and the schema id."""
_MAGIC = 0
_TYPE_PREFIX = "cn.zj."  # reverse DNS of who defines the types, before the record's full name
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_RANGE = {"int": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}
_BROKEN = (
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    SchemaResolutionError,
    TypeError,
    ValueError,
    struct.error,
)


class UndecodableError(LedgerError):
    """The bytes are no message of the ledger."""


class UnencodableError(LedgerError):
    """The value does not fit the schema of its record."""


def encode_record(record: str, value: Mapping[str, Any]) -> bytes:
    """Encode a value as the current version of `record` (full name), framed with its schema id.

    Days may be dates or day numbers since 1970. A field that has a default may be missing; one
    that the schema does not know raises UnencodableError, for it would be lost without a word.
    """
    entry = load_schemas().current(record)
    buffer = BytesIO()
    buffer.write(_FRAME.pack(_MAGIC, entry.id))
    try:
        _refuse_wrong_integers(entry.id, value)
        schemaless_writer(buffer, entry.writer, value, strict_allow_default=True)
    except (AttributeError, *_BROKEN) as error:
        raise UnencodableError(f"{record}: {error}") from error
    return buffer.getvalue()


def decode_record(data: bytes) -> tuple[SchemaEntry, dict[str, Any]]:
    """Decode to the schema it was written with and its value as today's version of the record.

    Days are `datetime.date`, timestamps aware datetimes. Raises UndecodableError or
    SchemaUnknownError.
    """
    entry = schema_of(data)
    current = load_schemas().current(entry.record)
    reader = None if current is entry else current.writer
    return entry, _read(data, entry.writer, reader, current.id)


def decode_plain(data: bytes) -> tuple[SchemaEntry, dict[str, Any]]:
    """Decode as `decode_record` does, but leave days as day numbers and timestamps as integers."""
    entry = schema_of(data)
    current = load_schemas().current(entry.record)
    reader = None if current is entry else current.plain
    return entry, _read(data, entry.plain, reader, current.id)


def schema_of(data: bytes) -> SchemaEntry:
    """Read only the frame: which schema the body is written with."""
    if len(data) < _FRAME.size:
        raise UndecodableError(f"{len(data)} bytes are too few for a frame")
    magic, schema_id = _FRAME.unpack_from(data)
    if magic != _MAGIC:
        raise UndecodableError(f"first byte is {magic}, not {_MAGIC}")
    return load_schemas().by_id(schema_id)


def cloud_event_headers(
    *,
    event_id: str,
    record: str,
    source: str,
    time: datetime,
    subject_id: str | None = None,
    schema_id: int | None = None,
    schema_base: str | None = None,
    traceparent: str | bytes | None = None,
) -> list[tuple[str, bytes]]:
    """Give the Kafka headers of CloudEvents 1.0 in binary mode, in a fixed order.

    `source` is a URI reference such as `department_source(code)`; `time` must be aware.
    `ce_dataschema` must be an absolute URI, so it stands only where `schema_base` (the query
    service's own address) is given. A `traceparent` that is not W3C's is dropped, not passed on.
    """
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_type", cloud_event_type(record).encode()),
        ("ce_source", source.encode()),
        ("ce_time", _rfc3339(time).encode()),
    ]
    if subject_id:
        headers.append(("ce_subject", subject_id.encode()))
    if schema_base:
        written_with = schema_id or load_schemas().current(record).id
        schema = f"{schema_base.rstrip('/')}/schemas/ids/{written_with}"
        headers.append(("ce_dataschema", schema.encode()))
    headers.append(("content-type", CONTENT_TYPE.encode()))
    if traceparent:
        trace = traceparent.encode() if isinstance(traceparent, str) else traceparent
        if _TRACEPARENT.fullmatch(trace):
            headers.append(("traceparent", trace))
    return headers


def department_source(department: str) -> str:
    """Give the CloudEvents source of what a department said."""
    return f"/departments/{department}"


@cache
def cloud_event_type(record: str) -> str:
    """Give the CloudEvents type of a record's full name.

    Always `.v1`: under FULL_TRANSITIVE no version of a record changes what it means; what would
    is a new record.
    """
    return f"{_TYPE_PREFIX}{record}.v1"


def _read(data: bytes, writer: Any, reader: Any, checked_as: int) -> dict[str, Any]:
    buffer = BytesIO(data)
    buffer.seek(_FRAME.size)
    try:
        value: dict[str, Any] = schemaless_reader(buffer, writer, reader)
        _refuse_wrong_integers(checked_as, value)
    except _BROKEN as error:
        raise UndecodableError(f"{writer['name']}: {str(error) or 'ends too early'}") from error
    if buffer.tell() != len(data):
        raise UndecodableError(f"{writer['name']}: {len(data) - buffer.tell()} bytes too many")
    return value


def _refuse_wrong_integers(schema_id: int, value: Mapping[str, Any]) -> None:
    """Raise where fastavro is silent: an `int` beyond 32 bits, which no other reader could read.

    On the way out it also cuts 1.5 down to 1 and writes True as 1.
    """
    for path, low, high in _integer_paths(schema_id):
        held: Any = value
        for name in path:
            held = held.get(name)
            if held is None:
                break
        else:
            kind = type(held)
            if kind is int:
                if not low <= held <= high:
                    raise OverflowError(f"{'.'.join(path)} is out of range")
            elif kind is float or kind is bool:
                raise TypeError(f"{'.'.join(path)} is no integer")


@cache
def _integer_paths(schema_id: int) -> tuple[tuple[tuple[str, ...], int, int], ...]:
    """Find the integer fields of a schema, also inside records and optional values.

    Integers inside lists are not looked for; a test of the schemas refuses such a field.
    """
    paths: list[tuple[tuple[str, ...], int, int]] = []

    def walk(schema: Any, path: tuple[str, ...]) -> None:
        match schema:
            case "int" | "long":
                paths.append((path, *_RANGE[schema]))
            case list():
                for branch in schema:
                    walk(branch, path)
            case {"type": "record", "fields": fields}:
                for each in fields:
                    walk(each["type"], (*path, each["name"]))
            case {"type": "int" | "long" as primitive}:
                walk(primitive, path)

    walk(load_schemas().by_id(schema_id).plain, ())
    return tuple(paths)


def _rfc3339(time: datetime) -> str:
    if time.tzinfo is None:
        raise UnencodableError("the time of an event needs a time zone")
    return f"{time.astimezone(UTC).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
