"""What a page says where there is nothing to show: what happened, why, and where to go on."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from ops.pages.frame import Frame
from ops.pages.opened import FormTooLongError, OtherSiteError
from ops.pages.signing_in import lacks_purpose, session_form
from ops.terms.terms import Language
from projections.http.door.refusal import NotGivenError
from projections.http.errors import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

_TITLES: Final[Mapping[int, str]] = {
    HTTPStatus.BAD_REQUEST: "wrong",
    HTTPStatus.UNAUTHORIZED: "sign_in_first",
    HTTPStatus.FORBIDDEN: "not_yours",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.GONE: "over",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_long",
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
    **more: Any,
) -> Response:
    """Answer that there is nothing to show, in the language of the page."""
    said = detail or frame.page(_DETAILS.get(status, "failed_detail"))
    values = {"rule": None, "session": None, "sign_in": False, **more}
    return frame.render(
        "problem.html",
        status=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        current=None,
        title=frame.page("say_first" if more.get("session") else _TITLES.get(status, "failed")),
        detail=said,
        do=do,
        **values,
    )


def error_page(
    request: Request, error: Exception | None, status: int, headers: Mapping[str, str]
) -> Response:
    """Answer an error of the service on a page's address: nothing of the machinery is told."""
    frame = Frame(request, language_of(request))
    match error:
        case NotGivenError():
            return told_page(
                frame,
                status,
                frame.terms.of("refused", error.code),
                headers=headers,
                rule=error.rule,
                session=session_form(frame) if lacks_purpose(error.code) else None,
                sign_in=status == HTTPStatus.UNAUTHORIZED,
            )
        case BadRequestError():
            detail = f"{error.value} – {frame.words(error.rule)}"
            return told_page(frame, status, detail, frame.words(error.do) if error.do else "")
        case OtherSiteError():
            said = frame.page("other_site_do")
            return told_page(frame, HTTPStatus.FORBIDDEN, frame.page("other_site"), said)
        case FormTooLongError():
            return told_page(frame, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, frame.page("too_long"))
    return told_page(frame, status, headers=headers)


def language_of(request: Request) -> Language:
    """Give the language of an address; Chinese where it has none."""
    language = request.url.path.split("/")[1]
    return Language(language) if language in set(Language) else Language.ZH
