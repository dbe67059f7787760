"""A signer with a ledger and a topic of cuts in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.signing.folder import Folder
from tests.unit.streams.signing.fakes import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path / "log")
    Folder(found.path).begin()
    return found
