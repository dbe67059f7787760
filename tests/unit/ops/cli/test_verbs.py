"""The table of verbs: the overview imports none of them, and each is found where the table says."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from events.errors import LedgerError
from ops.cli import app, run_verb, told_error
from ops.cli.verbs import VERBS, loaded
from ops.environment import NotRunningError
from ops.terms.terms import Language, Terms

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("psycopg", "confluent_kafka", "faust", "structlog", "msgspec", "projections", "streams")
OVERVIEW = f"""
import sys
from typer.testing import CliRunner
from ops.cli import app, told_error
from ops.terms.terms import Language, Terms
assert CliRunner().invoke(app, sys.argv[1:]).exit_code == 0
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_the_overview_and_the_version_import_no_verb() -> None:
    for option in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "-c", OVERVIEW, option], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "[]", option


LOOKING = """
import sys
from typer.testing import CliRunner
from ops.cli import app
CliRunner().invoke(app, ["status"], env={"CREDIT_LEDGER_HOME": sys.argv[1]})
print([name for name in ("pydantic", "structlog", "faust") if name in sys.modules])
"""


def test_a_look_at_how_things_stand_imports_no_more_than_it_needs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOKING, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_verb_is_found_in_its_module_and_has_a_summary() -> None:
    for name, verb in VERBS.items():
        command = loaded(name, verb)
        assert command.name == name
        assert verb.summary.endswith(".")


def test_no_module_has_a_verb_that_the_table_lacks() -> None:
    added = set()
    for module in {verb.module for verb in VERBS.values()}:
        holder = typer.Typer()
        sys.modules[f"ops.cli.{module}"].add_to(holder)
        added |= set(typer.main.get_group(holder).commands)
    assert added == set(VERBS)


def test_a_verb_that_is_mistyped_is_answered_with_the_nearest() -> None:
    done = CliRunner().invoke(app, ["profil"])
    assert done.exit_code == 2
    assert "Did you mean 'profile'" in done.output


def test_an_error_says_itself_how_a_command_ends() -> None:
    assert (LedgerError.exit_code, NotRunningError.exit_code) == (2, 3)


def test_tables_of_other_code_are_told_with_what_makes_them_anew() -> None:
    text, code = told_error(
        psycopg.errors.UndefinedColumn('column "seen" does not exist'), Terms(Language.EN)
    ) or (
        "",
        0,
    )
    assert "`credit-ledger replay --take-over`" in text
    assert code == 2
    assert told_error(ValueError("a bug"), Terms(Language.EN)) is None


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        (errno.ENOENT, "没有这个文件", "there is no such file"),
        (errno.EACCES, "没有读写权限", "no right to it"),
        (errno.ENOSPC, "磁盘已满", "the disk is full"),
    ],
)
def test_what_the_system_says_of_a_file_is_told_in_the_language_spoken(
    code: int, zh: str, en: str
) -> None:
    error = OSError(code, os.strerror(code), "罚单.csv")
    told, ended = told_error(error, Terms(Language.ZH)) or ("", 0)
    assert zh in told
    assert os.strerror(code) not in told
    assert "罚单.csv" in told
    assert ended == 2
    assert en in (told_error(error, Terms(Language.EN)) or ("",))[0]


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "已中断"), ("en", "what was said to be done is done")]
)
def test_a_verb_that_is_interrupted_says_so(
    language: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: Terms) -> None:
        raise KeyboardInterrupt

    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", language)
    monkeypatch.setattr("ops.cli._run", interrupted)
    with pytest.raises(SystemExit) as ended:
        run_verb()
    assert ended.value.code == 130
    assert said in capsys.readouterr().err
