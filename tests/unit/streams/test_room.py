"""Writes stop while a disk has less room than the floor, and go on once it has more."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from streams import room
from streams.batches import OUTAGES
from streams.room import Disk, Room

if TYPE_CHECKING:
    from pathlib import Path


def test_an_almost_full_disk_is_an_outage_that_names_it_and_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free_mb = 100
    monkeypatch.setattr(room, "disk_of", lambda folder: Disk(str(folder), 1_000, free_mb))
    asked = Room([tmp_path], floor_mb=512)
    with pytest.raises(OSError, match="100 MB are free, less than the floor of 512 MB") as found:
        asked.check()
    assert isinstance(found.value, OUTAGES)
    assert (found.value.errno, found.value.filename) == (errno.ENOSPC, str(tmp_path))
    free_mb = 600
    asked.check()


def test_of_servers_elsewhere_nothing_is_asked() -> None:
    Room([], floor_mb=512).check()
