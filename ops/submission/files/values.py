"""From what a file says of one field to the field's value, by the field's kind."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final, assert_never

import msgspec

from events.admission.rejection import RejectionReason
from events.types.subject import Alias
from ops.dictionary.code_lists import codes_by_name, words_of
from ops.submission.files import cells
from ops.submission.files.cells import Fault
from ops.submission.files.fields import FieldKind
from ops.submission.files.periods import read_period, read_year

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

    from ops.submission.files.columns import Column
    from ops.submission.files.fields import Field

_LIST_SEPARATORS: Final = re.compile("[;；]")
_OTHER: Final = "其他"
_NOT_TEXT: Final = "a text in quotes; a number there loses digits (请设为文本)"


def value_of(field: Field, column: Column, raw: object) -> Any:
    """Read a value, or give the `Fault` that is in it.

    `raw` is a text, or a JSON value in which a number with a point is a `Decimal`.
    """
    match field.kind:
        case FieldKind.AMOUNT:
            return _amount(column.unit, raw)
        case FieldKind.INTEGER | FieldKind.BOOLEAN:
            return _plain(field.kind, raw)
        case FieldKind.YEAR:
            return _plain(FieldKind.INTEGER, read_year(raw) if isinstance(raw, str) else raw)
        case FieldKind.SYMBOLS | FieldKind.TEXTS | FieldKind.STRUCTS:
            return _several(field, raw)
        case (
            FieldKind.TEXT
            | FieldKind.CODE
            | FieldKind.DAY
            | FieldKind.END
            | FieldKind.PERIOD
            | FieldKind.SYMBOL
        ):
            return _one(field, raw)
        case _:
            assert_never(field.kind)


def _amount(unit: str, raw: object) -> int | Fault:
    if isinstance(raw, str):
        return cells.read_amount(raw, unit)
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        return Fault(RejectionReason.AMOUNT_MALFORMED, "a number")
    if isinstance(raw, Decimal) and unit == "fen":
        return Fault(RejectionReason.AMOUNT_MALFORMED, "a whole number of fen, without a point")
    return cells.read_amount(str(raw), unit)


def _plain(kind: FieldKind, raw: object) -> int | Fault:
    if isinstance(raw, str):
        return cells.read_boolean(raw) if kind is FieldKind.BOOLEAN else cells.read_integer(raw)
    if isinstance(raw, bool) and kind is FieldKind.BOOLEAN:
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool) and kind is FieldKind.INTEGER:
        return raw
    return Fault(RejectionReason.VALUE_NOT_ALLOWED, f"a value that is {kind}")


def _one(field: Field, raw: object) -> Any:
    if not isinstance(raw, str):
        return Fault(RejectionReason.VALUE_NOT_ALLOWED, _NOT_TEXT)
    match field.kind:
        case FieldKind.CODE:
            return _code(field, raw)
        case FieldKind.DAY:
            return cells.read_day(raw)
        case FieldKind.END:
            return cells.read_end(raw)
        case FieldKind.PERIOD:
            return read_period(raw)
        case FieldKind.SYMBOL:
            return _symbol(field, raw)
        case _:
            return raw


def _code(field: Field, raw: str) -> Any:
    return _by_name(field).get(raw.strip()) or cells.read_code(raw)


def _by_name(field: Field) -> Mapping[str, str]:
    return {} if field.codes is None else codes_by_name(field.codes)


def _symbol(field: Field, raw: str) -> Any:
    known = _symbols(field.of)
    text = unicodedata.normalize("NFKC", raw).casefold()
    # A form lets 其他 be followed by a word of one's own.
    found = known.get(text) or (known.get(_OTHER) if text.startswith(_OTHER) else None)
    if found is not None:
        return found
    words = words_of(field.of.__name__)
    rule = f"one of: {', '.join(f'{each.value} ({words[each.value][0]})' for each in field.of)}"
    return Fault(RejectionReason.VALUE_NOT_ALLOWED, rule)


@cache
def _symbols(of: type[StrEnum]) -> dict[str, StrEnum]:
    """Give the values of a list of few by their code, their Chinese and their English."""
    words = words_of(of.__name__)
    return {
        said.casefold(): each for each in of for said in (each.value, *words.get(each.value, ()))
    }


def _several(field: Field, raw: object) -> Any:
    items = _items(field, raw)
    return items if isinstance(items, Fault) else field.holder(items)


def _items(field: Field, raw: object) -> Any:
    if isinstance(raw, str):
        return _listed(field, raw)
    if not isinstance(raw, list):
        return Fault(RejectionReason.VALUE_NOT_ALLOWED, "an array, or a text separated by ;")
    if field.kind is FieldKind.STRUCTS:
        return _structs(field, raw)
    if not all(isinstance(item, str) for item in raw):
        return Fault(RejectionReason.VALUE_NOT_ALLOWED, "an array of texts")
    if field.kind is FieldKind.SYMBOLS:
        return cells.read_penalty_kinds(";".join(raw))
    return [_by_name(field).get(item.strip(), item) for item in raw]


def _listed(field: Field, raw: str) -> Any:
    if field.kind is FieldKind.SYMBOLS:
        return cells.read_penalty_kinds(raw)
    if field.kind is FieldKind.TEXTS:
        parts = [part.strip() for part in _LIST_SEPARATORS.split(raw) if part.strip()]
        return [_by_name(field).get(part, part) for part in parts]
    pairs = field.of is Alias and not raw.startswith("[")
    return _structs(field, _aliases(raw) if pairs else _json(raw))


def _aliases(raw: str) -> Any:
    pairs = [part.partition(":") for part in _LIST_SEPARATORS.split(raw) if part.strip()]
    return [{"scheme": scheme.strip(), "value": value.strip()} for scheme, _, value in pairs]


def _json(raw: str) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return None


def _structs(field: Field, raw: Any) -> Any:
    try:
        items = msgspec.convert(raw, list[field.of])  # type: ignore[name-defined]
    except (msgspec.ValidationError, ValueError) as error:
        names = ", ".join(field.of.__struct_fields__)
        problem = str(error).partition(" '")[0]  # After the quotation mark stands the value.
        rule = f"an array of objects with {names} ({problem})"
        return Fault(RejectionReason.VALUE_NOT_ALLOWED, rule)
    if any(isinstance(cells.read_code(item.value), Fault) for item in items):
        return cells.read_code(
            next(i.value for i in items if isinstance(cells.read_code(i.value), Fault))
        )
    return items
