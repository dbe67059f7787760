"""Every test is run by one of the parts that run beside each other, and no failure of any is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.side_by_side import PARTS, PYTEST, WITH_SERVERS
from tests.test_house import ROOT

if TYPE_CHECKING:
    from pathlib import Path

KILLS = "import pytest\n@pytest.mark.chaos\ndef test_kills(): pass\n"
QUIET = "def test_of_{0}(): pass\n"
PLACES = (*WITH_SERVERS, "tests/integration/pages", "tests/unit/ops", "tests/new", "tests")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Lay out tests in every kind of place, of each kind one that kills and one that does not."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for number, place in enumerate(PLACES):
        folder = tmp_path / place
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"test_{number}.py").write_text(KILLS + QUIET.format(number), "utf-8")
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_test_is_in_one_part_wherever_it_stands(tree: Path) -> None:
    taken = Counter(
        line
        for selection in PARTS
        for line in run(tree, *PYTEST, *selection, "--collect-only", "-q").stdout.splitlines()
        if "::" in line
    )
    assert set(taken.values()) == {1}
    assert len(taken) == 2 * len(PLACES)


def test_what_fails_in_a_part_is_shown_and_fails_the_whole(tree: Path) -> None:
    failing = "import pytest\n@pytest.mark.chaos\ndef test_that_fails(): assert 1 == 2\n"
    (tree / "tests/acceptance/test_more.py").write_text(failing, "utf-8")
    done = run(tree, sys.executable, "-m", "tests.side_by_side")
    assert done.returncode == 1
    assert "test_that_fails" in done.stdout
    assert done.stdout.count(" passed") == len(PARTS)
