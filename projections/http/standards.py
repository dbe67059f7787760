"""What is published of the standards: data dictionary, topics, schemas, divisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from projections.http.asking import parameters as p
from projections.http.asking.asked import FRESH
from projections.http.errors import StandardUnknownError

if TYPE_CHECKING:
    from projections.http.asking.asked import Asked


async def manifest(asked: Asked) -> Response:
    """Answer what is published: version, digest, files with theirs."""
    return _served(asked, "manifest.json")


async def standard(asked: Asked) -> Response:
    """Answer one of the files."""
    return _served(asked, asked[p.FILE])


def _served(asked: Asked, name: str) -> Response:
    found = asked.service.artefacts().get(name)
    if found is None:
        raise StandardUnknownError
    return Response(found.body, media_type=found.media_type, headers={"Cache-Control": FRESH})
