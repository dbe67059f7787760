"""CSV in its dialects: its separator, its header, and on which line of the file a row begins."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from events.admission.rejection import RejectionReason, reason
from ops.submission.files.cells import cleaned
from ops.submission.files.columns import (
    EVENT_TYPE,
    OfficialForm,
    closest_names,
    column_named,
    form_of,
    is_explanation,
)
from ops.submission.files.row import FileError, FileFault, FileRow, file_fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ops.submission.files.columns import Column

_SEPARATORS: Final = (",", "\t", ";")
_HEADER_ROWS_MAX: Final = 10
_HEADER_COLUMNS_MIN: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a table is written: its separator, the line of its header, its columns as written.

    `not_taken` are the columns that are read over, be they known as such or like none that is.
    """

    separator: str
    header_line: int
    header: tuple[str, ...]
    form: OfficialForm | None
    not_taken: tuple[str, ...]


def recognise(text: str) -> Layout:
    """Find separator and header by the headings that are known.

    Raises `FileError` where no header is found; with every heading at once that is nearly a known
    one or stands twice; and where a column that the form cannot do without is missing.
    """
    best, best_known = None, 0
    for separator in _SEPARATORS:
        found = header_in(_first_rows(text, separator))
        if found is not None and found.known > best_known:
            best, best_known = (separator, found), found.known
    if best is None:
        raise no_header()
    separator, header = best
    return layout_of(header.cells, header.line, separator)


class Header(NamedTuple):
    """A row that may be the header: its line, its cells, and how many of them are known."""

    line: int
    cells: list[str]
    known: int


def header_in(rows: Iterable[tuple[int, list[str]]]) -> Header | None:
    """Give the first row of those with the most known headings, None where none has two."""
    best = None
    for line, cells in islice(rows, _HEADER_ROWS_MAX):
        form = form_of(tuple(cells))
        known = sum(1 for cell in cells if cell.strip() and column_named(cell, form))
        if known >= _HEADER_COLUMNS_MIN and (best is None or known > best.known):
            best = Header(line, cells, known)
    return best


def no_header() -> FileError:
    """Say that nothing in the file heads its columns."""
    return FileError(file_fault("no_header"), line=1)


def layout_of(cells: list[str], line: int, separator: str = ",") -> Layout:
    """Check the cells of a header, which stands on a line. Raises `FileError`."""
    header = tuple(cell.strip().strip("\ufeff") for cell in cells)
    while header and not header[-1]:
        header = header[:-1]
    form = form_of(header)
    columns = {name: column_named(name, form) for name in header}
    _check_header(header, columns, form, line)
    not_taken = tuple(n for n, column in columns.items() if column is None or not column.taken)
    return Layout(
        separator=separator, header_line=line, header=header, form=form, not_taken=not_taken
    )


def _first_rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    # With the wrong separator quotes may not fit; then it is just not this one.
    try:
        yield from _records(text, separator)
    except FileError:
        return


def _check_header(
    header: tuple[str, ...],
    columns: Mapping[str, Column | None],
    form: OfficialForm | None,
    line: int,
) -> None:
    faults = list(_unknown(columns, form))
    twice = [name for name in columns if header.count(name) > 1]
    if twice:
        faults.append(file_fault("columns_twice", names=" / ".join(twice)))
    taken = {column.field for column in columns.values() if column is not None}
    if form is not None and EVENT_TYPE not in taken:
        missing = [name for field, name in form.required.items() if field not in taken]
        if missing:
            faults.append(file_fault("columns_missing", names=", ".join(missing)))
    if faults:
        raise FileError(*faults, line=line)


def _unknown(
    columns: Mapping[str, Column | None], form: OfficialForm | None
) -> Iterator[FileFault]:
    """Name each heading that is none, and nearly one: read over, it might lose what it holds."""
    items = any(column is not None and column.item for column in columns.values())
    for name, column in columns.items():
        near = [] if column is not None else closest_names(name, form, items=items)
        if near:
            yield file_fault("column_unknown", name=name, near=" / ".join(near))
        elif column is None and not name:
            yield file_fault("column_unnamed")


def count_rows(text: str, layout: Layout) -> int:
    """Read a table to its end and count its rows; raise `FileError` where quotes do not fit."""
    return count_records(_records(text, layout.separator), layout)


def count_records(records: Iterator[tuple[int, list[str]]], layout: Layout) -> int:
    """Count the rows below the header of records."""
    return sum(1 for _ in _data(records, layout))


def rows_of_table(text: str, layout: Layout) -> Iterator[FileRow]:
    """Give the rows below the header, empty ones and explanations left out."""
    return rows_of_records(_records(text, layout.separator), layout)


def rows_of_records(records: Iterator[tuple[int, list[str]]], layout: Layout) -> Iterator[FileRow]:
    """Give the rows below the header of records, each with its line."""
    width = len(layout.header)
    for line, cells in _data(records, layout):
        if len(cells) != width and (len(cells) < width or any(c.strip() for c in cells[width:])):
            rule = f"the header has {width} columns; is there a separator in an unquoted text?"
            found = reason(RejectionReason.VALUE_NOT_ALLOWED, "", f"{len(cells)} cells", rule)
            yield FileRow(line, {}, [found], layout.form)
        else:
            pairs = zip(layout.header, cells, strict=False)
            said = {name: text for name, cell in pairs if (text := cleaned(cell))}
            yield FileRow(line, said, form=layout.form, not_taken=layout.not_taken)


def _data(
    records: Iterator[tuple[int, list[str]]], layout: Layout
) -> Iterator[tuple[int, list[str]]]:
    for line, cells in records:
        if (
            line > layout.header_line
            and any(map(str.strip, cells))
            and not is_explanation(cells[0])
        ):
            yield line, cells


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Give each record with its line as a sheet numbers them: one a record."""
    # A cell longer than any text may be concerns its own line, so the reader takes every length (a
    # bound of the whole process). newline="" keeps line ends inside quotes as they are.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 0
    try:
        for line, cells in enumerate(reader, 1):
            if cells:
                yield line, cells
    except csv.Error as error:
        raise FileError(file_fault("quotes", error=error), line=line + 1) from error
