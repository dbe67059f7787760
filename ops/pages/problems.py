"""What a page says where there is nothing to show: what happened, why, and where to go on."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from ops.pages.frame import Frame
from ops.terms.terms import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

_TITLES: Final[Mapping[int, str]] = {
    HTTPStatus.BAD_REQUEST: "wrong",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.GONE: "over",
    HTTPStatus.TOO_MANY_REQUESTS: "busy",
    HTTPStatus.SERVICE_UNAVAILABLE: "away",
}
_DETAILS: Final[Mapping[int, str]] = {
    HTTPStatus.NOT_FOUND: "not_found_detail",
    HTTPStatus.GONE: "over_detail",
    HTTPStatus.SERVICE_UNAVAILABLE: "away_detail",
}


def told_page(
    frame: Frame,
    status: int,
    detail: str | None = None,
    do: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer that there is nothing to show, in the language of the page."""
    said = detail or frame.page(_DETAILS.get(status, "failed_detail"))
    return frame.render(
        "problem.html",
        status=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        current=None,
        title=frame.page(_TITLES.get(status, "failed")),
        detail=said,
        do=do,
    )


def error_page(request: Request, status: int, headers: Mapping[str, str]) -> Response:
    """Answer an error of the service on a page's address: nothing of the machinery is told."""
    _, language, *_ = request.url.path.split("/")
    spoken = Language(language) if language in set(Language) else Language.ZH
    return told_page(Frame(request, spoken), status, headers=headers)
