"""Errors as answers, in one table: problem details (RFC 9457) with field, value, rule, next step.

A refused parameter is told in the language that was asked for (Accept-Language: zh, else English).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import psycopg
import psycopg_pool
from starlette.responses import Response

from events.errors import LedgerError
from events.persons import may_hold_identity_number
from projections.as_of.cut import CutSilentError, CutUnreadableError
from projections.http.words import Words
from projections.notices.subscription import SubscriptionUnknownError
from projections.profile.archive import ArchiveUnknownError
from projections.profile.hint import NoHintModelError
from projections.proof.errors import ProofError
from projections.queries.directory import PersonsNotListedError, PlaceUnreadableError
from projections.queries.erasures import ErasureRefusedError
from projections.queries.evaluation_report import NotInYearError, YearNotFrozenError
from projections.queries.finding import NothingSoughtError, PersonSoughtError
from projections.queries.overview import MemberUnreadableError
from projections.queries.quality_report import DepartmentUnknownError
from projections.queries.region_now import DayPassedError, RegionUnknownError, RegionUnsweptError
from projections.queries.warning_analysis import TooManyDaysError
from projections.queries.warning_log import CursorForeignError, CursorUnreadableError
from projections.store.database import OtherShapeError, ProjectionMissingError
from projections.store.live import LedgerBrokenError, ProjectionBehindError

if TYPE_CHECKING:
    from starlette.requests import Request

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 2
UNFORESEEN: Final = "InternalError"
_SHOWN_MAX: Final = 60
NOT_SHOWN: Final = "(not shown)"
"""Stands in the place of a value that may be somebody's number or secret."""


def repeated_part(text: str) -> str:
    """Give of what was said as much as an answer, and so a log, repeats of it."""
    return NOT_SHOWN if may_hold_identity_number(text) else text[:_SHOWN_MAX]


class BadRequestError(LedgerError):
    """A parameter is not of its form."""

    def __init__(self, field: str, value: str, rule: Words, do: Words | None = None) -> None:
        """Keep what an answer has to name; what may be a person's number is not repeated."""
        shown = repeated_part(value)
        super().__init__(f"{field} = {shown!r}: {rule.en}")
        self.field, self.value, self.rule, self.do = field, shown, rule, do


class NotThereError(BadRequestError):
    """A code is well formed, and nothing has it."""


class NothingRecordedError(LedgerError):
    """Nothing was ever recorded of this subject."""


class StandardUnknownError(LedgerError):
    """Nothing is published under this name; /v1/standards lists what is."""


class EvidenceUnknownError(LedgerError):
    """There is no such event, tile or checkpoint."""


class EvidenceAwayError(LedgerError):
    """No evidence is given here: the service was started without the log's files."""


class BusyError(LedgerError):
    """Too many questions that read much are waiting already."""


class NotTakenError(LedgerError):
    """An acknowledgement was refused, for this field and rule."""

    def __init__(self, field: str, value: str, rule: Words) -> None:
        """Keep what an answer has to name."""
        super().__init__(f"{field} = {value!r}: {rule.en}")
        self.field, self.value, self.rule = field, value, rule


class DeskAwayError(LedgerError):
    """Nothing can be handed in just now: the broker does not answer, or there is no desk here."""


class VaultClosedError(LedgerError):
    """Names cannot be opened just now: the vault does not answer."""


class ForeignHostError(LedgerError):
    """The service does not answer under this name."""


class FramingError(LedgerError):
    """A request says its length twice: Content-Length together with Transfer-Encoding."""


class FramingUnknownError(LedgerError):
    """Over HTTP/1.0 nobody can be told that a file was cut off, so none is given."""


class TooManyStreamsError(LedgerError):
    """As many streams as there may be are open already."""


class ErrorAnswer(NamedTuple):
    """How an error is answered: its status, what to do next; `again` where waiting helps.

    `field` is the parameter that it is about, where there is one.
    """

    status: int
    do: Words
    again: bool = False
    field: str | None = None


