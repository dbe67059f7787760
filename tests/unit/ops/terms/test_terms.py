"""The words stand in several files, and are asked for as if in one: no group hides another."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from ops.terms.terms import Language, Terms, all_terms

_PLACE = re.compile(r"{(\w+)")
_PLURAL_OF_ONE = re.compile(
    r"(?<!\S)1 (?:(?!(?:waits|differs|holds|opens|is|has|was|says|cosigns)\b)\w{2,}(?<!s)s|wait|differ|are|were|have)\b"
)
_TO_SOMEBODY = {"warning_rises", "say_text_rule"}
"""What is no count, but somebody who does something; and a range."""
_NOT_COUNTED = {"demo", "rule", "sentence"}
"""The numbers of the demo are those of its own data. Rules are found again by their English, place by place
(`ops.told.submission`), so a place there has no two words."""


def test_no_group_of_words_stands_in_two_files() -> None:
    asked = [
        (files("ops.terms") / f"{name}.toml")
        for name in ("demo", "operators", "pages", "terms", "vocabulary")
    ]
    groups = Counter(group for file in asked for group in tomllib.loads(file.read_text("utf-8")))

    assert [group for group, times in groups.items() if times > 1] == []
    assert set(all_terms()) <= set(groups)


@pytest.mark.parametrize(
    "group",
    [
        group
        for group, words in all_terms().items()
        if group not in _NOT_COUNTED
        and any(_PLACE.search(said) for pair in words.values() for said in pair)
    ],
)
def test_what_is_said_of_one_is_said_of_one(group: str) -> None:
    """Whatever is counted: each sentence with 1 in every place."""
    said = {
        code: Terms(Language.EN).say(code, group, **dict.fromkeys(_PLACE.findall(words[1]), "1"))
        for code, words in all_terms()[group].items()
        if _PLACE.search(words[1]) and code not in _TO_SOMEBODY
    }
    assert {code: text for code, text in said.items() if _PLURAL_OF_ONE.search(text)} == {}


def test_what_is_counted_is_one_or_several() -> None:
    english, chinese = Terms(Language.EN), Terms(Language.ZH)
    assert english.say("corrected_times", "page", count=1) == "corrected 1 time"
    assert english.say("corrected_times", "page", count=2) == "corrected 2 times"
    assert chinese.say("corrected_times", "page", count=1) == "已更正1次"
