"""Items (信息项) as files have them: one column each, headed by the item's Chinese name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, assert_never

from events.admission.rejection import RejectionReason
from events.rules.code_lists import ItemKind, form_of_kind
from events.rules.rulebook import load_rulebook
from events.types.declaration import ItemValue
from ops.submission.files import cells
from ops.submission.files.cells import Fault
from ops.submission.files.columns import ITEMS, normal
from ops.submission.files.periods import read_month

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from events.rules.code_lists import ItemRow
    from ops.submission.files.columns import Column


@cache
def items_of(category: str) -> Mapping[str, ItemRow]:
    """Give the items that a category has, or had, by the normal form of their headings."""
    sets = load_rulebook().item_sets.get(category, ())
    return {normal(item.name_zh): item for each in sets for item in each.items}


def item_names(category: str) -> Mapping[str, str]:
    """Give the names of a category's items by the fields that they fill."""
    return {f"{ITEMS}.{item.code}": item.name_zh for item in items_of(category).values()}


@cache
def items_by_code() -> dict[str, str]:
    """Give the Chinese names of items (信息项) by code, of those that one alone bears."""
    names: dict[str, set[str]] = {}
    for sets in load_rulebook().item_sets.values():
        for item in (item for each in sets for item in each.items):
            names.setdefault(item.code, set()).add(item.name_zh)
    return {code: next(iter(each)) for code, each in names.items() if len(each) == 1}


def item_said(category: str, column: Column, raw: object) -> tuple[str, ItemValue | Fault]:
    """Read the cell of an item's column: give the field that it fills, and the value or `Fault`.

    `category` is empty where the type of event has no items.
    """
    item = items_of(category).get(column.item)
    if item is None:
        names = "、".join(item_names(category).values())
        rule = f"{category} has no such item; it has: {names}" if names else "leave it empty"
        return f"{ITEMS}.{column.item}", Fault(RejectionReason.VALUE_NOT_ALLOWED, rule)
    name = f"{ITEMS}.{item.code}"
    if not isinstance(raw, str):
        return name, Fault(RejectionReason.VALUE_NOT_ALLOWED, "a text in quotes")
    value = _written(item, column.unit, raw)
    return name, value if isinstance(value, Fault) else ItemValue(item.code, value)


def _written(item: ItemRow, unit: str, raw: str) -> str | Fault:
    """Write a cell in the one form of the item's kind."""
    match item.kind:
        case ItemKind.TEXT:
            return raw
        case ItemKind.CODE:
            return cells.read_code(raw)
        case ItemKind.COUNT:
            return _number(cells.read_integer(raw))
        case ItemKind.NUMBER:
            return _decimal(raw)
        case ItemKind.FEN:
            return _number(cells.read_amount(raw, unit or "yuan"))
        case ItemKind.DAY:
            return _day(cells.read_day(raw))
        case ItemKind.MONTH:
            return _month(raw)
        case ItemKind.FLAG:
            return _flag(cells.read_boolean(raw))
        case _:
            assert_never(item.kind)


def _number(read: int | Fault) -> str | Fault:
    return read if isinstance(read, Fault) else str(read)


def _day(read: date | Fault) -> str | Fault:
    return read if isinstance(read, Fault) else read.isoformat()


def _flag(read: bool | Fault) -> str | Fault:  # noqa: FBT001 - what was read, not a switch
    return read if isinstance(read, Fault) else str(read).lower()


def _decimal(raw: str) -> str:
    """Take out blanks, commas of thousands and a sign of per cent; admission checks the rest."""
    plain = cells.plain_number(raw).removesuffix("%")
    return plain.rstrip("0").removesuffix(".") if "." in plain else plain


def _month(raw: str) -> str | Fault:
    return read_month(raw) or Fault(RejectionReason.VALUE_NOT_ALLOWED, form_of_kind(ItemKind.MONTH))