_MEND: Final = Words(
    "mend the parameter: /docs lists those of each question", "请更正参数，见 /docs"
)
_LATER: Final = Words("ask again in some seconds", "请数秒后重试")
_WHOLE: Final = Words("start again from the whole: ask without after", "请从头查询：不带 after")
_YEARS: Final = Words("/v1/evaluations lists what is frozen", "已定年度见 /v1/evaluations")

ERRORS: Final[dict[type[Exception], ErrorAnswer]] = {
    NotThereError: ErrorAnswer(404, _MEND),
    BadRequestError: ErrorAnswer(400, _MEND),
    CutUnreadableError: ErrorAnswer(400, _MEND),
    CutSilentError: ErrorAnswer(
        400,
        Words("name the subject's partition in the cut", "请在 cut 中给出主体所在分区"),
        field="cut",
    ),
    CursorUnreadableError: ErrorAnswer(400, _WHOLE),
    MemberUnreadableError: ErrorAnswer(400, _WHOLE),
    SubscriptionUnknownError: ErrorAnswer(400, _MEND),
    TooManyDaysError: ErrorAnswer(
        400,
        Words("choose a later since, or a larger every", "请缩短时段或增大 every"),
        field="since",
    ),
    FramingError: ErrorAnswer(400, Words("send one of the two headers", "请只发送其中之一")),
    ForeignHostError: ErrorAnswer(
        421, Words("use the address that the service was started for", "请使用服务启动时的地址")
    ),
    NothingRecordedError: ErrorAnswer(
        404, Words("check the code; nothing of it was reported", "请核对代码：尚无任何记录")
    ),
    NothingSoughtError: ErrorAnswer(
        400,
        Words(
            "say what to look for: q; region or industry; product or batch",
            "请给出查询内容：q；region 或 industry；product 或 batch",
        ),
    ),
    PersonSoughtError: ErrorAnswer(
        400, Words("ask by the person's token", "请以自然人令牌查询，不得使用公民身份号码")
    ),
    PersonsNotListedError: ErrorAnswer(400, Words("ask of organisations", "请查询 organisation")),
    PlaceUnreadableError: ErrorAnswer(400, _WHOLE, field="after"),
    NoHintModelError: ErrorAnswer(404, Words("ask of a later day", "请查询较晚的日期")),
    ArchiveUnknownError: ErrorAnswer(
        404, Words("/v1/archives lists what there is", "见 /v1/archives")
    ),
    StandardUnknownError: ErrorAnswer(
        404, Words("/v1/standards lists what there is", "见 /v1/standards")
    ),
    EvidenceUnknownError: ErrorAnswer(
        404, Words("check what is named; history lists events", "请核对所列编号；事件见 history")
    ),
    EvidenceAwayError: ErrorAnswer(
        404, Words("ask where the log is signed", "请向签名所在的服务查询")
    ),
    ProofError: ErrorAnswer(
        503,
        Words(
            "`credit-ledger status` and `audit` say more",
            "请运行 `credit-ledger status` 与 `audit`",
        ),
    ),
    DepartmentUnknownError: ErrorAnswer(404, _MEND),
    YearNotFrozenError: ErrorAnswer(404, _YEARS),
    NotInYearError: ErrorAnswer(404, _YEARS),
    RegionUnknownError: ErrorAnswer(404, Words("ask of its city or province", "请查询其市或省")),
    DayPassedError: ErrorAnswer(
        409,
        Words(
            "of a past day ask .../state?valid_on=DAY, of a past year /v1/evaluations",
            "过去的日期请用 .../state?valid_on=日期，过去的年度见 /v1/evaluations",
        ),
        field="on",
    ),
    ErasureRefusedError: ErrorAnswer(
        409, Words("GET /v1/erasures tells where it stands", "见 GET /v1/erasures")
    ),
    CursorForeignError: ErrorAnswer(409, _WHOLE),
    ProjectionBehindError: ErrorAnswer(409, _LATER, again=True, field="cut"),
    RegionUnsweptError: ErrorAnswer(503, _LATER, again=True),
    BusyError: ErrorAnswer(503, _LATER, again=True),
    DeskAwayError: ErrorAnswer(503, _LATER, again=True),
    VaultClosedError: ErrorAnswer(503, _LATER, again=True),
    TooManyStreamsError: ErrorAnswer(503, _LATER, again=True),
    FramingUnknownError: ErrorAnswer(
        505,
        Words(
            "ask by HTTP/1.1; of a proxy such as nginx: proxy_http_version 1.1",
            "请用 HTTP/1.1；nginx 等代理请设 proxy_http_version 1.1",
        ),
    ),
    ProjectionMissingError: ErrorAnswer(
        503, Words("`credit-ledger up` makes the tables", "请运行 `credit-ledger up`")
    ),
    LedgerBrokenError: ErrorAnswer(
        503,
        Words(
            "an operator has to settle it: `credit-ledger status` says how",
            "须由管理员处理，见 `credit-ledger status`",
        ),
    ),
    OtherShapeError: ErrorAnswer(
        503, Words("`credit-ledger replay --take-over` makes them anew", "请重建读模型")
    ),
    psycopg.errors.QueryCanceled: ErrorAnswer(
        503,
        Words("the answer took too long to read: ask for less", "查询耗时过长，请缩小范围"),
        again=True,
    ),
    psycopg.OperationalError: ErrorAnswer(503, _LATER, again=True),
    psycopg_pool.PoolTimeout: ErrorAnswer(503, _LATER, again=True),
}


