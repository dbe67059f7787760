"""The fast way from values to bytes, compiled: a plan made of the Avro schema, followed by field.

The counterpart of `events.wire.reader`, compiled as that is. It checks nothing: `encoding` makes
the plans and says what may be given. Pieces are gathered in a list and joined once, for a list is
what a compiled module appends to fastest.
"""

from __future__ import annotations

from datetime import date
from sys import intern
from typing import Any, Final

from mypy_extensions import i64  # noqa: TC002 - mypyc needs it at run time

_TEXT: Final = 0
_INTEGER: Final = 1
_BOOLEAN: Final = 2
_DATE: Final = 3
_ENUM: Final = 4
_OPTIONAL: Final = 5
_ARRAY: Final = 6
_RECORD: Final = 7

_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAYS_KEPT_MAX: Final = 65_536
_MORE: Final = 128
_SAFE_MAX: Final = 1 << 61
_NONE: Final = b"\x00"
_SOME: Final = b"\x02"
_END: Final = b"\x00"
_BYTES: Final = [bytes([number]) for number in range(256)]
_days: Final[dict[date, bytes]] = {}


class WritingPlan:
    """How to write one type: its kind, and what it is made of."""

    def __init__(
        self,
        kind: int,
        inner: list[WritingPlan],
        names: list[str] | None = None,
        symbols: dict[str, bytes] | None = None,
    ) -> None:
        """Describe a type; `names` are a record's fields, `symbols` an enum's, each as written."""
        self.kind: i64 = kind
        self.inner = inner
        # Interned, as the names of attributes are: that saves a tenth.
        self.names: list[str] = [intern(name) for name in names] if names is not None else []
        self.symbols: dict[str, bytes] = symbols if symbols is not None else {}


def write_record(frame: bytes, plan: WritingPlan, record: Any) -> bytes:
    """Write a record, whose attributes have the names of the plan, behind a frame."""
    parts = [frame]
    _write(parts, plan, record)
    return b"".join(parts)


def write_fields(frame: bytes, plan: WritingPlan, fields: dict[str, Any]) -> bytes:
    """Write a record, given by the names of its fields, behind a frame.

    Raises `KeyError` where a name is missing, or an enum has no such symbol.
    """
    parts = [frame]
    names = plan.names
    inner = plan.inner
    for at in range(len(names)):
        _write(parts, inner[at], fields[names[at]])
    return b"".join(parts)


def varint(number: int) -> bytes:
    """Write a number that is not negative, of any size, seven bits a byte, the lowest first."""
    out = bytearray()
    while number >= _MORE:
        out.append(number & 127 | _MORE)
        number >>= 7
    out.append(number)
    return bytes(out)


def _write(parts: list[bytes], plan: WritingPlan, value: Any) -> None:
    kind: i64 = plan.kind
    if kind == _OPTIONAL:
        if value is None:
            parts.append(_NONE)
            return
        parts.append(_SOME)
        plan = plan.inner[0]
        kind = plan.kind
    if kind == _TEXT:
        _write_text(parts, value)
    elif kind == _DATE:
        parts.append(_day(value))
    elif kind == _ENUM:
        parts.append(plan.symbols[value])
    elif kind == _INTEGER:
        _write_integer(parts, value)
    elif kind == _RECORD:
        names = plan.names
        inner = plan.inner
        for at in range(len(names)):
            _write(parts, inner[at], getattr(value, names[at]))
    elif kind == _BOOLEAN:
        parts.append(_BYTES[1 if value else 0])
    else:
        count: i64 = len(value)
        if count > 0:
            _write_count(parts, 2 * count)
            item = plan.inner[0]
            for each in value:
                _write(parts, item, each)
        parts.append(_END)


def _write_text(parts: list[bytes], value: Any) -> None:
    """Write a text, which may be given as its UTF-8."""
    if isinstance(value, bytes):
        data = value
    else:
        text: str = value
        data = text.encode()
    length: i64 = len(data)
    _write_count(parts, 2 * length)
    parts.append(data)


def _write_integer(parts: list[bytes], value: int) -> None:
    if not -_SAFE_MAX <= value <= _SAFE_MAX:
        parts.append(varint(2 * value if value >= 0 else -2 * value - 1))
        return
    number: i64 = value
    _write_count(parts, 2 * number if number >= 0 else -2 * number - 1)


def _write_count(parts: list[bytes], number: i64) -> None:
    while number >= _MORE:
        parts.append(_BYTES[number & 127 | _MORE])
        number >>= 7
    parts.append(_BYTES[number])


def _day(value: date) -> bytes:
    """Write a day as days since 1970."""
    packed = _days.get(value)
    if packed is None:
        days = value.toordinal() - _EPOCH
        packed = varint(2 * days if days >= 0 else -2 * days - 1)
        if len(_days) < _DAYS_KEPT_MAX:
            _days[value] = packed
    return packed
