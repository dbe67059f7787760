"""From an event to a row of the sheet that its category is reported in: the way back of a file.

What a sheet has no column for is not in the row; who gives a sheet away reads it back to say so.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.event import event_type
from events.rules.code_lists import ItemKind
from events.types.declaration import ItemsReported
from events.types.penalty import PenaltyKind
from ops.dictionary.code_lists import event_type_words, words_of
from ops.submission.files.columns import (
    EVENT_TYPE,
    ITEMS,
    STATE,
    SUBJECT_CLASS,
    column_named,
    wording,
)
from ops.submission.files.fields import FieldKind, fields_of
from ops.submission.files.items import items_of
from ops.submission.files.template import filled_headings, official_form_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

    from events.event import Event
    from events.rules.catalogue import Category
    from ops.submission.files.columns import OfficialForm
    from ops.submission.files.fields import Field

SOURCE: Final = "数据来源单位"
"""The column of an official form that names who reports; a file is read as its department's."""

_DECIMALS: Final = {"fen": 0, "yuan": 2, "wanyuan": 6}
_KINDS_APART: Final = "、"
_APART: Final = ";"


def row_of(event: Event, category: Category, department_name: str) -> dict[str, str]:
    """Write an event as cells, by the fields of `filled_headings`."""
    form, fields = official_form_of(category), fields_of(event_type(event))
    items = _items(event, category.code)
    row = {SOURCE: department_name, **items}
    for name, heading in filled_headings(category).items():
        if name == EVENT_TYPE:
            row[name] = event_type_words()[event_type(event)][0]
        elif name == SUBJECT_CLASS:
            words, code = wording(), event.envelope.subject_id
            row[name] = words.by_code.get(code[:2], words.organisations[0])
        elif name == STATE and form is not None:
            row[name] = form.in_force[0]
        elif name in fields:
            row[name] = _cell(fields[name], _value(event, fields[name]), _unit(heading, form))
    return row


def _value(event: Event, field: Field) -> Any:
    return getattr(event.envelope if field.in_envelope else event, field.name)


def _unit(heading: str, form: OfficialForm | None) -> str:
    column = column_named(heading, form)
    return "" if column is None else column.unit


def _cell(field: Field, value: Any, unit: str) -> str:
    if value is None:
        return ""
    match field.kind:
        case FieldKind.AMOUNT:
            return _amount(value, unit)
        case FieldKind.BOOLEAN:
            return "是" if value else "否"
        case FieldKind.SYMBOL:
            return _word(field.of, value)
        case FieldKind.SYMBOLS:
            return _KINDS_APART.join(_kind(each) for each in value)
        case FieldKind.TEXTS:
            return _APART.join(value)
        case FieldKind.STRUCTS:
            return msgspec.json.encode(value).decode() if value else ""
        case _:
            return value.isoformat() if isinstance(value, date) else str(value)


def _amount(fen: int, unit: str) -> str:
    """Write an amount exactly, in the unit of its column."""
    exact = Decimal(fen).scaleb(-_DECIMALS[unit or "fen"])
    text = f"{exact:f}"
    return text.rstrip("0").removesuffix(".") if "." in text else text


def _word(of: type[StrEnum], value: StrEnum) -> str:
    words: Mapping[str, Any] = words_of(of.__name__)
    return str(words[value.value][0]) if value.value in words else value.value


def _kind(kind: PenaltyKind) -> str:
    """Give the first of the form's words for a kind; of what it has none for, ours."""
    said = (word for word, symbol in wording().kinds.items() if symbol == kind.value)
    return next(said, "") or _word(PenaltyKind, kind)


def _items(event: Event, category: str) -> dict[str, str]:
    """Write the items (信息项) of an event, a column each."""
    if not isinstance(event, ItemsReported):
        return {}
    kinds = {item.code: item.kind for item in items_of(category).values()}
    return {f"{ITEMS}.{each.item}": _item(kinds.get(each.item), each.value) for each in event.items}


def _item(kind: ItemKind | None, value: str) -> str:
    if kind is ItemKind.FEN:
        return _amount(int(value), "yuan")
    if kind is ItemKind.FLAG:
        return "是" if value == "true" else "否"
    return value
