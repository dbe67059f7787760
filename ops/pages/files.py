"""The files that pages need, each under an address that names its content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import Response
from starlette.routing import Route

from ops.pages.board.approved_map import POLICY as POLICY_OF_MAP
from ops.pages.frame import static_file, static_path
from ops.pages.problems import error_page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from ops.pages.board.approved_map import ApprovedMap

FOR_GOOD: Final = "public, max-age=31536000, immutable"
_STATIC: Final[Mapping[str, str]] = {
    "style.css": "text/css",
    "icon.svg": "image/svg+xml",
    "board.js": "text/javascript",
    "reload.js": "text/javascript",
}


def file_routes(approved_map: ApprovedMap | None) -> list[Route]:
    """Give the routes of our files, and of the map that an installation brings."""
    of_map = [] if approved_map is None else [Route(approved_map.path, _shown(approved_map))]
    return [*of_map, Route("/static/{digest}/{name}", _static)]


def _shown(found: ApprovedMap) -> Callable[[Request], Awaitable[Response]]:
    """Give the endpoint of a file that an installation brings."""
    headers = {"Cache-Control": FOR_GOOD, "Content-Security-Policy": POLICY_OF_MAP}

    async def answered(_: Request) -> Response:
        return Response(found.data, 200, headers, found.media_type)

    return answered


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC or request.url.path != static_path(name):
        return error_page(request, None, 404, {})
    return Response(static_file(name), 200, {"Cache-Control": FOR_GOOD}, _STATIC[name])
