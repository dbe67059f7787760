"""Whether the disks of broker and database have room: writes stop before one is full.

A server whose disk is full ends, and may not come back before there is room. One that nobody writes
to goes on answering.
"""

from __future__ import annotations

import errno
import shutil
import time
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

MEGABYTE: Final = 1024 * 1024
_LOOK_EVERY_S: Final = 1.0


class Disk(NamedTuple):
    """The disk under a folder: its size and what is free of it, in megabytes."""

    folder: str
    size_mb: int
    free_mb: int


def disk_of(folder: Path) -> Disk:
    """Measure the disk under a folder."""
    found = shutil.disk_usage(folder)
    return Disk(str(folder), found.total // MEGABYTE, found.free // MEGABYTE)


class Room:
    """Asks, once in a while, whether each folder has more room than the floor."""

    def __init__(self, folders: Collection[Path], floor_mb: int) -> None:
        """Watch these folders; of servers elsewhere there are none."""
        self._folders = folders
        self._floor_mb = floor_mb
        self._looked_at = float("-inf")

    def check(self) -> None:
        """Raise `OSError` naming the folder whose disk is almost full: an outage, which passes."""
        if time.monotonic() - self._looked_at < _LOOK_EVERY_S:
            return
        for folder in self._folders:
            found = disk_of(folder)
            if found.free_mb < self._floor_mb:
                raise OSError(
                    errno.ENOSPC,
                    f"{found.free_mb} MB are free, less than the floor of {self._floor_mb} MB: "
                    "nothing is written until there is room",
                    found.folder,
                )
        self._looked_at = time.monotonic()


UNWATCHED: Final = Room((), 0)
"""Room that nobody watches: that of servers elsewhere."""
