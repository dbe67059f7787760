"""Rows of what is given as a whole file."""

from __future__ import annotations

from typing import Final

from events.rules.access import Gives
from projections.exports.exported import ExportFormat
from projections.http.asking import parameters as p
from projections.http.asking.asked import Row
from projections.http.asking.code_forms import ChoiceForm
from projections.http.asking.parameter import in_path
from projections.http.errors import BusyError, FramingUnknownError
from projections.http.exports import answers
from projections.queries.directory import PersonsNotListedError

FORMAT: Final = in_path(
    "format",
    ChoiceForm(tuple(ExportFormat)),
    "ftm: FollowTheMoney, JSON lines; cloudevents: CloudEvents 1.0, JSON lines; csv.",
)

EXPORT_ROWS: Final = (
    Row(
        path="/v1/{platform}/exports/{format}",
        answer=answers.export_file,
        gives=Gives.FIRMS,
        errors=(BusyError, FramingUnknownError, PersonsNotListedError),
        summary="All firms with what may be shown of them today, as one file; a file that is cut "
        "off is not whole.",
        takes=(p.PLATFORM, FORMAT, p.SEATED_IN),
        counts_as="export",
    ),
)
