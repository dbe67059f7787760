"""Every fault that was seen names the tests that show it mended, and what is thrown again and again."""

from __future__ import annotations

import tomllib
from typing import Any

from tests.support.named import ROOT, there_is
from tests.support.odd_messages import ODD

FAULTS: list[dict[str, Any]] = tomllib.loads((ROOT / "tests/faults.toml").read_text())["fault"]
LISTED = [
    *(f"C{n}" for n in range(1, 7)),
    *(f"H{n}" for n in range(1, 4)),
    *(f"M{n}" for n in range(1, 11)),
    *(f"L{n}" for n in range(1, 6)),
    "L7",  # L6 is about dependencies.
]


def test_every_fault_names_tests_that_there_are() -> None:
    for row in FAULTS:
        assert row.keys() - {"thrown", "lacks"} == {"ref", "fault", "tests"}, row
        assert row["tests"], row["ref"]
        assert set(row.get("thrown", ())) <= ODD.keys(), row["ref"]
        for name in row["tests"]:
            assert there_is(name), name


def test_no_fault_of_the_list_is_left_out_and_none_stands_twice() -> None:
    refs = [row["ref"] for row in FAULTS]
    assert len(refs) == len(set(refs))
    assert [each for each in LISTED if each not in refs] == []
