"""A workbook of the official form as a department keeps it, some lines of it bad in ten ways."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from xlsxwriter import Workbook

from events.rules.rulebook import load_rulebook
from ops.bench.submit import penalty_lines
from ops.submission.files.template import as_xlsx, headings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from events.rules.catalogue import Category

WAYS: Final[tuple[Mapping[str, str], ...]] = (
    {"subject_id": "91330100PDY000028Y"},
    {"subject_id": ""},
    {"subject_name": ""},
    {"document_no": ""},
    {"kinds": "罚酒三杯"},
    {"legal_basis": "。"},
    {"fine_fen": "1e3"},
    {"fine_fen": "-5"},
    {"occurred_on": "2025-13-40"},
    {"occurred_on": "2999-01-01"},
)
"""What stands in a bad line instead of what is good there."""

SHEET_HEAD: Final = 1


def category() -> Category:
    """Give the category whose official form it is."""
    found = load_rulebook().category_of("penalty.market")
    assert found is not None
    return found


def good_lines(count: int, first: int) -> dict[int, dict[str, str]]:
    """Give good lines by their number in the sheet."""
    made = penalty_lines(count, first)
    return dict(enumerate(made, SHEET_HEAD + 1))


def spoiled(
    lines: Mapping[int, Mapping[str, str]], bad: int
) -> tuple[dict[int, Mapping[str, str]], set[int]]:
    """Spoil so many lines, spread over the sheet, each way as often; say which."""
    numbers = sorted(lines)
    chosen = [numbers[each * len(numbers) // bad] for each in range(bad)]
    ways = {number: WAYS[place % len(WAYS)] for place, number in enumerate(chosen)}
    return {number: {**line, **ways.get(number, {})} for number, line in lines.items()}, set(chosen)


def workbook(lines: Iterable[Mapping[str, str]]) -> bytes:
    """Give lines as a workbook of the official form, as its template is filled in."""
    return as_xlsx(category(), lines)


def workbook_with_a_number(line: Mapping[str, str], code: int) -> bytes:
    """Give one line in a workbook in which the code is a cell of a number, as where no form was used."""
    data = io.BytesIO()
    with Workbook(data, {"in_memory": True}) as book:
        sheet = book.add_worksheet("行政处罚")
        for place, (name, heading) in enumerate(headings(category()).items()):
            sheet.write_string(0, place, heading)
            if name == "subject_id":
                sheet.write_number(1, place, code)
            else:
                sheet.write_string(1, place, line.get(name, ""))
    return data.getvalue()
