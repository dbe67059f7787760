"""Reporting over HTTP: the way of `submit`, with the fate of every line told."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from anyio.to_thread import run_sync
from starlette.responses import Response

from projections.http.asking import parameters as p
from projections.http.asking.asked import FRESH, json_answer
from projections.http.asking.desk import FileUnreadableError, HandedFile, SubmissionTold
from projections.http.errors import BadRequestError, DeskAwayError, NotThereError
from projections.http.intake import parameters as own
from projections.http.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection
    from starlette.requests import Request

    from projections.http.asking.asked import Asked
    from projections.http.asking.desk import Desk

FILE_BYTES_MAX: Final = 20 * 1024 * 1024
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
    desk, department = _desk(asked), asked[own.REPORTER]
    if department is None:
        raise BadRequestError("department", "", Words("must be given", "必填"))
    kind, data = await _file(asked.request)
    handed = HandedFile(
        data=data,
        name=f"{asked[own.FILE_NAME] or 'body'}.{_ENDINGS[kind]}",
        department=department,
        category=asked[own.CATEGORY],
        region=asked[own.REPORTED_REGION],
        event_type=asked[own.EVENT_TYPE],
        all_or_nothing=asked[own.ALL_OR_NOTHING],
    )
    try:
        told: SubmissionTold = await run_sync(desk.take_in, handed)
    except FileUnreadableError as error:
        rule = Words(str(error), str(error))
        do = Words("GET /v1/templates/{event_type}.xlsx gives a form", "表样见 /v1/templates")
        raise BadRequestError("body", "(not shown)", rule, do) from None
    headers = {"Location": f"/v1/submissions/{told.receipt}"} if told.receipt else {}
    return json_answer(told, headers=headers, status=HTTPStatus.ACCEPTED)


async def submission(asked: Asked) -> Response:
    """Answer what became of each line of a submission by now."""
    desk, receipt_id = _desk(asked), asked[p.RECEIPT]

    def read(connection: Connection[Any]) -> SubmissionTold | None:
        return desk.submission(connection, receipt_id)

    found: SubmissionTold | None = await asked.ask(read)
    if found is None:
        rule = Words("a receipt that was given", "须为已出具的回执")
        raise NotThereError("receipt", receipt_id[:60], rule)
    line = asked[p.LINE]
    if line is not None:
        lines = [each for each in found.lines if each.line == line]
        if not lines:
            raise NotThereError("line", str(line), Words("a line of the file", "须为文件中的行号"))
        found = msgspec.structs.replace(found, lines=lines)
    return json_answer(found)


async def template(asked: Asked) -> Response:
    """Answer an empty form to report a type of event in: CSV or a workbook."""
    name, dot, ending = asked[own.TEMPLATE].rpartition(".")
    found = _desk(asked).template(name, ending) if dot and ending in ("csv", "xlsx") else None
    if found is None:
        rule = Words(
            "an event type or a category, then .csv or .xlsx: PenaltyImposed.xlsx",
            "事件类型或目录类别，后缀 .csv 或 .xlsx，如 PenaltyImposed.xlsx",
        )
        raise NotThereError("template", asked[own.TEMPLATE][:60], rule)
    headers = {
        "Cache-Control": FRESH,
        "Content-Disposition": f'attachment; filename="{name}.{ending}"',
    }
    return Response(found, 200, headers, _MEDIA_TYPES[ending])


async def _file(request: Request) -> tuple[str, bytes]:
    """Read the body within bounds, in memory: what is reported touches no file of ours.

    A page of another site cannot send these types without asking first, which is never granted.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _ENDINGS:
        known = ", ".join(_ENDINGS)
        raise BadRequestError(
            "Content-Type", kind[:60], Words(f"one of: {known}", f"须为：{known}")
        )
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > FILE_BYTES_MAX:
            rule = Words(f"at most {FILE_BYTES_MAX} bytes", f"至多 {FILE_BYTES_MAX} 字节")
            raise BadRequestError("body", "(not shown)", rule, Words("split it", "请分批报送"))
    if kind == _JSON:
        # Whole JSON may be written over many lines; none can stand within its texts.
        return kind, bytes(data).replace(b"\r", b" ").replace(b"\n", b" ").strip()
    return kind, bytes(data)


def _desk(asked: Asked) -> Desk:
    if asked.service.desk is None:
        raise DeskAwayError
    return asked.service.desk
