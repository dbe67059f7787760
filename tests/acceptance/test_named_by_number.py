"""An official names records, objections and notices by subject and number, never by an id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import Ledger

FIRM = "91330100PDY077084G"
LAW = "《浙江省公共信用信息管理条例》第三十条"
STEPS = (
    # By whom, in which category, and what: in the order in which they happen.
    (
        "杭州市市场监督管理局",
        "市场监管行政处罚",
        (
            "事件类型,主体代码,主体名称,文书号,决定日期,法律依据,处罚类别,罚款金额(元)\n"
            f"行政处罚,{FIRM},杭州编号有限公司,杭编罚〔2026〕1号,2026-03-02,《行政处罚法》第九条,罚款,20000\n"
        ),
    ),
    (
        "浙江省公共信用信息中心",
        "异议",
        (
            "事件类型,主体代码,文书号,决定日期,法律依据,所涉记录编号,列入事由,异议内容\n"
            f"异议申请,{FIRM},浙编异〔2026〕1号,2026-03-09,{LAW},杭编罚〔２０２６〕１号,金额有误,罚款实为一万元\n"
        ),
    ),
    (
        "浙江省公共信用信息中心",
        "异议",
        (
            "事件类型,主体代码,文书号,决定日期,法律依据,所涉记录编号,异议编号,处理结果,原因\n"
            f"异议处理,{FIRM},浙编复〔2026〕1号,2026-03-11,{LAW},杭编罚〔2026〕1号,浙编异〔2026〕1号,异议不成立,金额无误\n"
        ),
    ),
)


def hand_in(ledger: Ledger, folder: Path, step: tuple[str, str, str]) -> dict[str, Any]:
    department, category, sheet = step
    file = folder / f"{category}.csv"
    file.write_text(sheet, encoding="utf-8")
    line = ("submit", str(file), "--department", department, "--category", category, "--json")
    done = ledger.run(*line)
    (report,) = json.loads(done.stdout)["files"]
    found: dict[str, Any] = report
    return found


@pytest.mark.stack
@pytest.mark.requirement(50, at="command")
def test_an_objection_and_its_answer_name_the_record_by_its_number(
    ledger: Ledger, tmp_path: Path
) -> None:
    for step in STEPS:
        report = hand_in(ledger, tmp_path, step)
        became = [each["outcome"] for each in report["became"]]
        assert (report["refused"], became) == ([], ["recorded"]), step
    (record,) = ledger.ask("profile", FIRM)["profile"]["records"]
    (objection,) = record["objections"]
    assert [each["outcome"] for each in objection["answers"]] == ["rejected"]


@pytest.mark.stack
def test_a_number_that_nothing_bears_is_refused_before_anything_is_sent(
    ledger: Ledger, tmp_path: Path
) -> None:
    department, category, sheet = STEPS[1]
    wrong = sheet.replace("杭编罚〔２０２６〕１号", "杭编罚〔2026〕404号")
    report = hand_in(ledger, tmp_path, (department, category, wrong))
    (refused,) = report["refused"]
    (why,) = refused["reasons"]
    assert (report["sent"], why["field"], why["code"]) == (0, "所涉记录编号", "concerns_malformed")
