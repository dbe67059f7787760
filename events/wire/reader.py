"""The fast way from bytes to events, compiled: a plan made of the Avro schema, followed by field.

Typed plain Python that mypyc compiles where there is a compiler (`make compile`): then it decodes
about ten times as fast as a general Avro reader, mostly because it builds the event itself. It
must give what `events.wire.codec` gives for the same bytes; a test holds it to that.
Only of damaged bytes it refuses more: branches and symbols below nought, truth values beyond 1.
"""

from __future__ import annotations

from datetime import date
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
_BYTES: Final = 8
_GIVEN: Final = 9

_EPOCH: Final = date(1970, 1, 1).toordinal()
_ITEMS_MAX: Final = 65_536
_DAYS_KEPT_MAX: Final = 65_536
_SHIFT_MAX: Final = 63
_SAFE_BITS: Final = 56
_MORE: Final = 128
_LONG_MAX: Final = (1 << 63) - 1
_INT_MAX: Final = (1 << 31) - 1
_days: Final[dict[int, date]] = {}


class MalformedError(ValueError):
    """The bytes do not follow the plan: too short, too long, or a value out of range."""


class ReadingPlan:
    """How to read one type: its kind, and what it is made of."""

    def __init__(
        self,
        kind: int,
        inner: list[ReadingPlan],
        build: Any = None,
        symbols: list[Any] | None = None,
        limit: int = _LONG_MAX,
    ) -> None:
        """Describe a type; `symbols` are the members of an enum.

        `build` is the class of a record, what an array's list becomes if not a list, or the value
        that is given where the bytes say nothing.
        """
        self.kind: i64 = kind
        self.inner = inner
        self.build = build
        self.symbols: list[Any] = symbols if symbols is not None else []
        self.limit = limit


class ByteCursor:
    """Bytes and how far they have been read."""

    def __init__(self, data: bytes, at: int) -> None:
        """Begin at a place."""
        self.data = data
        self.at: i64 = at
        self.end: i64 = len(data)

    def integer(self) -> int:
        """Read a zig-zag integer of up to 64 bits."""
        data = self.data
        at: i64 = self.at
        end: i64 = self.end
        shift: i64 = 0
        low: i64 = 0
        while True:
            if at >= end:
                raise MalformedError("the bytes end too early")
            byte: i64 = data[at]
            at += 1
            if shift < _SAFE_BITS:
                low |= (byte & 127) << shift
                if byte < _MORE:
                    self.at = at
                    return (low >> 1) ^ -(low & 1)
            else:
                return self._long(at, shift, low, byte)
            shift += 7

    def _long(self, at: i64, shift: i64, low: i64, byte: i64) -> int:
        """Finish an integer of more than eight bytes with Python's unbounded ones."""
        bits: int = low
        place: int = shift
        while True:
            bits |= int(byte & 127) << place
            if byte < _MORE:
                break
            place += 7
            if place > _SHIFT_MAX:
                raise MalformedError("an integer has more than 64 bits")
            if at >= self.end:
                raise MalformedError("the bytes end too early")
            byte = self.data[at]
            at += 1
        self.at = at
        value = (bits >> 1) ^ -(bits & 1)
        if not -_LONG_MAX - 1 <= value <= _LONG_MAX:
            raise MalformedError("an integer has more than 64 bits")
        return value

    def text(self) -> str:
        """Read a text."""
        return self.octets().decode("utf-8")

    def octets(self) -> bytes:
        """Read bytes, their length before them."""
        length: i64 = self.integer()
        at: i64 = self.at
        if length < 0 or length > self.end - at:
            raise MalformedError("a text is longer than the bytes")
        self.at = at + length
        return self.data[at : at + length]

    def read(self, plan: ReadingPlan) -> Any:
        """Read one value of the plan's type."""
        kind: i64 = plan.kind
        if kind == _TEXT:
            return self.text()
        if kind == _OPTIONAL:
            branch = self.integer()
            if branch == 0:
                return None
            if branch != 1:
                raise MalformedError("a union has no such branch")
            return self.read(plan.inner[0])
        if kind == _INTEGER:
            value = self.integer()
            if not -plan.limit - 1 <= value <= plan.limit:
                raise MalformedError("an integer is out of range")
            return value
        if kind == _DATE:
            return self.day()
        if kind == _ENUM:
            index = self.integer()
            if not 0 <= index < len(plan.symbols):
                raise MalformedError("an enum has no such symbol")
            return plan.symbols[index]
        if kind == _RECORD:
            values: list[Any] = [self.read(field) for field in plan.inner]
            return plan.build(*values)
        if kind == _BOOLEAN:
            return self.boolean()
        if kind == _BYTES:
            return self.octets()
        if kind == _GIVEN:
            return plan.build
        items = self.array(plan.inner[0])
        return items if plan.build is None else plan.build(items)

    def day(self) -> date:
        """Read a day, given as days since 1970."""
        number = self.integer()
        day = _days.get(number)
        if day is None:
            try:
                day = date.fromordinal(_EPOCH + number)
            except (ValueError, OverflowError):
                raise MalformedError("a day is out of range") from None
            if len(_days) < _DAYS_KEPT_MAX:
                _days[number] = day
        return day

    def boolean(self) -> bool:
        """Read a truth value."""
        if self.at >= self.end:
            raise MalformedError("the bytes end too early")
        byte: i64 = self.data[self.at]
        if byte > 1:
            raise MalformedError("a truth value is 0 or 1")
        self.at += 1
        return byte == 1

    def array(self, item: ReadingPlan) -> list[Any]:
        """Read the blocks of an array."""
        items: list[Any] = []
        while True:
            count = self.integer()
            if count == 0:
                return items
            if count < 0:
                count = -count
                self.integer()  # The block's size in bytes, which only skipping would need.
            if count > _ITEMS_MAX - len(items):
                raise MalformedError(f"an array has more than {_ITEMS_MAX} items")
            items.extend([self.read(item) for _ in range(count)])


def read_whole(plan: ReadingPlan, data: bytes, at: int) -> Any:
    """Read one value that fills the bytes from a place on.

    Raises `MalformedError` or `UnicodeDecodeError` (both `ValueError`s).
    """
    cursor = ByteCursor(data, at)
    value = cursor.read(plan)
    if cursor.at != cursor.end:
        raise MalformedError(f"{cursor.end - cursor.at} bytes too many")
    return value
