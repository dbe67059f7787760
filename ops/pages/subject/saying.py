"""A subject objects to a record of its own (异议), or states something beside it (说明).

It goes the way of every report, as of the department `subjects`; so it is checked, recorded and
answered as any other, and stands beside the record as soon as it is on the ledger.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from anyio.to_thread import run_sync
from starlette.responses import RedirectResponse

from events.envelope import Platform
from ops.pages.asking import FieldProblem
from ops.pages.desk.uploads import what_to_do
from ops.pages.frame import HEADERS
from ops.pages.problems import told_page
from ops.told.submission import why_told
from projections.http.asking.desk import FateOfLine, HandedFile
from projections.http.asking.forms import TextForm
from projections.http.asking.parameter import in_path
from projections.http.door.door import PRIVATE
from projections.http.intake.receipts import desk_of
from projections.queries.subject.profile import ProfileAnswer, answer_profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from ops.pages.opened import PageAsked
    from projections.profile.shapes import ShownRecord

RECORD: Final = in_path("record", TextForm(), "The id of a record of one's own.")
GROUNDS: Final = (
    "wrong_amount",
    "wrong_facts",
    "not_mine",
    "performed",
    "should_be_hidden",
    "other",
)
SAID_MAX: Final = 1_000
_BY: Final = "subjects"
_LAW: Final = "浙江省公共信用信息管理条例第三十条"


async def say_page(asked: PageAsked) -> Response:
    """Answer the page on which a subject says something of a record."""
    return await _told(asked)


async def say_it(asked: PageAsked) -> Response:
    """Hand in what a subject says of a record, and go back to the record."""
    subject, record = asked.own_subject(), await _record(asked)
    if record is None or asked.said("platform") is Platform.PERSON:
        return await _told(asked)
    wrong = _wrong(asked)
    if wrong is not None:
        return await _told(asked, [wrong])
    handed = HandedFile(
        data=msgspec.json.encode(_line(asked, subject, record)) + b"\n",
        name="own.ndjson",
        department=_BY,
        category=None,
        region=None,
        event_type=None,
        all_or_nothing=True,
    )
    taken = await run_sync(desk_of(asked).take_in, handed)
    refused = [each for each in taken.lines if each.fate is FateOfLine.REFUSED]
    if refused or taken.receipt is None:
        return await _told(asked, [_refused(asked, why.code) for e in refused for why in e.reasons])
    where = f"{asked.frame.path('me', 'records', record.event_id)}?done=said"
    return RedirectResponse(where, HTTPStatus.SEE_OTHER, {**HEADERS, "Cache-Control": PRIVATE})


def _wrong(asked: PageAsked) -> FieldProblem | None:
    """Say what is wrong with what was said."""
    frame, text = asked.frame, asked.form.get("text", "")
    if asked.form.get("kind") not in ("objection", "statement"):
        return FieldProblem("kind", frame.page("say_what"), "", frame.page("say_kind_rule"), "")
    if not text or len(text) > SAID_MAX:
        rule = frame.page("say_text_rule", most=SAID_MAX)
        return FieldProblem("text", frame.page("say_text"), "", rule, "")
    if asked.form["kind"] == "objection" and asked.form.get("ground") not in GROUNDS:
        return FieldProblem("ground", frame.page("say_ground"), "", frame.page("from_list"), "")
    return None


def _line(asked: PageAsked, subject: str, record: ShownRecord) -> Mapping[str, Any]:
    """Give the line that is handed in."""
    text = asked.form["text"]
    about = {
        "subject_id": subject,
        "concerns": record.event_id,
        "category": "objection",
        "legal_basis": _LAW,
        "occurred_on": str(asked.service.today()),
    }
    if asked.form["kind"] == "statement":
        return {"event_type": "StatementAdded", **about, "text": text}
    return {
        "event_type": "ObjectionRaised",
        **about,
        "ground": asked.form["ground"],
        "claim": text,
    }


def _refused(asked: PageAsked, code: str) -> FieldProblem:
    frame = asked.frame
    why, do = why_told(code, frame.terms), what_to_do(code, frame.terms)
    return FieldProblem("text", frame.page("say_text"), "", why, do)


async def _record(asked: PageAsked) -> ShownRecord | None:
    """Give the record of one's own that is asked about; None where there is none."""
    service, subject = asked.service, asked.own_subject()
    answer: ProfileAnswer | None = await service.ask(
        answer_profile, asked.said("platform"), subject, service.today(), service.calendar
    )
    records = () if answer is None else answer.profile.records
    return next((each for each in records if each.event_id == asked[RECORD]), None)


async def _told(asked: PageAsked, problems: Sequence[FieldProblem] = ()) -> Response:
    record, frame = await _record(asked), asked.frame
    if record is None:
        return told_page(frame, HTTPStatus.NOT_FOUND, frame.page("no_own_record"))
    return frame.render(
        "say.html",
        status=HTTPStatus.BAD_REQUEST if problems else HTTPStatus.OK,
        current="me",
        record=record,
        content=frame.content(record),
        is_person=asked.said("platform") is Platform.PERSON,
        grounds=GROUNDS,
        given=asked.form,
        said_max=SAID_MAX,
        problems=problems,
        wrong={each.field for each in problems},
        done=asked.request.query_params.get("done") == "said",
    )
