"""A table of records as CSV (RFC 4180, in UTF-8): one record a line, codes as they are.

A text that a table program would take for a formula is led by an apostrophe, which such programs
do not show.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from events.characters import unharmed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.exports.exported import ExportedSubject

COLUMNS: Final = (
    *("event_id", "subject_id", "name", "type", "category", "department", "region"),
    *("document_no", "day", "published_on", "ended_on", "status", "amount_fen", "owed_fen"),
    *("shown_until", "rule"),
)
HEAD: Final = ("\ufeff" + ",".join(COLUMNS) + "\r\n").encode()


def table_rows(subject: ExportedSubject) -> Iterator[bytes]:
    """Write the records of a subject, one line each."""
    profile = subject.profile
    for record in profile.records:
        cells = (
            *(record.event_id, profile.subject_id, record.name or profile.name, record.type),
            *(record.category, record.department, record.region, record.document_no, record.day),
            *(subject.published_on.get(record.event_id), record.ended_on, record.status),
            *(record.amount_fen, record.owed_fen, record.shown_until, record.rule),
        )
        line = io.StringIO()
        csv.writer(line).writerow(["" if c is None else unharmed(str(c)) for c in cells])
        yield line.getvalue().encode()
