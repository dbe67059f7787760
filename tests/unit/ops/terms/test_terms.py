"""The words stand in several files, and are asked for as if in one: no group hides another."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib.resources import files

from ops.terms.terms import all_terms


def test_no_group_of_words_stands_in_two_files() -> None:
    asked = [(files("ops.terms") / f"{name}.toml") for name in ("terms", "pages", "vocabulary")]
    groups = Counter(group for file in asked for group in tomllib.loads(file.read_text("utf-8")))

    assert [group for group, times in groups.items() if times > 1] == []
    assert set(all_terms()) <= set(groups)
