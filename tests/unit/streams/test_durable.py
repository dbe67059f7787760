from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streams import durable
from streams.durable import write_durably

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_a_file_is_there_whole_or_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "state"
    write_durably(place, [b"one", b" more"])
    assert place.read_bytes() == b"one more"

    def parts() -> Iterator[bytes]:
        yield b"tw"
        raise InterruptedError

    with pytest.raises(InterruptedError):
        write_durably(place, parts())
    assert place.read_bytes() == b"one more"


def test_file_and_folder_are_brought_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought: list[int] = []
    monkeypatch.setattr(durable.os, "fsync", brought.append)
    write_durably(tmp_path / "state", [b"x"])
    assert len(brought) == 2
