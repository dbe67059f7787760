"""A field as a file, or `--set`, says it: the way back from a value to a column and a cell."""

from __future__ import annotations

from typing import Any, Final

from events.rules.code_lists import ItemKind
from ops.submission.files.columns import ITEMS
from ops.submission.files.items import items_of

_ITEM: Final = f"{ITEMS}."
_FEN: Final = "(分)"


def column_and_cell(category: str, field: str, value: Any) -> tuple[str, str]:
    """Give the heading and the cell by which a field of an event says a value.

    An item (信息项, `items.<code>`) is headed by its name; several values stand between semicolons.
    What is not said is an empty cell.
    """
    if field.startswith(_ITEM):
        code = field.removeprefix(_ITEM)
        item = next((each for each in items_of(category).values() if each.code == code), None)
        if item is not None:
            heading = item.name_zh + (_FEN if item.kind is ItemKind.FEN else "")
            return heading, "" if value is None else str(value)
    if value is None:
        return field, ""
    if isinstance(value, list):
        return field, ";".join(_part(each) for each in value)
    if isinstance(value, bool):
        return field, str(value).lower()
    return field, str(value)


def _part(value: Any) -> str:
    """Write one of several: a text, or a further number as SCHEME:NUMBER."""
    return ":".join(map(str, value.values())) if isinstance(value, dict) else str(value)
