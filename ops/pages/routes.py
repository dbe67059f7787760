"""Where the pages are: each in both languages, under the same path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route

from events.envelope import Platform
from events.rules.access import Gives, View, load_access_policy
from ops.pages.frame import static_file, static_path
from ops.pages.notices import notices_atom, notices_csv, notices_page
from ops.pages.problems import error_page
from ops.pages.subject import notice_page, subject_page
from ops.terms.terms import Language
from projections.access.asker import PUBLIC_ASKER, AccessPermit, Wanted
from projections.access.decide import decide

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.types import Scope

    from projections.http.asking.asked import Service

FOR_GOOD: Final = "public, max-age=31536000, immutable"
_STATIC: Final[Mapping[str, str]] = {"style.css": "text/css", "icon.svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page: where it is, who answers, and what kind of answer it gives (see `Row`)."""

    path: str
    answer: Callable[[Request, Language], Awaitable[Response]]
    gives: Gives


PAGES: Final = (
    PageRow("/notices", notices_page, Gives.FIND),
    PageRow("/notices.csv", notices_csv, Gives.FIND),
    PageRow("/notices.atom", notices_atom, Gives.FIND),
    PageRow("/notices/{subject}/{record}", notice_page, Gives.PROFILE),
    PageRow("/subjects/{subject}", subject_page, Gives.PROFILE),
)


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages as the service takes them in: their routes, and how errors are told on them."""

    routes: tuple[Route, ...]
    error_page: Callable[[Request, int, Mapping[str, str]], Response]

    def has(self, path: str) -> bool:
        """Say whether an address is one of a page."""
        return path.split("/")[1] in {"static", *Language}


def pages() -> Pages:
    """Give all pages."""
    routes = [
        Route(f"/{language}{row.path}", _in(language, row), name=f"page{row.path}")
        for row in PAGES
        for language in Language
    ]
    routes += [Route(f"/{language}", _first) for language in Language]
    routes.append(Route("/static/{digest}/{name}", _static))
    routes.append(_FrontForBrowsers())
    return Pages(tuple(routes), error_page)


def _in(language: Language, row: PageRow) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Any:
        service: Service = request.app.state.service
        wanted = Wanted(gives=row.gives, platform=Platform.ORGANISATION)
        decision = decide(PUBLIC_ASKER, wanted, load_access_policy(), service.today())
        if not isinstance(decision, AccessPermit) or decision.view is not View.PUBLIC:
            return error_page(request, 404, {})
        return await row.answer(request, language)

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
        return error_page(request, 404, {})
    return Response(static_file(name), 200, {"Cache-Control": FOR_GOOD}, _STATIC[name])
