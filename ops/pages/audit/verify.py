"""An answer is dropped, and each check is told by name: what holds, and what does not.

Nothing of it is kept. It is checked as whoever is handed it would, by the keys known here.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from ops.pages.asking import FieldProblem
from ops.pages.desk.multipart import NoFormError, read_multipart
from ops.pages.opened import sends_file
from ops.pages.problems import told_page
from projections.http.errors import BadRequestError
from projections.http.evidence.answers import REPORT_BYTES_MAX

if TYPE_CHECKING:
    from starlette.responses import Response

    from ops.pages.opened import PageAsked
    from projections.http.asking.evidence import Verification

_FORM_BYTES = 65_536


async def verify_page(asked: PageAsked) -> Response:
    """Answer the page on which an answer is dropped."""
    return _told(asked, None, "")


async def verify_dropped(asked: PageAsked) -> Response:
    """Answer each check of what was dropped."""
    source = asked.service.evidence
    if source is None:
        frame = asked.frame
        return told_page(frame, HTTPStatus.SERVICE_UNAVAILABLE, frame.page("verify_away"))
    if not sends_file(asked.request):
        return _told(asked, None, "", _wrong(asked, asked.frame.page("no_file"), ""))
    try:
        async with asked.service.reports.of(asked.request, REPORT_BYTES_MAX + _FORM_BYTES) as body:
            try:
                _, file = read_multipart(asked.request.headers.get("content-type", ""), body)
            except NoFormError:
                file = None
            if file is None or not file.data:
                why = asked.frame.page("no_file" if file is None else "file_empty")
                return _told(asked, None, "", _wrong(asked, why, ""))
            found = await asked.service.run_costly(source.verify, file.data)
            return _told(asked, found, "".join(c for c in file.name if c.isprintable()))
    except BadRequestError as error:
        if error.field != "body":
            raise
        rule = asked.frame.page("file_too_large", most=REPORT_BYTES_MAX >> 20)
        return _told(asked, None, "", _wrong(asked, rule, asked.frame.page("verify_by_verb")))


def _wrong(asked: PageAsked, rule: str, do: str) -> FieldProblem:
    return FieldProblem("file", asked.frame.page("file"), "", rule, do)


def _told(
    asked: PageAsked, found: Verification | None, name: str, wrong: FieldProblem | None = None
) -> Response:
    return asked.frame.render(
        "verify.html",
        status=HTTPStatus.OK if wrong is None else HTTPStatus.BAD_REQUEST,
        current="verify",
        problems=[] if wrong is None else [wrong],
        found=found,
        no_report=found is not None and _is_no_report(found),
        name=name,
    )


def _is_no_report(found: Verification) -> bool:
    """Say whether no check could begin, all for one reason: there is no report in the file."""
    return not any(each.ok for each in found.checks) and len({e.why for e in found.checks}) == 1
