"""One subject in the format that is asked for, and what a file begins with. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from projections.exports.cloud_events import cloud_events
from projections.exports.exported import ExportFormat
from projections.exports.ftm import entities
from projections.exports.table import HEAD, table_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from events.rules.rulebook import Rulebook
    from projections.exports.exported import ExportedSubject

MEDIA_TYPES: Final[Mapping[ExportFormat, str]] = {
    ExportFormat.FTM: "application/x-ndjson",
    ExportFormat.CLOUDEVENTS: "application/x-ndjson",
    ExportFormat.CSV: "text/csv; charset=utf-8",
}


def head_of(export: ExportFormat) -> bytes:
    """Give what a file of a format begins with."""
    return HEAD if export is ExportFormat.CSV else b""


def lines_of(export: ExportFormat, subject: ExportedSubject, rulebook: Rulebook) -> Iterator[bytes]:
    """Write a subject in a format, line by line."""
    match export:
        case ExportFormat.FTM:
            return entities(subject, rulebook)
        case ExportFormat.CLOUDEVENTS:
            return cloud_events(subject)
        case ExportFormat.CSV:
            return table_rows(subject)
        case _:
            assert_never(export)
