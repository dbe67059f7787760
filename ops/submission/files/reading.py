"""From the bytes of a file to its rows, whatever its encoding and dialect; nothing is judged here.

A fault of the file as a whole is raised before its first row is given, so that a file that cannot
be understood to its end is not sent in part.
"""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import partial
from typing import TYPE_CHECKING, Final

from events.admission.admission import FILE_BYTES_MAX
from events.characters import assigned
from ops.submission.files import lines, table, workbook
from ops.submission.files.row import FileError, file_fault
from ops.terms.errors import file_fault_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ops.submission.files.row import FileRow

FILE_ROWS_MAX: Final = 100_000

_ENCODING_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_JSON_ENDINGS: Final = (".ndjson", ".jsonl", ".json")
_DAMAGE_SHARE_MAX: Final = 0.1


@unique
class FileForm(StrEnum):
    """What a file is written in."""

    CSV = "csv"
    NDJSON = "ndjson"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionFile:
    """A file that can be read to its end: what was recognised of it, and its rows.

    `encoding` of a workbook is the name of its sheet. `source` goes through the rows in order; it
    can be done again.
    """

    name: str
    sha256: str
    encoding: str
    form: FileForm
    rows: int
    not_taken: tuple[str, ...]
    source: Callable[[], Iterator[FileRow]]

    def read(self) -> Iterator[FileRow]:
        """Go through the rows in order; it can be done again."""
        return self.source()


def load_file(path: Path) -> SubmissionFile:
    """Read a file from disk, as `open_file` does from bytes."""
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise _too_large(size)
        data = path.read_bytes()
    except OSError as error:
        raise FileError(file_fault(file_fault_code(error), error=error.strerror)) from error
    return open_file(data, path.name)


def open_file(data: bytes, name: str) -> SubmissionFile:
    """Recognise what a file is and read it through once.

    Raises `FileError`, with the line where there is one, for a file that is too large, too long,
    in no known encoding, or has columns that nobody knows.
    """
    if len(data) > FILE_BYTES_MAX:
        raise _too_large(len(data))
    if data.startswith((workbook.ZIPPED, workbook.OLD)):
        return _open_workbook(data, name)
    encoding = _encoding(data)
    text = assigned(_decoded(data, encoding))
    if "\0" in text:
        raise FileError(file_fault("zero_bytes"))
    form = _form(text, name)
    layout = table.recognise(text) if form is FileForm.CSV else None
    found = lines.count_lines(text) if layout is None else table.count_rows(text, layout)
    _check_count(found)
    return SubmissionFile(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=encoding.removesuffix("-sig"),
        form=form,
        rows=found,
        not_taken=() if layout is None else layout.not_taken,
        source=partial(lines.rows_of_lines, text)
        if layout is None
        else partial(table.rows_of_table, text, layout),
    )


def _open_workbook(data: bytes, name: str) -> SubmissionFile:
    """Find the one sheet that holds records. Raises `FileError` where there is none, or several."""
    headed = [
        (sheet, header)
        for sheet in workbook.sheets(data)
        if (header := table.header_in(sheet.records())) is not None
    ]
    if not headed:
        raise table.no_header()
    filled = [
        (sheet, layout, found)
        for sheet, header in headed
        if (layout := table.layout_of(header.cells, header.line))
        and (found := table.count_records(sheet.records(), layout))
    ]
    if len(filled) > 1:
        names = ", ".join(sheet.name for sheet, _, _ in filled)
        raise FileError(file_fault("several_sheets", names=names))
    _check_count(filled[0][2] if filled else 0)
    sheet, layout, found = filled[0]
    return SubmissionFile(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=sheet.name,
        form=FileForm.XLSX,
        rows=found,
        not_taken=layout.not_taken,
        source=lambda: table.rows_of_records(sheet.records(), layout),
    )


def _check_count(found: int) -> None:
    if found > FILE_ROWS_MAX:
        raise FileError(file_fault("too_many_rows", found=f"{found:,}", most=f"{FILE_ROWS_MAX:,}"))
    if found == 0:
        raise FileError(file_fault("no_rows"))


def read_rows(data: bytes, name: str) -> Iterator[FileRow]:
    """Give the rows of a file, each with its line number in the file."""
    return open_file(data, name).read()


def _too_large(size: int) -> FileError:
    return FileError(file_fault("too_large", size=f"{size:,}", most=f"{FILE_BYTES_MAX:,}"))


def _form(text: str, name: str) -> FileForm:
    begins = text.lstrip()[:1]
    if begins == "[":
        raise FileError(file_fault("json_array"), line=1)
    if begins == "{" or name.lower().endswith(_JSON_ENDINGS):
        return FileForm.NDJSON
    return FileForm.CSV


def _encoding(data: bytes) -> str:
    """Tell UTF-8 from GB 18030: text of one is hardly ever well-formed in the other.

    Not so the reverse: nearly any bytes are GB 18030. So UTF-8 with a few damaged places must be
    told from it, or names would turn into others silently.
    """
    for mark, marked in _ENCODING_MARKS:
        if data.startswith(mark):
            return _checked(data, marked)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        read = data.decode("utf-8", "replace")
        damaged = read.count("\ufffd")
        sound = len(read) - len(read.encode("ascii", "ignore")) - damaged
        if damaged <= _DAMAGE_SHARE_MAX * sound:
            raise _undecodable(data, error, "UTF-8") from error
        return _checked(data, "gb18030")
    return "utf-8"


def _decoded(data: bytes, encoding: str) -> str:
    """Decode a file; the byte 0x80 in GB 18030 is the euro sign of Windows' code page 936."""
    return data.decode(encoding, _EURO if encoding == "gb18030" else "strict")


def _euro(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError) and error.object[error.start] == _EURO_BYTE:
        return "€", error.start + 1
    raise error


_EURO: Final = "credit-ledger-euro"
_EURO_BYTE: Final = 0x80
codecs.register_error(_EURO, _euro)


def _checked(data: bytes, encoding: str) -> str:
    try:
        _decoded(data, encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(data, error, encoding.removesuffix("-sig").upper()) from error
    return encoding


def _undecodable(data: bytes, error: UnicodeDecodeError, encoding: str) -> FileError:
    line = data.count(b"\n", 0, error.start) + 1
    return FileError(file_fault("damaged", byte=f"{error.start:,}", encoding=encoding), line=line)
