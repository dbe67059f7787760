from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from xlsxwriter import Workbook

from ops.submission.files.reading import FileForm, open_file
from ops.submission.files.row import FileError

if TYPE_CHECKING:
    from ops.submission.defaults import Defaults
    from tests.unit.ops.submission.conftest import Check

HEAD = [
    "subject_id",
    "document_no",
    "kinds",
    "fine_yuan",
    "occurred_on",
    "legal_basis",
    "event_type",
]
GOOD: list[Any] = [
    "91330100PDY000028X",
    "簿1号",
    "fine",
    0.1,
    date(2025, 3, 1),
    "《行政处罚法》第二条",
    "PenaltyImposed",
]


def a_workbook(*rows: list[Any], sheets: int = 1, hidden: bool = False) -> bytes:
    data = io.BytesIO()
    with Workbook(data, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        for number in range(sheets):
            sheet = book.add_worksheet(f"表{number}")
            for line, row in enumerate([HEAD, *rows]):
                for place, cell in enumerate(row):
                    sheet.write(line, place, cell)
            if hidden and number:
                sheet.hide()
    return data.getvalue()


def changed(data: bytes, name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for each in old.infolist():
            new.writestr(each, old.read(each))
        new.writestr(name, content)
    return out.getvalue()


def test_a_sheet_is_read_with_its_amounts_and_days(check: Check, market: Defaults) -> None:
    found = check.file(a_workbook(GOOD), market)

    (good,) = found.good
    assert (good.line, good.event.fine_fen) == (2, 10)  # type: ignore[union-attr]
    assert good.event.envelope.occurred_on == date(2025, 3, 1)


@pytest.mark.parametrize(("place", "number"), [(0, 913301001234567890), (1, 2025001)])
def test_a_number_in_a_column_of_codes_is_refused_with_advice(
    place: int, number: int, check: Check, market: Defaults
) -> None:
    row = [*GOOD[:place], number, *GOOD[place + 1 :]]

    (bad,) = check.file(a_workbook(row), market).bad

    assert "请设为文本" in bad.reasons[0].rule
    assert bad.reasons[0].field == HEAD[place]


def test_empty_rows_count_as_the_sheet_counts_them() -> None:
    file = open_file(a_workbook([], [], GOOD), "a.xlsx")

    assert file.form is FileForm.XLSX
    assert [row.line for row in file.read()] == [4]


def test_a_hidden_sheet_is_not_read() -> None:
    assert open_file(a_workbook(GOOD, sheets=2, hidden=True), "a.xlsx").encoding == "表0"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (changed(a_workbook(GOOD), "xl/vbaProject.bin", b"x"), "macros"),
        (changed(a_workbook(GOOD), "xl/externalLinks/externalLink1.xml", b"x"), "other files"),
        (changed(a_workbook(GOOD), "xl/media/a.png", bytes(60_000_000)), "unpacks to"),
        (a_workbook(["=1+1", *GOOD[1:]]), "formulas"),
        (a_workbook(GOOD, sheets=2), "several sheets hold records: 表0, 表1"),
        (a_workbook(), "no rows"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "save it as .xlsx"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
    ],
    ids=["macros", "links", "bomb", "formula", "two sheets", "empty", "old", "damaged"],
)
def test_what_is_no_plain_sheet_is_refused_with_what_to_do(data: bytes, rule: str) -> None:
    with pytest.raises(FileError, match=rule):
        open_file(data, "a.xlsx")
