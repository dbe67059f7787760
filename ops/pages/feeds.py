"""What is published as a file and as a feed: the same query, the same words."""

from __future__ import annotations

import csv
import io
from functools import cache
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from starlette.responses import Response

from events.characters import unharmed
from ops.pages.frame import HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.pages.frame import Frame
    from projections.queries.bulletin.searching import BulletinPage

_ATOM: Final = "http://www.w3.org/2005/Atom"


def csv_file(frame: Frame, found: BulletinPage, more: str | None) -> Response:
    """Give a page of what is published as CSV (RFC 4180), which a table program opens as UTF-8.

    Its heads are in the language of the page; those of /en are names for programs. The `Link`
    header names the next page, where there is one.
    """
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([frame.terms.of("notice_column", each) for each in _HEADINGS])
    writer.writerows(_rows(frame, found))
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="notices.csv"'}
    if more is not None:
        headers["Link"] = f'<{more}>; rel="next"'
    body = b"\xef\xbb\xbf" + written.getvalue().encode()
    return Response(body, 200, headers, "text/csv; charset=utf-8")


_HEADINGS: Final = (
    *("event_id", "subject_id", "name", "kind", "category", "authority", "place"),
    *("document_no", "day", "published_on", "public_until", "rule"),
)


def _rows(frame: Frame, found: BulletinPage) -> Iterator[tuple[str, ...]]:
    """Give the cells; of a thousand rows each code is named once."""
    naming = frame.naming
    kind = cache(lambda code: unharmed(frame.terms.of("event_type", code)))
    category = cache(lambda code: unharmed(naming.category(code)))
    department = cache(lambda code: unharmed(naming.department(code)))
    place = cache(lambda code, day: unharmed(frame.place(code, day)))
    for row in found.rows:
        yield (
            row.event_id,
            unharmed(row.subject_id),
            unharmed(row.name or ""),
            kind(row.type),
            category(row.category),
            department(row.department),
            place(row.region, row.published_on),
            unharmed(row.document_no),
            row.day.isoformat(),
            row.published_on.isoformat(),
            "" if row.public_until is None else row.public_until.isoformat(),
            row.rule,
        )


def atom_feed(frame: Frame, found: BulletinPage, page: str, more: str | None) -> Response:
    """Give a page of what is published as an Atom feed, the newest first.

    It names itself and, where there is one, the feed that goes on with what is older (RFC 5005).
    """
    base = str(frame.request.base_url).rstrip("/")
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed", {"xml:lang": frame.language.value})
    newest = max((row.published_on for row in found.rows), default=None)
    _text(feed, "id", base + page)
    _text(feed, "title", frame.page("notices"))
    _text(feed, "updated", f"{newest or '1970-01-01'}T00:00:00+08:00")
    for relation, place in (("alternate", page), ("self", frame.here()), ("next", more)):
        if place is not None:
            ET.SubElement(feed, f"{{{_ATOM}}}link", {"rel": relation, "href": base + place})
    author = ET.SubElement(feed, f"{{{_ATOM}}}author")
    _text(author, "name", frame.page("ledger"))
    for row in found.rows:
        entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
        name = row.name or row.subject_id
        _text(entry, "id", f"urn:uuid:{row.event_id}")
        _text(entry, "title", _clean(f"{frame.terms.of('event_type', row.type)}: {name}"))
        _text(entry, "updated", f"{row.published_on}T00:00:00+08:00")
        said = [row.document_no, frame.naming.category(row.category)]
        _text(entry, "summary", _clean(frame.terms.joined([each for each in said if each])))
        place = base + frame.path("notices", row.subject_id, row.event_id)
        ET.SubElement(entry, f"{{{_ATOM}}}link", {"rel": "alternate", "href": place})
    body = b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="utf-8")
    return Response(body, 200, HEADERS, "application/atom+xml; charset=utf-8")


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}{name}").text = text


def _clean(text: str) -> str:
    """Leave out what XML 1.0 has no place for."""
    return "".join(
        c
        for c in text
        if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
    )
