"""A report for a class of readers is refused where nobody could be meant."""

from __future__ import annotations

from contextlib import chdir
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from events.errors import LedgerError
from ops.cli import app
from ops.terms.errors import error_told
from ops.terms.terms import Language, Terms
from tests.unit.projections.proof.reports import KEYS, POLICY, Ledger

if TYPE_CHECKING:
    from pathlib import Path

SUBJECT = "91330100PDY000028X"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--view", "shared", "--department", "nope"], "no department has this code"),
        (["--view", "public", "--department", "market-zj"], "only with --view shared"),
        (["--department", "market-zj"], "only with --view shared"),
    ],
)
def test_a_department_that_would_count_for_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, options: list[str], told: str
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", "en")
    done = CliRunner().invoke(app, ["report", SUBJECT, "--purpose", "audit", *options])
    assert done.exit_code == 2
    assert told in done.output.replace("\n", " ")


@pytest.fixture
def handed(tmp_path: Path) -> Path:
    """Give a folder with a report, its policy and keys, as somebody was handed them."""
    (tmp_path / "policy").write_text(POLICY, "utf-8")
    (tmp_path / "keys").write_text(KEYS, "utf-8")
    (tmp_path / "report.json").write_bytes(Ledger({"a": 3, "b": 2}).report("a"))
    return tmp_path


def verified(folder: Path, **files: str) -> tuple[int, str]:
    """Verify a report by files of a folder; give the exit code and all that was told."""
    named = {"report": "report.json", "policy": "policy", "keys": "keys"} | files
    options = [part for name in ("policy", "keys") for part in (f"--{name}", named[name])]
    with chdir(folder):
        done = CliRunner().invoke(app, ["verify", named["report"], *options])
    raised = done.exception if isinstance(done.exception, LedgerError) else None
    assert done.exception is None or raised or isinstance(done.exception, SystemExit)
    told = done.output if raised is None else error_told(raised, Terms(Language.ZH))
    return done.exit_code, told


@pytest.mark.parametrize("name", ["policy", "keys"])
@pytest.mark.parametrize("data", [b"\xff\xfe\0", b"{}", b"log x\n", b"a+b+c"])
def test_a_policy_or_keys_that_are_none_are_told_and_no_report_is_blamed(
    handed: Path, name: str, data: bytes
) -> None:
    (handed / "odd").write_bytes(data)
    code, told = verified(handed, **{name: "odd"})
    assert code == 1
    assert "report.json" not in told


def test_a_policy_that_begins_with_the_mark_of_an_editor_is_read(handed: Path) -> None:
    (handed / "marked").write_text(POLICY, "utf-8-sig")
    assert verified(handed, policy="marked")[0] == 0


def test_what_does_not_hold_is_told_with_what_to_do_in_the_readers_language(
    handed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", "zh")
    data = (handed / "report.json").read_bytes()
    (handed / "altered.json").write_bytes(data.replace(b'"trial"', b'"other"'))
    code, told = verified(handed, report="altered.json")
    assert code == 1
    assert "altered.json: signature: 报告不是可信密钥签出" in told
    assert "altered.json: completeness: ok" in told
    (handed / "none").write_bytes(b"nothing")
    code, told = verified(handed, report="none")
    assert code == 1
    assert told.count("\n") == 1
    assert "没有可核验的报告" in told
