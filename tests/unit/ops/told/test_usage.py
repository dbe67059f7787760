"""A command that was called wrongly is told so in Chinese, whichever verb of officials it is."""

from __future__ import annotations

import pytest
from typer._click.exceptions import ClickException

from ops.cli import app
from ops.cli.verbs import VERBS
from ops.terms.terms import Language, Terms
from ops.told.usage import usage_told
from tests.unit.ops.terms.test_errors import CHINESE, ENGLISH, told_modules

OFFICIAL = [name for name, verb in VERBS.items() if verb.module in told_modules()]
SUBJECT = "91330100PDY000028X"


def told(*typed: str, language: Language = Language.ZH) -> str:
    """Call a command wrongly; give what is said."""
    with pytest.raises(ClickException) as caught:
        app(list(typed), prog_name="credit-ledger", standalone_mode=False)
    return usage_told(caught.value, Terms(language))


@pytest.mark.parametrize("verb", OFFICIAL)
@pytest.mark.parametrize("typed", [["--nothing-like-this"], ["1", "2", "3", "4"]])
def test_a_wrong_call_of_any_verb_is_told_in_chinese(verb: str, typed: list[str]) -> None:
    if verb in {"submit", "verify"} and typed[0] == "1":
        typed = ["no-such-file.csv", "--department", "market-zj"][: 3 if verb == "submit" else 1]
    said = told(verb, *typed)
    assert CHINESE.search(said)
    assert not ENGLISH.search(said), said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["waits"], "用法有误：缺少参数 department。用法见：credit-ledger waits --help"),
        (["history", SUBJECT, "--limit", "0"], "参数 --limit 的值不可用：0须不小于 1"),
        (["history", SUBJECT, "--limit", "a"], "参数 --limit 的值不可用：“a”须为整数"),
        (
            ["profile", SUBJECT, "--purpose", "x"],
            "须为其中之一：supervision（日常监管）、licensing（行政许可）",
        ),
        (["watch", "foo"], "“foo”须为其中之一：warnings、lists、profiles"),
        (["profile", SUBJECT, "--languag", "zh"], "没有选项 --languag，是否为：--language"),
        (["profile", SUBJECT, "a", "b"], "没有这个命令，或多给了参数：a b"),
        (["submit", "no.csv", "--department", "x"], "没有这个文件，或无法读取，或是目录：no.csv"),
    ],
)
def test_it_names_the_parameter_the_value_and_what_would_be_right(
    typed: list[str], said: str
) -> None:
    assert said.split("。", maxsplit=1)[0] in told(*typed)


def test_in_english_it_names_the_same() -> None:
    said = told("history", SUBJECT, "--limit", "0", language=Language.EN)
    assert said.startswith("invalid value for --limit: 0: at least 1.")
