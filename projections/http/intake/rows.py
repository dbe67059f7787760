"""The routes by which departments report; they stand in `projections.http.routes`."""

from __future__ import annotations

from typing import Final

from events.envelope import Platform
from events.rules.access import Gives
from projections.http.asking import parameters as p
from projections.http.asking.asked import Row
from projections.http.asking.desk import PersonToken, SealedLines, SubmissionTold
from projections.http.errors import BusyError, DeskAwayError, VaultClosedError
from projections.http.intake import answers
from projections.http.intake import parameters as own

INTAKE_ROWS: Final = (
    Row(
        path="/v1/submissions",
        answer=answers.submit,
        gives=Gives.ACTS,
        errors=(BusyError, DeskAwayError, VaultClosedError),
        summary="Report one record (JSON) or a file (NDJSON, CSV, XLSX), as the department one "
        "is: every line is told at once; the receipt tells later. Said again it changes nothing. "
        "A signed line of JSON holds `value`, as /v1/seal gives it, and its `signature`.",
        takes=(
            *(own.REPORTER, own.CATEGORY, own.REPORTED_REGION, own.EVENT_TYPE, own.ALL_OR_NOTHING),
            own.FILE_NAME,
        ),
        methods=("POST",),
        answer_type=SubmissionTold,
    ),
    Row(
        path="/v1/seal",
        answer=answers.seal,
        gives=Gives.ACTS,
        errors=(BusyError, DeskAwayError, VaultClosedError),
        summary="What is to be reported, checked and with persons sealed, as bytes that a "
        "department may write to its submission topic itself. Nothing is sent.",
        takes=(*(own.REPORTER, own.CATEGORY, own.REPORTED_REGION, own.EVENT_TYPE), own.FILE_NAME),
        methods=("POST",),
        answer_type=SealedLines,
    ),
    Row(
        path="/v1/person/tokens",
        answer=answers.token,
        gives=Gives.FIND,
        errors=(BusyError, DeskAwayError, VaultClosedError),
        summary="The token of a person by the identity number, for who writes to Kafka itself or "
        "asks of one; with a purpose and a basis, and recorded.",
        takes=(own.NUMBER,),
        methods=("POST",),
        answer_type=PersonToken,
        platform=Platform.PERSON,
    ),
    Row(
        path="/v1/submissions/{receipt}",
        answer=answers.submission,
        gives=Gives.DUTIES,
        errors=(DeskAwayError,),
        summary="What became of each line: accepted, recorded, repeat, conflict, waiting, refused.",
        takes=(p.RECEIPT, p.LINE),
        answer_type=SubmissionTold,
    ),
    Row(
        path="/v1/templates/{template}",
        answer=answers.template,
        gives=Gives.DOCUMENTS,
        errors=(DeskAwayError,),
        summary="An empty form for a type of event or a category: PenaltyImposed.xlsx or .csv.",
        takes=(own.TEMPLATE,),
    ),
)
