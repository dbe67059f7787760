"""The routes of departments, in the one table of routes (`projections.http.routes`)."""

from __future__ import annotations

from typing import Final

from events.rules.access import Gives
from projections.http.asking import parameters as p
from projections.http.asking.asked import Row
from projections.http.asking.desk import ReceiptTold, TakenNote
from projections.http.duties import answers
from projections.http.errors import DeskAwayError
from projections.queries.waiting import Waiting

DUTY_ROWS: Final = (
    Row(
        path="/v1/{platform}/departments/{department}/waits",
        answer=answers.waits,
        gives=Gives.DUTIES,
        summary="What waits for a department, by when in working days, the most urgent first: "
        "for that department alone, and for auditors.",
        takes=(p.PLATFORM, p.OF_DEPARTMENT, p.WAITS_ON),
        answer_type=list[Waiting],
    ),
    Row(
        path="/v1/receipts/{receipt}",
        answer=answers.receipt,
        gives=Gives.DUTIES,
        errors=(DeskAwayError,),
        summary="What became of each line of a file: recorded, repeat, conflict, waiting, refused; "
        "for the department that handed it in, and for auditors.",
        takes=(p.RECEIPT, p.LINE),
        answer_type=ReceiptTold,
    ),
    Row(
        path="/v1/{platform}/warnings/{warning}/acknowledgements",
        answer=answers.acknowledge,
        gives=Gives.ACTS,
        errors=(DeskAwayError,),
        summary="Take note of a warning; said again it changes nothing. 202 until it is recorded. "
        "The department is the one of the key.",
        takes=(p.PLATFORM, p.WARNING, p.TAKEN_BY, p.NOTE),
        methods=("POST",),
        answer_type=TakenNote,
    ),
)
