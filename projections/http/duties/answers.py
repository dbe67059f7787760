"""What departments ask of what is theirs: what waits, receipts, and taking note of a warning."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from anyio.to_thread import run_sync

from projections.http.asking import parameters as p
from projections.http.asking.asked import json_answer
from projections.http.asking.desk import TakenNote
from projections.http.errors import (
    BadRequestError,
    NotTakenError,
    NotThereError,
)
from projections.http.intake.receipts import desk_of, receipt_asked
from projections.http.words import Words
from projections.queries.outcomes import LineFate
from projections.queries.waiting import waiting, warning_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from projections.http.asking.asked import Asked


async def waits(asked: Asked) -> Response:
    """Answer what waits for a department, the most urgent first."""
    on = asked[p.WAITS_ON] or asked.service.today()
    duties = await asked.ask(waiting, asked[p.PLATFORM], asked[p.OF_DEPARTMENT], on)
    asked.subjects = [each.subject_id for each in duties]
    return json_answer(duties)


async def receipt(asked: Asked) -> Response:
    """Answer what became of each line of a file by now."""
    return json_answer(await receipt_asked(asked))


async def acknowledge(asked: Asked) -> Response:
    """Take note of a warning for a department: once, however often it is said."""
    desk, warning_id, department = desk_of(asked), asked[p.WARNING], asked[p.TAKEN_BY]
    if department is None:
        raise BadRequestError("department", "", Words("must be given", "必填"))
    told = await asked.ask(warning_of, asked[p.PLATFORM], warning_id)
    if told is None:
        rule = Words("the id of a warning that was told", "须为已发出预警的编号")
        raise NotThereError("warning", warning_id[:60], rule)
    asked.subjects = [told.subject_id]
    if department in told.acknowledged_by:
        return json_answer(TakenNote(told.warning_id, department, LineFate.REPEAT))
    try:
        taken = await run_sync(desk.take_note, told, department, asked[p.NOTE])
    except NotTakenError as error:
        raise BadRequestError(error.field, error.value, error.rule) from None
    status = HTTPStatus.ACCEPTED if taken.outcome is LineFate.WAITING else HTTPStatus.OK
    return json_answer(taken, status=status)
