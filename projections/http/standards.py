"""Routes that serve what is published of the standards: data dictionary, topics, schemas."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from events.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

_MEDIA_TYPES: Final = {
    ".json": "application/json",
    ".avsc": "application/json",
    ".md": "text/markdown",
    ".tsv": "text/tab-separated-values",
}


class StandardUnknownError(LedgerError):
    """Nothing is published under this name; /v1/standards lists what is."""


class Artefact(NamedTuple):
    """A file as published: its name, by which its media type is known, and its bytes."""

    name: str
    body: bytes

    @property
    def media_type(self) -> str:
        """Give its media type."""
        return _MEDIA_TYPES[PurePosixPath(self.name).suffix]


def standards_routes(artefacts: Callable[[], Mapping[str, Artefact]]) -> list[Route]:
    """Give the routes over these files."""

    def serve(name_of: Callable[[Request], str]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            found = artefacts().get(name_of(request))
            if found is None:
                raise StandardUnknownError
            return Response(
                found.body, media_type=found.media_type, headers={"Cache-Control": "no-cache"}
            )

        return answer

    return [
        Route("/v1/standards", serve(lambda _: "manifest.json")),
        Route("/v1/standards/{file:path}", serve(lambda request: request.path_params["file"])),
    ]
