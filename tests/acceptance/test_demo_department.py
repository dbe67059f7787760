"""The demo's day at a department, on the ledger of these tests: each verb ends as it must."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ops.demo.department import NOTICE, SUBJECT, tell_department
from ops.demo.doors import NUMBER, tell_doors
from tests.support.keys import local_key_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import Ledger

pytestmark = pytest.mark.stack


def test_a_file_a_correction_a_listing_and_what_waits_are_told_in_chinese(
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", "zh")
    monkeypatch.setenv("COLUMNS", "200")
    key = tmp_path / "key"
    key.touch(0o600)
    key.write_text(local_key_of(ledger.stack) or "", encoding="utf-8")
    tell_department(ledger.stack, key)
    told = capsys.readouterr().out
    acts = re.split(r"\n +7\.\d ", told)

    assert len(acts) == 9
    _, report, receipt, correction, notice, entry, measure, waits, hint = acts
    assert "第3行：“罚款金额(元)”为“1e3”" in report
    assert "法律表中没有所引法律" in report
    assert "回执" in report
    assert "第3行：退回" in receipt
    assert "告知书文号" in entry
    assert NOTICE in entry
    for act in (correction, notice, entry, measure):
        assert "已入账1行" in act
    assert SUBJECT in waits
    assert "个工作日" in waits
    assert "严重失信" in hint
    assert all("规则版本" in act for act in acts[1:])

    tell_doors(ledger.stack, ledger.keys)
    told = capsys.readouterr().out
    given = re.findall(
        r"^ +(公众|信用服务机构|部门|主体本人|审计)：记录 (\d+) 件，(.)", told, re.MULTILINE
    )
    assert [who for who, _, _ in given] == ["公众", "信用服务机构", "部门", "主体本人", "审计"]
    assert ["结" if who in ("公众", "信用服务机构") else "连" for who, _, _ in given] == [
        concluded for _, _, concluded in given
    ]
    assert told.count("：不予提供") == 2
    assert "purpose_not_of_role" in told
    assert "contract_missing" in told
    assert NUMBER not in told