OF_ANY_QUESTION: Final[tuple[type[Exception], ...]] = (
    *(BadRequestError, FramingError, ForeignHostError, psycopg.OperationalError),
    *(psycopg.errors.QueryCanceled, psycopg_pool.PoolTimeout),
)
"""What any question may end in: it is asked wrongly, or the database is away."""
OF_READ_MODELS: Final[tuple[type[Exception], ...]] = (
    *(ProjectionMissingError, OtherShapeError, LedgerBrokenError),
)
"""What a question to the read models may end in besides."""


def answer_error(request: Request, error: Exception) -> Response:
    """Answer an error of the table; a message of the database is never passed on."""
    kind = next(kind for kind in ERRORS if isinstance(error, kind))
    told = ERRORS[kind]
    zh = speaks_chinese(request)
    # What is not an error of ours is the database's, of which nothing is passed on.
    ours = isinstance(error, LedgerError)
    detail = str(error) if ours else "The database does not answer in time."
    body: dict[str, Any] = {"title": kind.__name__, "status": told.status, "detail": detail}
    do = told.do
    if isinstance(error, BadRequestError):
        rule = error.rule.zh if zh else error.rule.en
        body |= {"field": error.field, "value": error.value, "rule": rule}
        body["detail"] = f"{error.field} = {error.value!r}: {rule}"
        do = error.do or told.do
    elif told.field is not None and told.field in request.query_params:
        value = repeated_part(request.query_params[told.field])
        body |= {"field": told.field, "value": value, "rule": detail}
    body["do"] = do.zh if zh else do.en
    headers = {"Retry-After": str(RETRY_AFTER_S)} if told.again else {}
    return problem(body, told.status, headers)


def answer_gone(_request: Request, _error: Exception) -> Response:
    """Answer who hung up in the midst of a body: nobody, and it is no fault of the service."""
    return Response(status_code=400)


def answer_unforeseen(_request: Request, _error: Exception) -> Response:
    """Answer what nobody foresaw; the log has the rest of it."""
    detail = "The service failed at this question, and its log says how."
    body = {"title": UNFORESEEN, "status": 500, "detail": detail, "do": _LATER.en}
    return problem(body, 500)


def problem(body: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> Response:
    """Give problem details."""
    given = {"Cache-Control": "no-store", **(headers or {})}
    return Response(msgspec.json.encode(body), status, given, MEDIA_TYPE)


def speaks_chinese(request: Request) -> bool:
    """Say whether Chinese is what a client asks for first."""
    return request.headers.get("accept-language", "").strip().lower().startswith("zh")
