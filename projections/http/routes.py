"""Every route, once: where it is, what it takes, who answers, in what manner.

From these rows come Starlette's routes, the reading and refusing of parameters, the counting of
questions, the OpenAPI document and the page of documents. To add a question, add a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from events.rules.access import Gives
from events.rules.archives import Archive
from projections.as_of.cut import CutSilentError
from projections.as_of.state import StateDocument
from projections.http import (
    across,
    lookup,
    reports,
    stream,
    subjects,
)
from projections.http.asking import parameters as p
from projections.http.asking.asked import Asked, Face, Row
from projections.http.asking.body import body_of, takes_body
from projections.http.consents.rows import CONSENT_ROWS
from projections.http.door.door import answer_through_door
from projections.http.duties.rows import DUTY_ROWS
from projections.http.erasures.rows import ERASURE_ROWS
from projections.http.errors import NothingRecordedError, TooManyStreamsError
from projections.http.evidence.rows import EVIDENCE_ROWS
from projections.http.exports.rows import EXPORT_ROWS
from projections.http.intake.rows import INTAKE_ROWS
from projections.http.registry.face import REGISTRY_ROWS
from projections.http.rows.operation import OPERATION_ROWS
from projections.http.rows.reports import REPORT_ROWS
from projections.notices.subscription import SubscriptionUnknownError
from projections.profile.archive import ArchiveUnknownError
from projections.profile.hint import NoHintModelError
from projections.queries import (
    directory,
    finding,
    overview,
    warning_analysis,
    warning_log,
)
from projections.queries.directory import PersonsNotListedError, PlaceUnreadableError
from projections.queries.evaluation_report import NotInYearError, SubjectYear, YearNotFrozenError
from projections.queries.finding import NothingSoughtError, PersonSoughtError
from projections.queries.region_now import DayPassedError
from projections.queries.subject.cases import CasesAnswer
from projections.queries.subject.profile import ProfileAnswer
from projections.queries.subject.views import HintAnswer
from projections.queries.warning_analysis import TooManyDaysError
from projections.queries.warning_log import CursorForeignError
from projections.store.live import ProjectionBehindError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from starlette.requests import Request
    from starlette.responses import Response

_V1: Final = "/v1/{platform}"
_SUBJECT: Final = f"{_V1}/subjects/{{subject}}"
_OF_SUBJECT: Final = (p.PLATFORM, p.SUBJECT)

_SUBJECTS: Final = (
    Row(
        path=f"{_SUBJECT}/profile",
        answer=subjects.profile,
        gives=Gives.PROFILE,
        errors=(ArchiveUnknownError, DayPassedError, NothingRecordedError),
        summary="Current credit profile: what is disclosed and until when; whole, or by archive.",
        takes=(*_OF_SUBJECT, p.ON, p.ARCHIVE, p.DOMAIN, p.PROFESSION, p.PUBLICATION),
        counts_as="profile",
        answer_type=ProfileAnswer,
    ),
    Row(
        path=f"{_SUBJECT}/history",
        answer=subjects.history,
        gives=Gives.HISTORY,
        errors=(CutSilentError, NothingRecordedError, ProjectionBehindError),
        summary="Every event of a subject, and what it did; the data dictionary has their fields.",
        takes=(*_OF_SUBJECT, p.CUT, p.LIMIT, p.AFTER_OFFSET),
        counts_as="history",
    ),
    Row(
        path=f"{_SUBJECT}/state",
        answer=subjects.state,
        gives=Gives.HISTORY,
        errors=(CutSilentError, NothingRecordedError, ProjectionBehindError),
        summary="State valid on a day, as known at a moment or a cut.",
        takes=(*_OF_SUBJECT, p.VALID_ON, p.KNOWN_AT, p.CUT, p.RULES),
        counts_as="state",
        stays_sealed=True,
        answer_type=StateDocument,
    ),
    Row(
        path=f"{_SUBJECT}/cases",
        answer=subjects.cases,
        gives=Gives.CASES,
        errors=(NothingRecordedError,),
        summary="Court cases of a subject, their stages chained by number.",
        takes=(*_OF_SUBJECT, p.CASES_ON),
        counts_as="cases",
        answer_type=CasesAnswer,
    ),
    Row(
        path=f"{_SUBJECT}/hint",
        answer=subjects.hint,
        gives=Gives.CONCLUSIONS,
        errors=(DayPassedError, NoHintModelError, NothingRecordedError),
        summary="Composite hint: one word, why, and the versions of the models that it rests on.",
        takes=(*_OF_SUBJECT, p.ON),
        counts_as="hint",
        answer_type=HintAnswer,
    ),
    Row(
        path=f"{_SUBJECT}/evaluations/{{year}}",
        answer=reports.subject_year,
        gives=Gives.CONCLUSIONS,
        errors=(NotInYearError, YearNotFrozenError),
        summary="A subject in the frozen evaluation of a year, and what its points rest on.",
        takes=(*_OF_SUBJECT, p.YEAR),
        answer_type=SubjectYear,
    ),
)
_INQUIRIES: Final = (
    Row(
        path=f"{_SUBJECT}/inquiries",
        answer=subjects.inquiries,
        gives=Gives.INQUIRIES,
        summary="Who asked of a subject: for whom, as what, why, and what came of it (查询留痕).",
        takes=(*_OF_SUBJECT, p.LIMIT),
    ),
)
_ACROSS: Final = (
    Row(
        path="/v1/archives",
        answer=across.archives,
        gives=Gives.DOCUMENTS,
        summary="The archives: fields and professions a profile can be narrowed to.",
        answer_type=list[Archive],
    ),
    Row(
        path=f"{_V1}/lists",
        answer=across.lists,
        gives=Gives.LIST_COUNTS,
        summary="The lists, and how many entries they hold.",
        takes=(p.PLATFORM,),
        counts_as="lists",
        answer_type=list[overview.ListCount],
    ),
    Row(
        path=f"{_V1}/lists/{{list}}",
        answer=across.list_members,
        gives=Gives.LISTS,
        summary="Entries of a list.",
        takes=(p.PLATFORM, p.LIST, p.STATUS, p.WITHIN, p.LIMIT, p.AFTER_MEMBER),
        counts_as="lists",
        answer_type=overview.ListPage,
    ),
    Row(
        path=f"{_V1}/warnings",
        answer=across.warnings,
        gives=Gives.WARNINGS,
        errors=(CursorForeignError, SubscriptionUnknownError),
        summary="Warnings in the order of telling.",
        takes=(
            *(p.PLATFORM, p.WARNED_REGION, p.LEVEL, p.DOMAINS, p.KIND, p.OF_SUBJECT, p.ACTIVE),
            *(p.LIMIT, p.AFTER_WARNING),
        ),
        counts_as="warnings",
        answer_type=warning_log.WarningPage,
    ),
    Row(
        path=f"{_V1}/warnings/stream",
        answer=stream.stream_warnings,
        gives=Gives.WARNINGS,
        errors=(SubscriptionUnknownError, TooManyStreamsError),
        summary="The same as server-sent events, resumable without limit (Last-Event-ID or after).",
        takes=(
            *(p.PLATFORM, p.WARNED_REGION, p.LEVEL_AT_LEAST, p.DOMAINS, p.KIND),
            *(p.FOR_DEPARTMENT, p.AFTER_CURSOR),
        ),
    ),
    Row(
        path=f"{_V1}/analysis/warnings",
        answer=reports.analysis,
        gives=Gives.ANALYSIS,
        errors=(TooManyDaysError,),
        summary="How many warnings stood at the end of each month, by level; no subject is named.",
        takes=(p.PLATFORM, p.BY, p.SINCE, p.UNTIL, p.EVERY),
        costly=True,
        answer_type=list[warning_analysis.WarningsStanding],
    ),
)
_LOOK_UP: Final = (
    Row(
        path=f"{_V1}/find",
        answer=lookup.find,
        gives=Gives.FIND,
        errors=(NothingSoughtError, PersonSoughtError),
        summary="Subjects by any name, code or number, of today or of before, in any writing.",
        takes=(p.PLATFORM, p.TEXT, p.READER, p.SUBJECTS, p.AFTER_SUBJECT),
        counts_as="find",
        answer_type=finding.FoundPage,
    ),
    Row(
        path=f"{_V1}/findings",
        answer=lookup.findings,
        gives=Gives.FIND,
        errors=(NothingSoughtError,),
        summary="What was found in a product or a batch, over all firms.",
        takes=(p.PLATFORM, p.PRODUCT, p.BATCH, p.READER, p.SUBJECTS, p.AFTER_SUBJECT),
        counts_as="findings",
        costly=True,
        answer_type=finding.FoundPage,
    ),
    Row(
        path=f"{_V1}/subjects",
        answer=lookup.firms,
        gives=Gives.FIRMS,
        errors=(NothingSoughtError, PersonsNotListedError, PlaceUnreadableError),
        summary="Firms of a region, of an industry, or of both.",
        takes=(p.PLATFORM, p.SEATED_IN, p.INDUSTRY, p.READER, p.SUBJECTS, p.AFTER_PLACE),
        counts_as="firms",
        costly=True,
        answer_type=directory.FirmPage,
    ),
    Row(
        path=f"{_V1}/reviews",
        answer=lookup.reviews,
        gives=Gives.REVIEWS,
        errors=(PlaceUnreadableError,),
        summary="Warnings of which nobody took note, to be reviewed by a day (观察名单).",
        takes=(p.PLATFORM, p.REVIEWED_BY, p.SUBJECTS, p.AFTER_REVIEW),
        counts_as="reviews",
        costly=True,
        answer_type=directory.ReviewPage,
    ),
)
ROUTES: Final[tuple[Row, ...]] = (
    *(*_SUBJECTS, *_INQUIRIES, *_LOOK_UP, *_ACROSS, *CONSENT_ROWS, *DUTY_ROWS, *INTAKE_ROWS),
    *(*ERASURE_ROWS, *REPORT_ROWS, *EXPORT_ROWS, *EVIDENCE_ROWS, *OPERATION_ROWS),
    *REGISTRY_ROWS,
)


def starlette_routes(rows: Iterable[Row]) -> Iterator[Route]:
    """Make what Starlette routes by; the endpoint of the registry's rows is the registry's own."""
    for row in rows:
        if row.face is not Face.REGISTRY:
            yield Route(row.path, _endpoint(row), methods=list(row.methods), name=row.path)


def _endpoint(row: Row) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Any:
        request.scope["row"] = row
        if takes_body(row):
            return await answer_through_door(Asked(request, row, await body_of(request, row)))
        return await answer_through_door(Asked(request, row))

    return answered
