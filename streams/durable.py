"""Files that are on the disk before anybody rests on them, also over a power cut."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write_durably(place: Path, parts: Iterable[bytes]) -> None:
    """Write a file beside its place, bring it to the disk, and move it there."""
    beside = place.with_name(f"{place.name}.new")
    with beside.open("wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(place)
    sync(place.parent)


def sync(place: Path) -> None:
    """Bring to the disk what was written to a file, or which files a folder holds."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
