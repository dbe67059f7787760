"""Templates of files to report in: for each category a sheet that comes back readable.

Where an official form says it, the template is that form; elsewhere its columns are the fields of
the category's types of event, by their Chinese names.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from xlsxwriter import Workbook

from events.characters import unharmed
from events.envelope import Envelope
from events.event import ORIGINALS
from events.rules.code_lists import ItemKind
from ops.dictionary.code_lists import event_type_words, words_of
from ops.submission.files.columns import (
    EVENT_TYPE,
    ITEMS,
    SUBJECT_CLASS,
    official_forms,
    wording,
)
from ops.submission.files.fields import Field, FieldKind, fields_of
from ops.submission.files.items import items_of
from ops.terms.terms import field_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from events.rules.catalogue import Category
    from events.rules.rulebook import Rulebook
    from ops.submission.files.columns import OfficialForm

ROWS: Final = 5_000
"""So many rows of a template have their formats and lists."""

_OF_ENVELOPE: Final = (
    *("subject_name", "subject_id", "document_no", "item_no", "occurred_on", "published_on"),
    *("legal_basis", "authority", "region"),
)
_NEEDED: Final = frozenset({"subject_id", "document_no", "legal_basis"})
_LIST_CHARACTERS_MAX: Final = 255
_WIDTH: Final = 18


def empty_form(rulebook: Rulebook, name: str, ending: str) -> bytes | None:
    """Give an empty form of a category, or of a type of event by its first; None of another name.

    `ending` is `xlsx`, or it is CSV.
    """
    row = rulebook.category_of(name)
    if row is None:
        versions = (rows[-1] for rows in rulebook.categories.values())
        row = next((each for each in versions if name in each.event_types), None)
    if row is None:
        return None
    return as_xlsx(row) if ending == "xlsx" else as_csv(row)


def headings(category: Category) -> dict[str, str]:
    """Give the headings of a category's template, by the field that each fills, in their order.

    Those that cannot be left out begin with a star.
    """
    form = official_form_of(category)
    if form is not None:
        return {
            field: f"*{heading}" if field in form.required else heading
            for field, heading in form.headings.items()
        }
    kinds = [name for name in category.event_types if name in event_type_words()]
    found = {} if len(kinds) == 1 else {EVENT_TYPE: f"*{field_names()[EVENT_TYPE]}"}
    for name in _OF_ENVELOPE:
        found[name] = f"*{field_names()[name]}" if name in _NEEDED else field_names()[name]
    for kind in kinds:
        for name, field in fields_of(kind).items():
            if name == ITEMS:
                found |= _item_headings(category)
            elif not field.in_envelope:
                unit = "(元)" if field.kind is FieldKind.AMOUNT else ""
                found.setdefault(name, f"{field_names()[name]}{unit}")
    return found


def filled_headings(category: Category) -> dict[str, str]:
    """Give the headings of a sheet of a category that is filled in: no stars, and the whole form.

    Columns of the official form that we do not keep are by their headings.
    """
    form = official_form_of(category)
    plain = {name: heading.removeprefix("*") for name, heading in headings(category).items()}
    return plain if form is None else plain | {heading: heading for heading in form.beside}


def _item_headings(category: Category) -> dict[str, str]:
    """Give the headings of the items of a category (信息项), a column each."""
    return {
        f"{ITEMS}.{item.code}": ("*" if item.required else "")
        + item.name_zh
        + ("(元)" if item.kind is ItemKind.FEN else "")
        for item in items_of(category.code).values()
    }


def official_form_of(category: Category) -> OfficialForm | None:
    """Give the official form of what opens a record of the category, where there is one."""
    opens = {kind.__name__ for kind in ORIGINALS} & {*category.event_types}
    return next((form for form in official_forms() if {form.event_type} == opens), None)


def as_csv(
    category: Category,
    lines: Iterable[Mapping[str, str]] = (),
    head: Mapping[str, str] | None = None,
) -> bytes:
    """Give a template as CSV in UTF-8 with its mark, which spreadsheets then read right."""
    head = head or headings(category)
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow([unharmed(heading) for heading in head.values()])
    writer.writerows([unharmed(line.get(name, "")) for name in head] for line in lines)
    return sheet.getvalue().encode("utf-8-sig")


def as_xlsx(
    category: Category,
    lines: Iterable[Mapping[str, str]] = (),
    head: Mapping[str, str] | None = None,
) -> bytes:
    """Give a template as a workbook: codes are columns of text, and few words lists to choose."""
    data = io.BytesIO()
    with Workbook(data, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(category.name_zh[:31].translate(_NO_SHEET_NAME))
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        head = head or headings(category)
        for place, (name, heading) in enumerate(head.items()):
            sheet.write_string(0, place, heading, bold)
            _column(sheet, place, _words(name, category), text)
        for number, line in enumerate(lines, 1):
            for place, name in enumerate(head):
                sheet.write_string(number, place, line.get(name, ""), text)
        sheet.freeze_panes(1, 0)
    return data.getvalue()


_NO_SHEET_NAME: Final = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))


def _column(sheet: Worksheet, place: int, words: list[str], text: Format) -> None:
    # Every column is one of text: a code keeps its digits, and a day and an amount are read alike.
    sheet.set_column(place, place, _WIDTH, text)
    if words and len(",".join(words)) <= _LIST_CHARACTERS_MAX:
        choice = {"validate": "list", "source": words, "error_type": "warning"}
        sheet.data_validation(1, place, ROWS, place, choice)


def _words(name: str, category: Category) -> list[str]:
    """Give the words that may stand in a column, where they are few."""
    if name == EVENT_TYPE:
        return [event_type_words()[kind][0] for kind in category.event_types]
    if name == SUBJECT_CLASS:
        return list(wording().organisations)
    item = next((i for i in items_of(category.code).values() if name == f"{ITEMS}.{i.code}"), None)
    if item is not None:
        return ["是", "否"] if item.kind is ItemKind.FLAG else []
    field = next(_fields(name, category), None)
    if field is None:
        return []
    if field.kind is FieldKind.BOOLEAN:
        return ["是", "否"]
    if field.kind is FieldKind.SYMBOL and name not in Envelope.__struct_fields__:
        return [words_of(field.of.__name__)[each.value][0] for each in field.of]
    return []


def _fields(name: str, category: Category) -> Iterator[Field]:
    for kind in category.event_types:
        if name in fields_of(kind):
            yield fields_of(kind)[name]
