"""Every threat that is told of names what stands against it, and tests that there are."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
THREATS: list[dict[str, Any]] = tomllib.loads((ROOT / "tests/threats.toml").read_text())["threat"]


def names_in(file: Path) -> set[str]:
    """Give the names of the tests of a file."""
    tree = ast.parse(file.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_threat_says_what_stands_against_it_and_which_test_shows_it() -> None:
    for row in THREATS:
        assert row.keys() == {"code", "threat", "against", "tests"}, row["code"]
        assert row["tests"], row["code"]
        for name in row["tests"]:
            file, test = name.split("::")
            assert test in names_in(ROOT / file), name
    codes = [row["code"] for row in THREATS]
    assert len(codes) == len(set(codes))
