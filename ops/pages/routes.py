"""Where the pages are: each in both languages, under the same path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route

from events.rules.access import Gives
from ops.pages.board.page import AFTER, board_page, take_note
from ops.pages.board.stream import board_stream
from ops.pages.desk.page import desk_page
from ops.pages.desk.uploads import FATE, PAGE, refused_lines, upload, upload_page
from ops.pages.frame import static_file, static_path
from ops.pages.notices import notices_atom, notices_csv, notices_page
from ops.pages.opened import (
    FormTooLongError,
    OtherSiteError,
    PageAsked,
    form_fields,
    who_opens,
)
from ops.pages.problems import error_page
from ops.pages.signing_in import log_in, log_out, login_page, say_purpose
from ops.pages.subject import notice_page, subject_page
from ops.pages.timeline.page import KNOWN, timeline_page
from ops.terms.terms import Language
from projections.http.asking import parameters as p
from projections.http.asking.asked import Face, Row
from projections.http.door.door import PRIVATE, answer_through_door

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.types import Scope

    from projections.http.asking.parameter import Parameter

FOR_GOOD: Final = "public, max-age=31536000, immutable"
_STATIC: Final[Mapping[str, str]] = {
    "style.css": "text/css",
    "icon.svg": "image/svg+xml",
    "board.js": "text/javascript",
    "reload.js": "text/javascript",
}


def _page(
    path: str,
    answer: Callable[..., Awaitable[Response]],
    gives: Gives,
    summary: str,
    *takes: Parameter[Any],
    method: str = "GET",
) -> Row:
    return Row(
        path=path,
        answer=answer,
        gives=gives,
        summary=summary,
        takes=takes,
        methods=(method,),
        face=Face.PAGE,
    )


FOR_EVERYBODY: Final = (
    _page("/notices", notices_page, Gives.FIND, "What is published, sought."),
    _page("/notices.csv", notices_csv, Gives.FIND, "The same as a file."),
    _page("/notices.atom", notices_atom, Gives.FIND, "The same as a feed."),
    _page(
        "/notices/{subject}/{record}", notice_page, Gives.PROFILE, "A published record.", p.SUBJECT
    ),
    _page("/subjects/{subject}", subject_page, Gives.PROFILE, "A subject.", p.SUBJECT),
    _page("/login", login_page, Gives.DOCUMENTS, "Sign in; as whom one is."),
    _page("/login", log_in, Gives.DOCUMENTS, "Sign in by a key.", method="POST"),
    _page("/logout", log_out, Gives.DOCUMENTS, "Sign out.", method="POST"),
    _page("/purpose", say_purpose, Gives.DOCUMENTS, "Say for what one asks.", method="POST"),
)
"""What everybody is shown alike, signed in or not."""
_WARNED: Final = (p.WARNED_REGION, p.LEVEL_AT_LEAST, p.DOMAINS, p.KIND)
BY_RIGHT: Final = (
    _page("/desk", desk_page, Gives.DUTIES, "The desk of a department."),
    _page("/desk/uploads", upload, Gives.ACTS, "Report by a file.", method="POST"),
    _page("/desk/refused", refused_lines, Gives.ACTS, "Why lines are refused.", method="POST"),
    _page(
        *("/desk/uploads/{receipt}", upload_page, Gives.DUTIES, "What became of a file."),
        *(p.RECEIPT, p.LINE, FATE, PAGE),
    ),
    _page(
        *("/subjects/{subject}/timeline", timeline_page, Gives.HISTORY, "A subject's timeline."),
        *(p.SUBJECT, p.VALID_ON, KNOWN),
    ),
    _page("/board", board_page, Gives.WARNINGS, "Warnings that stand.", *_WARNED, AFTER),
    _page(
        *("/board/stream", board_stream, Gives.WARNINGS, "What changes of them."),
        *(*_WARNED, p.FOR_DEPARTMENT, p.AFTER_CURSOR),
    ),
    _page(
        *("/board/{warning}/acknowledge", take_note, Gives.ACTS, "Take note of a warning."),
        *(p.WARNING, p.TAKEN_BY, p.NOTE),
        method="POST",
    ),
)
"""What is shown to whom the decision gives it."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages as the service takes them in: their routes, and how errors are told on them."""

    routes: tuple[Route, ...]
    error_page: Callable[[Request, Exception | None, int, Mapping[str, str]], Response]

    def has(self, path: str) -> bool:
        """Say whether an address is one of a page."""
        return path.split("/")[1] in {"static", *Language}


def pages() -> Pages:
    """Give all pages."""
    routes = [
        Route(
            f"/{language}{row.path}",
            _opened(row, language, for_everybody=row in FOR_EVERYBODY),
            methods=list(row.methods),
            name=f"page{row.path}",
        )
        for row in (*FOR_EVERYBODY, *BY_RIGHT)
        for language in Language
    ]
    routes += [Route(f"/{language}", _first) for language in Language]
    routes.append(Route("/static/{digest}/{name}", _static))
    routes.append(_FrontForBrowsers())
    return Pages(tuple(routes), error_page)


def _opened(
    row: Row, language: Language, *, for_everybody: bool
) -> Callable[[Request], Awaitable[Response]]:
    """Give the endpoint of a page. What is for everybody is shown to everybody alike."""

    async def answered(request: Request) -> Any:
        request.scope["row"] = row
        signed_in = request.state.signed_in = await who_opens(request)
        try:
            form = await form_fields(request) if request.method == "POST" else {}
        except (OtherSiteError, FormTooLongError) as error:
            return error_page(request, error, 400, {})
        counts = None if for_everybody else signed_in
        asked = PageAsked(request, row, language, form, counts)
        answer = await answer_through_door(asked)
        if signed_in is not None:
            answer.headers["Cache-Control"] = PRIVATE
        return answer

    return answered


class _FrontForBrowsers(Route):
    """The first page for who asks `/` for HTML; clients of the registry find what they expect."""

    def __init__(self) -> None:
        super().__init__("/", _front)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match where a page is asked for."""
        if "text/html" not in Headers(scope=scope).get("accept", ""):
            return Match.NONE, {}
        return super().matches(scope)


async def _front(_: Request) -> Response:
    return RedirectResponse("/zh/notices", 303, {"Vary": "Accept"})


async def _first(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/notices", 303)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC or request.url.path != static_path(name):
        return error_page(request, None, 404, {})
    return Response(static_file(name), 200, {"Cache-Control": FOR_GOOD}, _STATIC[name])
