"""Workbooks (XLSX): the one sheet of records, its cells as texts; nothing is computed.

A number stays known as one, as a code in such a cell has lost digits. What is no plain sheet is
refused: macros, links to other files, formulas, and archives that unpack to far more than they are.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ops.submission.files.cells import Numeric
from ops.submission.files.row import FileError, file_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

ZIPPED: Final = b"PK\x03\x04"
OLD: Final = b"\xd0\xcf\x11\xe0"
UNPACKED_BYTES_MAX: Final = 400 * 1024 * 1024
RATIO_MAX: Final = 200
_FORBIDDEN: Final = {
    "vbaproject": "workbook_macros",
    "externallinks/": "workbook_links",
    "embeddings/": "workbook_embedded",
}


class Sheet(NamedTuple):
    """A visible sheet: its name, and its rows of cells, the first being row 1 of the sheet."""

    name: str
    rows: list[list[str]]

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Give the rows that are not empty, each with its number in the sheet."""
        for number, cells in enumerate(self.rows, 1):
            if any(cells):
                yield number, cells


def sheets(data: bytes) -> list[Sheet]:
    """Read the visible sheets of a workbook. Raises `FileError` for what is no plain one."""
    if data.startswith(OLD):
        raise FileError(file_fault("workbook_old"))
    _check_archive(data)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            visible = [
                each.name
                for each in workbook.sheets_metadata
                if each.visible is SheetVisibleEnum.Visible and each.typ is SheetTypeEnum.WorkSheet
            ]
            return [Sheet(name, _rows(workbook, name)) for name in visible]
    except CalamineError as error:
        raise FileError(file_fault("workbook_unread", error=error)) from error


def _rows(workbook: CalamineWorkbook, name: str) -> list[list[str]]:
    found = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [[_text(cell) for cell in row] for row in found]


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        # The shortest text that is the same number; 1.10 in the sheet is 1.1, and never 1.09999.
        plain = format(Decimal(repr(cell)), "f")
        return Numeric(plain.rstrip("0").rstrip(".") if "." in plain else plain)
    if isinstance(cell, date | datetime):
        return f"{cell:%Y-%m-%d}"
    return str(cell)


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            unpacked = sum(each.file_size for each in entries)
            if unpacked > UNPACKED_BYTES_MAX or unpacked > RATIO_MAX * max(len(data), 1):
                raise FileError(file_fault("workbook_large", size=f"{unpacked:,}"))
            for each in entries:
                for mark, what in _FORBIDDEN.items():
                    if mark in each.filename.lower():
                        raise FileError(file_fault(what))
            for each in entries:
                if each.filename.startswith("xl/worksheets/") and _has_formula(archive, each):
                    raise FileError(file_fault("workbook_formulas"))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise FileError(file_fault("workbook_damaged")) from error


def _has_formula(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Look for a formula piece by piece: a sheet may be large."""
    kept = b""
    with archive.open(entry) as sheet:
        while piece := sheet.read(1 << 20):
            text = kept + piece
            if b"<f>" in text or b"<f " in text:
                return True
            kept = text[-2:]
    return False
