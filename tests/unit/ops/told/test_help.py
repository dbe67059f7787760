"""`--help` speaks the language of the setting, and breaks its lines where Chinese may be broken."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from ops.cli import app
from ops.cli.verbs import VERBS

ASKED = [[], *([name] for name in VERBS), ["access", "key", "create"], ["catalogue", "template"]]


def shown(arguments: list[str], language: str, columns: int = 80) -> str:
    setting = {"CREDIT_LEDGER_LANGUAGE": language, "COLUMNS": str(columns)}
    done = CliRunner().invoke(app, [*arguments, "--help"], env=setting)
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize("arguments", ASKED, ids=" ".join)
def test_help_is_chinese_for_who_reads_chinese_and_nothing_of_it_is_cut_off(
    arguments: list[str],
) -> None:
    told = shown(arguments, "zh")
    assert "用法：" in told
    assert "显示本帮助。" in told
    assert "…" not in told.replace("[,P@O…]", "")
    assert [line for line in told.splitlines() if cell_len(line) > 80] == []
    for english in ("Usage", "Options", "Commands", "Arguments", "default:", "required"):
        assert english not in told


def test_the_language_is_that_of_the_hour_also_in_one_process() -> None:
    chinese, english = shown(["submit"], "zh"), shown(["submit"], "en")
    assert shown(["submit"], "zh") == chinese
    assert "Usage: " in english
    assert "Only check; send nothing." in english


def test_a_wrong_setting_takes_no_help_away() -> None:
    assert "submit" in shown([], "klingon")


@pytest.mark.parametrize("columns", [60, 100, 132])
def test_no_line_begins_with_a_sign_that_closes(columns: int) -> None:
    lines = [line.strip(" │") for line in shown(["submit"], "zh", columns).splitlines()]
    assert [line for line in lines if line[:1] in tuple("，。、；：）")] == []
