"""A file that is dropped on the desk, and what becomes of its lines."""

from __future__ import annotations

import csv
import io
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar

from anyio.to_thread import run_sync
from starlette.responses import RedirectResponse, Response

from events.admission.admission import FILE_BYTES_MAX
from events.admission.rejection import Reason, RejectionReason
from events.characters import unharmed
from events.rules.access import Role
from ops.dictionary.code_lists import words_of
from ops.pages.asking import FieldProblem, page_within
from ops.pages.desk.multipart import NoFormError, SentFile, read_multipart
from ops.pages.desk.page import told_desk
from ops.pages.frame import HEADERS
from ops.pages.opened import sends_file
from ops.terms.terms import all_terms
from ops.told.submission import fault_told, field_named, why_told
from projections.http.asking.code_forms import ChoiceForm
from projections.http.asking.desk import FateOfLine, FileUnreadableError, HandedFile
from projections.http.asking.forms import NumberForm
from projections.http.asking.parameter import Parameter, optional
from projections.http.door.door import PRIVATE
from projections.http.errors import BadRequestError
from projections.http.intake.receipts import desk_of, receipt_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.pages.opened import PageAsked
    from ops.terms.terms import Terms
    from projections.http.asking.desk import LinesOfFate, ReasonTold

LINES_OF_PAGE: Final = 100
_ENDINGS: Final = ("csv", "xlsx", "ndjson")
_FORM_BYTES: Final = 65_536
T = TypeVar("T")
FATE: Final = optional("fate", ChoiceForm(tuple(FateOfLine)), "Only lines of this fate.")
PAGE: Final = Parameter("page", NumberForm(1, 10_000), "Which page of lines.", absent=1)


async def upload(asked: PageAsked) -> Response:
    """Take a file in, and lead to the page that says what becomes of it."""
    told = await _handed_to(asked, desk_of(asked).take_in)
    if isinstance(told, FieldProblem):
        return await told_desk(asked, [told])
    if told.receipt is None:
        return await told_desk(asked, [_wrong(asked, "", asked.frame.page("no_line_good"))])
    where = asked.frame.path("desk", "uploads", told.receipt)
    headers = {**HEADERS, "Cache-Control": PRIVATE}
    return RedirectResponse(where, HTTPStatus.SEE_OTHER, headers)


async def upload_page(asked: PageAsked) -> Response:
    """Answer what became of the lines by now, those of one page."""
    desk, given = desk_of(asked), receipt_named(asked)
    fate, number = asked[FATE], asked[PAGE] or 1
    first = (number - 1) * LINES_OF_PAGE
    found: LinesOfFate = await asked.ask(desk.some_lines, given, fate, first, LINES_OF_PAGE)
    chosen = given.lines if fate is None else found.counts.get(fate, 0)
    if number != (there := page_within(number, LINES_OF_PAGE, chosen)):
        number, first = there, (there - 1) * LINES_OF_PAGE
        found = await asked.ask(desk.some_lines, given, fate, first, LINES_OF_PAGE)
    frame = asked.frame
    more = first + LINES_OF_PAGE < chosen
    return frame.render(
        "upload.html",
        current="desk",
        receipt=given.receipt_id,
        why=lambda code: why_told(code, frame.terms),
        advice=lambda code: what_to_do(code, frame.terms),
        counts=list(found.counts.items()),
        total=given.lines,
        chosen=chosen,
        fate=fate,
        lines=found.lines,
        pending=found.counts.get(FateOfLine.ACCEPTED, 0),
        next=frame.here(page=number + 1) if more else None,
        told_at=f"{asked.service.now():%H:%M:%S}",
    )


def what_to_do(code: str, terms: Terms) -> str:
    """Tell by the code of a refusal what to do; nothing of what only waits."""
    if code in all_terms()["why"]:
        return ""
    return terms.word(words_of("RejectionAdvice"), code)


async def refused_lines(asked: PageAsked) -> Response:
    """Check a file anew and give the lines that are refused, with the reasons beside them.

    Nothing of a file is kept but ids and fates, so it is dropped again; nothing is sent.
    """
    lines, terms = await _handed_to(asked, desk_of(asked).check), asked.frame.terms
    if isinstance(lines, FieldProblem):
        return await told_desk(asked, [lines])
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([asked.frame.page(each) for each in ("line", "field", "value", "why")])
    for line in lines:
        for why in line.reasons:
            writer.writerow([unharmed(each) for each in _why_refused(line.line, why, terms)])
    headers = {
        **HEADERS,
        "Cache-Control": PRIVATE,
        "Content-Disposition": 'attachment; filename="refused.csv"',
    }
    body = b"\xef\xbb\xbf" + written.getvalue().encode()
    return Response(body, 200, headers, "text/csv; charset=utf-8")


def _why_refused(line: int, told: ReasonTold, terms: Terms) -> tuple[str, str, str, str]:
    """Give a row of what is refused: line, field, value, and what is wrong and what to do."""
    code = RejectionReason(told.code)
    reason = Reason(code, told.field or "", told.value or "", told.rule or "")
    named = field_named(reason.field, terms)
    return str(line), named, reason.value, fault_told(reason, terms)


async def _handed_to(asked: PageAsked, desk: Callable[[HandedFile], T]) -> T | FieldProblem:
    """Hand what is dropped to the desk, or say what is wrong with it."""
    if not sends_file(asked.request):
        return _wrong(asked, "", asked.frame.page("no_file"))
    try:
        async with asked.service.bodies.of(asked.request, FILE_BYTES_MAX + _FORM_BYTES) as body:
            handed = _handed(asked, body)
            if isinstance(handed, FieldProblem):
                return handed
            try:
                return await run_sync(desk, handed)
            except FileUnreadableError as error:
                return _wrong(asked, handed.name, asked.frame.words(error.words))
    except BadRequestError as error:
        if error.field != "body":
            raise
        frame = asked.frame
        rule, do = frame.page("file_too_large", most=FILE_BYTES_MAX >> 20), frame.page("file_split")
        return FieldProblem("file", frame.page("file"), "", rule, do)


def _handed(asked: PageAsked, body: bytes) -> HandedFile | FieldProblem:
    """Read what is dropped, for the department that is signed in."""
    try:
        fields, file = read_multipart(asked.request.headers.get("content-type", ""), body)
    except NoFormError:
        fields, file = {}, None
    if file is None:
        return _wrong(asked, "", asked.frame.page("no_file"))
    if not file.data:
        return _wrong(asked, file.name, asked.frame.page("file_empty"))
    if file.name.rpartition(".")[2].lower() not in _ENDINGS:
        return _wrong(asked, file.name, asked.frame.page("file_kinds"))
    return HandedFile(
        data=file.data,
        name=_plain(file),
        department=asked.own(Role.DEPARTMENT) or "",
        category=fields.get("category") or None,
        region=None,
        event_type=None,
        all_or_nothing=False,
    )


def _plain(file: SentFile) -> str:
    return "".join(c for c in file.name if c.isprintable()) or "file"


def _wrong(asked: PageAsked, value: str, rule: str) -> FieldProblem:
    frame = asked.frame
    return FieldProblem("file", frame.page("file"), value[:60], rule, frame.page("file_do"))
