"""A published file, as the service serves it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final, NamedTuple

_MEDIA_TYPES: Final = {
    ".json": "application/json",
    ".avsc": "application/json",
    ".md": "text/markdown",
    ".tsv": "text/tab-separated-values",
}


class Artefact(NamedTuple):
    """A file as published: its name, by which its media type is known, and its bytes."""

    name: str
    body: bytes

    @property
    def media_type(self) -> str:
        """Give its media type."""
        return _MEDIA_TYPES[PurePosixPath(self.name).suffix]
