"""Every threat that is told of names what stands against it, and tests that there are."""

from __future__ import annotations

import tomllib
from typing import Any

from tests.support.named import ROOT, there_is

THREATS: list[dict[str, Any]] = tomllib.loads((ROOT / "tests/threats.toml").read_text())["threat"]


def test_every_threat_says_what_stands_against_it_and_which_test_shows_it() -> None:
    for row in THREATS:
        assert row.keys() == {"code", "threat", "against", "tests"}, row["code"]
        assert row["tests"], row["code"]
        for name in row["tests"]:
            assert there_is(name), name
    codes = [row["code"] for row in THREATS]
    assert len(codes) == len(set(codes))
