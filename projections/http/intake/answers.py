"""Reporting over HTTP: the way of `submit`, with the fate of every line told."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from anyio.to_thread import run_sync
from starlette.responses import Response

from events.admission.admission import FILE_BYTES_MAX
from projections.access.asker import RefusalCode
from projections.http.asking.asked import FRESH, json_answer
from projections.http.asking.desk import (
    FileUnreadableError,
    HandedFile,
    PersonToken,
    SubmissionTold,
)
from projections.http.door.refusal import NotGivenError
from projections.http.errors import BadRequestError, NotThereError
from projections.http.intake import parameters as own
from projections.http.intake.receipts import as_submission, desk_of, receipt_asked
from projections.http.words import Words
from projections.queries.erasures import is_hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from projections.http.asking.asked import Asked
    from projections.http.asking.desk import SealedLines

_JSON: Final = "application/json"
_ENDINGS: Final[Mapping[str, str]] = {
    _JSON: "json",
    "application/x-ndjson": "ndjson",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
_MEDIA_TYPES: Final[Mapping[str, str]] = {ending: kind for kind, ending in _ENDINGS.items()}


async def submit(asked: Asked) -> Response:
    """Take a record or a file of a department; tell of every line what became of it by now."""
    told: SubmissionTold = await _handed(
        asked, desk_of(asked).take_in, all_or_nothing=asked[own.ALL_OR_NOTHING]
    )
    headers = {"Location": f"/v1/submissions/{told.receipt}"} if told.receipt else {}
    return json_answer(told, headers=headers, status=HTTPStatus.ACCEPTED)


async def seal(asked: Asked) -> Response:
    """Answer records as a department may write them to Kafka itself: checked, persons sealed."""
    told: SealedLines = await _handed(asked, desk_of(asked).seal)
    return json_answer(told)


async def token(asked: Asked) -> Response:
    """Answer as whom the ledger knows a person, also one of whom nothing is recorded."""
    number = asked[own.NUMBER]
    if number is None:
        raise BadRequestError("subject_number", "", Words("must be given", "必填"))
    subject = await run_sync(desk_of(asked).token, number)
    asked.subjects = [subject]
    if await asked.ask(is_hidden, subject):
        raise NotGivenError(RefusalCode.ERASED, asked.permit.rule)
    return json_answer(PersonToken(subject))


async def _handed(
    asked: Asked, take: Callable[[HandedFile], Any], *, all_or_nothing: bool = False
) -> Any:
    department = asked[own.REPORTER]
    if department is None:
        raise BadRequestError("department", "", Words("must be given", "必填"))
    kind = _kind(asked.request)
    do = Words("split it", "请分批报送")
    async with asked.service.bodies.of(asked.request, FILE_BYTES_MAX, do) as body:
        handed = HandedFile(
            # Whole JSON may be written over many lines; none can stand within its texts.
            data=_on_one_line(body) if kind == _JSON else body,
            name=f"{asked[own.FILE_NAME] or 'body'}.{_ENDINGS[kind]}",
            department=department,
            category=asked[own.CATEGORY],
            region=asked[own.REPORTED_REGION],
            event_type=asked[own.EVENT_TYPE],
            all_or_nothing=all_or_nothing,
        )
        try:
            return await run_sync(take, handed)
        except FileUnreadableError as error:
            rule = error.words
            do = Words("GET /v1/templates/{event_type}.xlsx gives a form", "表样见 /v1/templates")
            raise BadRequestError("body", "(not shown)", rule, do) from None


async def submission(asked: Asked) -> Response:
    """Answer what became of each line of a submission by now."""
    return json_answer(as_submission(await receipt_asked(asked)))


async def template(asked: Asked) -> Response:
    """Answer an empty form to report a type of event in: CSV or a workbook."""
    name, dot, ending = asked[own.TEMPLATE].rpartition(".")
    form = desk_of(asked).template(name, ending) if dot and ending in ("csv", "xlsx") else None
    if form is None:
        rule = Words(
            "an event type or a category, then .csv or .xlsx: PenaltyImposed.xlsx",
            "事件类型或目录类别，后缀 .csv 或 .xlsx，如 PenaltyImposed.xlsx",
        )
        raise NotThereError("template", asked[own.TEMPLATE][:60], rule)
    headers = {
        "Cache-Control": FRESH,
        "Content-Disposition": f'attachment; filename="{name}.{ending}"',
    }
    return Response(form, 200, headers, _MEDIA_TYPES[ending])


def _kind(request: Request) -> str:
    """Give what a body is written in. Raises `BadRequestError` for what is not read.

    A page of another site cannot send these types without asking first, which is never granted.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _ENDINGS:
        known = ", ".join(_ENDINGS)
        raise BadRequestError(
            "Content-Type", kind[:60], Words(f"one of: {known}", f"须为：{known}")
        )
    return kind


def _on_one_line(text: bytes) -> bytes:
    return text.replace(b"\r", b" ").replace(b"\n", b" ").strip()
