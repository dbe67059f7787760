"""CSV in its dialects: its separator, its header, and on which line of the file a row begins."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from events.admission.rejection import RejectionReason, reason
from ops.submission.cells import cleaned
from ops.submission.columns import (
    EVENT_TYPE,
    closest_names,
    column_named,
    is_explanation,
    official_form,
)
from ops.submission.row import FileError, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATORS: Final = (",", "\t", ";")
_HEADER_ROWS_MAX: Final = 10
_HEADER_COLUMNS_MIN: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a table is written: its separator, the line of its header, its columns as written."""

    separator: str
    header_line: int
    header: tuple[str, ...]
    not_taken: tuple[str, ...]


def recognise(text: str) -> Layout:
    """Find separator and header by the column names that are known.

    Raises `FileError` where no header is found, a column is unknown or twice there, or a column
    that the official form cannot do without is missing.
    """
    best, best_known = None, _HEADER_COLUMNS_MIN - 1
    for separator in _SEPARATORS:
        for line, cells in _first_rows(text, separator):
            known = sum(1 for cell in cells if cell.strip() and column_named(cell))
            if known > best_known:
                best, best_known = (separator, line, cells), known
    if best is None:
        raise FileError("no header with known column names in the first rows", line=1)
    separator, line, cells = best
    header = tuple(cell.strip().strip("\ufeff") for cell in cells)
    while header and not header[-1]:
        header = header[:-1]
    _check_header(header, line)
    not_taken = tuple(n for n in header if (c := column_named(n)) is not None and not c.taken)
    return Layout(separator=separator, header_line=line, header=header, not_taken=not_taken)


def _first_rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    # With the wrong separator quotes may not fit; then it is just not this one.
    try:
        yield from islice(_records(text, separator), _HEADER_ROWS_MAX)
    except FileError:
        return


def _check_header(header: tuple[str, ...], line: int) -> None:
    columns = {name: column_named(name) for name in header}
    for name, column in columns.items():
        if column is None:
            near = closest_names(name)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise FileError(f"unknown column {name!r}{hint}", line=line)
    taken = [(c.field, name) for name in header if (c := columns[name]) is not None and c.taken]
    for field, name in taken:
        first = next(other for known, other in taken if known == field)
        if first != name or [n for f, n in taken].count(name) > 1:
            raise FileError(f"columns {first!r} and {name!r} say the same", line=line)
    present = {field for field, _ in taken}
    if EVENT_TYPE not in present and any(c is not None and c.official for c in columns.values()):
        missing = [n for f, n in official_form().required.items() if f not in present]
        if missing:
            raise FileError(f"missing columns: {', '.join(missing)}", line=line)


def count(text: str, layout: Layout) -> int:
    """Read a table to its end and count its rows; raise `FileError` where quotes do not fit."""
    return sum(1 for _ in _data(text, layout))


def rows(text: str, layout: Layout) -> Iterator[Row]:
    """Give the rows below the header, empty ones and explanations left out."""
    width = len(layout.header)
    for line, cells in _data(text, layout):
        if len(cells) != width and (len(cells) < width or any(c.strip() for c in cells[width:])):
            rule = f"the header has {width} columns; is there a separator in an unquoted text?"
            found = reason(RejectionReason.VALUE_NOT_ALLOWED, "", f"{len(cells)} cells", rule)
            yield Row(line, {}, [found])
        else:
            pairs = zip(layout.header, cells, strict=False)
            yield Row(line, {name: text for name, cell in pairs if (text := cleaned(cell))})


def _data(text: str, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    for line, cells in _records(text, layout.separator):
        if (
            line > layout.header_line
            and any(map(str.strip, cells))
            and not is_explanation(cells[0])
        ):
            yield line, cells


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Give each record with the line of the file on which it begins."""
    # newline="" keeps line ends inside quotes as they are; only then are lines counted right.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        rule = f"the quotes of the record that begins here do not fit ({error})"
        raise FileError(rule, line=line) from error
