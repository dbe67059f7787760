"""A report as a document that holds it: the same bytes for the same report, to be made again.

Whoever is handed pages reads the pages, and a signature is over the report alone. So what a
document holds is taken out, made into pages anew, and compared: other pages are found.
"""

from __future__ import annotations

import re
import zlib
from base64 import b64decode, b64encode
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import pylopdf_fonts_zh_cn as fonts
import typst
from jinja2 import Environment, StrictUndefined, Template

from ops.evidence.pages.content import NotAReportError, pages_of
from ops.terms.terms import Language

REPORT_BYTES_MAX: Final = 16 * 1024 * 1024
_PDF: Final = b"%PDF-"
_HTML: Final = b"<!doctype html>"
_ATTACHED: Final = re.compile(
    rb"<<(?:/Length ([0-9]{1,9})|/Type/EmbeddedFile|/Filter/FlateDecode|/Subtype/application#2Fjson"
    rb"|/Params<<[^<>]{0,200}>>){2,8}>>\r?\nstream\r?\n"
)
_LINKED: Final = re.compile(rb'href="data:application/json;base64,([A-Za-z0-9+/=]*)"')


class ReportFormat(StrEnum):
    """What a report is handed out as."""

    JSON = "json"
    HTML = "html"
    PDF = "pdf"


class Document(NamedTuple):
    """A report, and what it was handed out as."""

    report: bytes
    format: ReportFormat


def document_of(report: bytes, form: ReportFormat, language: Language) -> bytes:
    """Give a report as a document. Raises `NotAReportError`."""
    if form is ReportFormat.JSON:
        return report
    told = pages_of(report, language)
    if form is ReportFormat.HTML:
        return _template().render(told=told, report=b64encode(report).decode()).encode()
    sections = [
        {"title": each.title, "parts": [part._asdict() for part in each.parts]}
        for each in told.sections
    ]
    pages = msgspec.json.encode(told._asdict() | {"sections": sections})
    return typst.compile(
        _file("report.typ"),
        font_paths=_fonts(),
        format="pdf",
        sys_inputs={"told": pages.decode(), "report": report.decode()},
        pdf_standards="a-3b",
        timestamp=told.made_at_ms // 1000,
    )


def report_in(data: bytes) -> Document:
    """Take the report out of a document; of anything else, that itself. Raises `NotAReportError`.

    Of a PDF only what we write is read: one attachment of JSON, its length before it.
    """
    if data.startswith(_PDF):
        return Document(_attached(data), ReportFormat.PDF)
    if data[: len(_HTML)].lower() == _HTML:
        found = _LINKED.findall(data)
        if len(found) != 1:
            raise NotAReportError(f"{len(found)} reports in the page, not one")
        try:
            return Document(b64decode(found[0], validate=True), ReportFormat.HTML)
        except ValueError:
            raise NotAReportError("the report in the page is no base64") from None
    return Document(data, ReportFormat.JSON)


def why_not_its_pages(data: bytes, found: Document) -> str:
    """Say why a document does not show what its report says; empty where it does."""
    if found.format is ReportFormat.JSON:
        return ""
    try:
        made = (document_of(found.report, found.format, language) for language in Language)
        if any(data == each for each in made):
            return ""
    except (NotAReportError, typst.TypstError) as error:
        return str(error)
    return (
        "the pages are not those that are made of the report in it: they were altered, or made by"
        " another version; believe the report alone"
    )


def _attached(data: bytes) -> bytes:
    found = [each for each in _ATTACHED.finditer(data) if b"/Type/EmbeddedFile" in each[0]]
    if len(found) != 1 or found[0][1] is None:
        raise NotAReportError(f"{len(found)} reports attached to the PDF, not one")
    length, start = int(found[0][1]), found[0].end()
    packed = data[start : start + length]
    if len(packed) != length or not data[start + length :].lstrip(b"\r\n").startswith(b"endstream"):
        raise NotAReportError("the report attached to the PDF has another length than it says")
    if b"/FlateDecode" not in found[0][0]:
        return packed
    try:
        unpacked = zlib.decompressobj()
        report = unpacked.decompress(packed, REPORT_BYTES_MAX)
    except zlib.error:
        raise NotAReportError("the report attached to the PDF does not unpack") from None
    if not unpacked.eof:
        raise NotAReportError(f"the report attached to the PDF is over {REPORT_BYTES_MAX} bytes")
    return report


@cache
def _fonts() -> typst.Fonts:
    folder = Path(fonts.sans_path()).parent
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
    )


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_file("report.html").decode())


@cache
def _file(name: str) -> bytes:
    return (files("ops.evidence.pages") / name).read_bytes()
