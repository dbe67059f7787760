"""What became of what was handed in, by its receipt: as a receipt, and as a submission."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from projections.http.asking import parameters as p
from projections.http.asking.desk import (
    FateOfLine,
    LineOfSubmission,
    LineTold,
    ReasonTold,
    ReceiptTold,
    SubmissionTold,
)
from projections.http.errors import DeskAwayError, NotThereError
from projections.http.words import Words
from projections.queries.outcomes import LineFate

if TYPE_CHECKING:
    from projections.http.asking.asked import Asked
    from projections.http.asking.desk import Desk


def desk_of(asked: Asked) -> Desk:
    """Give the desk. Raises `DeskAwayError` where there is none."""
    if asked.service.desk is None:
        raise DeskAwayError
    return asked.service.desk


async def receipt_asked(asked: Asked) -> ReceiptTold:
    """Give what became of each line of the receipt that is asked about, or of the one line.

    Raises `DeskAwayError`, and `NotThereError` where there is no such receipt, or no such line.
    """
    desk, line = desk_of(asked), asked[p.LINE]
    if asked.receipt is None:
        rule = Words("a receipt that was given", "须为已出具的回执")
        raise NotThereError("receipt", asked[p.RECEIPT][:60], rule)
    told: ReceiptTold = await asked.ask(desk.became, asked.receipt)
    if line is None:
        return told
    lines = [each for each in told.lines if each.line == line]
    if not lines:
        raise NotThereError("line", str(line), Words("a line of the file", "须为文件中的行号"))
    return msgspec.structs.replace(told, lines=lines)


def as_submission(told: ReceiptTold) -> SubmissionTold:
    """Tell the same as the submission was told at first."""
    return SubmissionTold(told.receipt_id, [_by_now(each) for each in told.lines])


def _by_now(line: LineTold) -> LineOfSubmission:
    on_its_way = line.outcome is LineFate.WAITING and "not_yet_read" in line.why
    fate = FateOfLine.ACCEPTED if on_its_way else FateOfLine(line.outcome)
    why = [] if on_its_way else [ReasonTold(code) for code in line.why]
    return LineOfSubmission(line.line, fate, line.event_id, why)
