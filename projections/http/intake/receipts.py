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
    fate_of,
)
from projections.http.errors import DeskAwayError, NotThereError
from projections.http.words import Words

if TYPE_CHECKING:
    from projections.http.asking.asked import Asked
    from projections.http.asking.desk import Desk, GivenReceipt


def desk_of(asked: Asked) -> Desk:
    """Give the desk. Raises `DeskAwayError` where there is none."""
    if asked.service.desk is None:
        raise DeskAwayError
    return asked.service.desk


def receipt_named(asked: Asked) -> GivenReceipt:
    """Give the receipt that is asked about. Raises `NotThereError` where there is none."""
    if asked.receipt is None:
        rule = Words("a receipt that was given", "须为已出具的回执")
        raise NotThereError("receipt", asked[p.RECEIPT][:60], rule)
    return asked.receipt


async def receipt_asked(asked: Asked) -> ReceiptTold:
    """Give what became of each line of the receipt that is asked about, or of the one line.

    Raises `DeskAwayError`, and `NotThereError` where there is no such receipt, or no such line.
    """
    desk, line = desk_of(asked), asked[p.LINE]
    told: ReceiptTold = await asked.ask(desk.became, receipt_named(asked))
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
    fate = fate_of(line.outcome, line.why)
    why = [] if fate is FateOfLine.ACCEPTED else [ReasonTold(code) for code in line.why]
    return LineOfSubmission(line.line, fate, line.event_id, why)
