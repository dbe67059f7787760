"""Errors as answers, in one table: problem details (RFC 9457) that name field, value and rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg
import psycopg_pool
from starlette.responses import Response

from events.errors import LedgerError
from projections.http.standards import StandardUnknownError
from projections.notices.subscription import SubscriptionUnknownError
from projections.profile.archive import ArchiveUnknownError
from projections.profile.hint import NoHintModelError
from projections.queries.evaluation_report import NotInYearError, YearNotFrozenError
from projections.queries.quality_report import DepartmentUnknownError
from projections.queries.region_now import DayPassedError, RegionUnknownError
from projections.queries.warning_analysis import TooManyDaysError
from projections.queries.warning_log import CursorForeignError, CursorUnreadableError
from projections.store.cut import CutSilentError, CutUnreadableError
from projections.store.database import OtherShapeError, ProjectionMissingError
from projections.store.live import ProjectionBehindError

if TYPE_CHECKING:
    from starlette.requests import Request

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 2


class BadRequestError(LedgerError):
    """A parameter is not of its form."""

    def __init__(self, field: str, value: str, rule: str) -> None:
        """Keep what an answer has to name."""
        super().__init__(f"{field} = {value!r}: {rule}")
        self.field, self.value, self.rule = field, value, rule


class NothingRecordedError(LedgerError):
    """Nothing was ever recorded of this subject."""


STATUS: Final[dict[type[Exception], int]] = {
    BadRequestError: 400,
    CutUnreadableError: 400,
    CutSilentError: 400,
    CursorUnreadableError: 400,
    SubscriptionUnknownError: 400,
    TooManyDaysError: 400,
    NothingRecordedError: 404,
    NoHintModelError: 404,
    ArchiveUnknownError: 404,
    StandardUnknownError: 404,
    DepartmentUnknownError: 404,
    YearNotFrozenError: 404,
    NotInYearError: 404,
    RegionUnknownError: 404,
    DayPassedError: 409,
    CursorForeignError: 409,
    ProjectionBehindError: 409,
    ProjectionMissingError: 503,
    OtherShapeError: 503,
    psycopg.OperationalError: 503,
    psycopg_pool.PoolTimeout: 503,
}


def answer_error(_request: Request, error: Exception) -> Response:
    """Answer an error of the table; a message of the database is never passed on."""
    kind = next(kind for kind in STATUS if isinstance(error, kind))
    status = STATUS[kind]
    # What is not an error of ours is the database's, of which nothing is passed on.
    away = not isinstance(error, LedgerError)
    detail = "The database does not answer; try again soon." if away else str(error)
    body: dict[str, Any] = {"title": kind.__name__, "status": status, "detail": detail}
    if isinstance(error, BadRequestError):
        body |= {"field": error.field, "value": error.value, "rule": error.rule}
    headers = {"Retry-After": str(RETRY_AFTER_S)} if away else None
    return Response(msgspec.json.encode(body), status, headers, MEDIA_TYPE)
