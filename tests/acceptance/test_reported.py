"""What a department reported, back in the form of 双公示: given away, and read as it stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.conftest import run_verb
from tests.support.keys import key_of_department

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import Ledger

FIRM, OTHER = "91330100PDY0770413", "92330100PDY000028T"
DAYS = ("--since", "2019-02-28", "--until", "2019-03-02")
"""Of these days nobody else reports on this ledger."""

PENALTIES = """\
行政相对人名称,行政相对人类别,行政相对人代码_1(统一社会信用代码),行政处罚决定书文号,违法行为类型,违法事实,处罚依据,处罚类别,处罚内容,罚款金额(万元),处罚决定日期,处罚有效期,公示截止期,处罚机关
杭州往返有限公司,法人及非法人组织,{firm},往返〔2019〕1号,虚假宣传,"标签不符，
另起一行",《行政处罚法》第九条,罚款、没收违法所得,"处罚款，没收",1.500001,2019-03-01,长期,2022-03-01,样例局
样例个体户,个体工商户,{other},往返〔2019〕2号,虚假宣传,=1+1,《行政处罚法》第九条,警告,警告,,2019-03-02,,,样例局
杭州往返有限公司,法人及非法人组织,{firm},往返〔2019〕3号,虚假宣传,撤销的一件,《行政处罚法》第九条,罚款,罚款,1,2019-03-01,,,样例局
杭州往返有限公司,法人及非法人组织,{firm},往返〔2019〕4号,虚假宣传,改日后的一件,《行政处罚法》第九条,罚款,罚款,1,2019-03-03,,,样例局
"""
LICENCES = """\
行政相对人名称,行政相对人类别,行政相对人代码_1(统一社会信用代码),行政许可决定文书名称,行政许可决定文书号,许可类别,许可证书名称,许可编号,许可内容,许可决定日期,有效期自,有效期至,许可机关
杭州往返有限公司,法人及非法人组织,{firm},许可决定书,往返许〔2019〕1号,普通,食品经营许可证,XK1,热食类,2019-03-01,2019-03-01,2024-02-29,样例局
"""
LISTED_FIRM = "91330100PDY077076M"
LISTED = """\
主体名称,主体代码,文书号,法律依据,证券代码,股票简称,证券市场代码,上市日期,上市公司员工人数
样例股份有限公司,{firm},证监样〔2026〕1号,《证券法》第四十六条,600000,样例股份,SH,1999-11-10,1234
"""
OF = {"penalty.market": PENALTIES, "licence.market": LICENCES}


@pytest.fixture(scope="module")
def reported(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Report both forms, then put one penalty right and revoke another."""
    folder = tmp_path_factory.mktemp("reported")
    for category, sheet in OF.items():
        path = folder / f"{category}.csv"
        path.write_text(sheet.format(firm=FIRM, other=OTHER), encoding="utf-8")
        done = ledger.run("submit", str(path), "--department", "market-zj", "--category", category)
        assert done.returncode == 0, done.stdout + done.stderr
    for verb, number, *more in (
        ("correct", "往返〔2019〕1号", "--set", "罚款金额(万元)=2.5"),
        ("revoke", "往返〔2019〕3号", "--kind", "annulled", "--reason", "事实不清"),
    ):
        done = ledger.run(verb, FIRM, number, "--department", "market-zj", *more)
        assert done.returncode == 0, done.stdout + done.stderr
    return ledger


@pytest.mark.requirement(92, at="command")
@pytest.mark.stack
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("category", "lines", "revoked"), [("penalty.market", 2, 1), ("licence.market", 1, 0)]
)
def test_what_was_reported_goes_out_in_the_official_form_and_comes_back_as_repeats(
    reported: Ledger, tmp_path: Path, category: str, ending: str, lines: int, revoked: int
) -> None:
    """As it stands now: corrected, without what was revoked; nothing is sent a second time."""
    file = tmp_path / f"双公示.{ending}"
    done = reported.run(
        *("reported", "market-zj", "--category", category, *DAYS, "-o", str(file), "--json")
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    counts = {name: told[name] for name in ("lines", "unread", "revoked", "unsaid")}
    assert counts == {"lines": lines, "unread": 0, "revoked": revoked, "unsaid": {}}

    back = reported.run(
        *("submit", str(file), "--department", "market-zj", "--category", category, "--json")
    )

    (read,) = json.loads(back.stdout)["files"]
    assert (read["rows"], read["standing"], read["sent"]) == (lines, lines, 0), back.stdout
    assert (read["refused"], read["otherwise"]) == ([], [])


@pytest.mark.stack
def test_nobody_but_the_department_is_given_what_it_reported(
    reported: Ledger, tmp_path: Path
) -> None:
    file = tmp_path / "x.csv"
    line = ("reported", "market-zj", "--category", "penalty.market", "-o", str(file))
    where = {
        "CREDIT_LEDGER_KAFKA": reported.stack.kafka,
        "CREDIT_LEDGER_POSTGRES": reported.stack.postgres,
    }
    by = {
        department: run_verb(
            *line, CREDIT_LEDGER_KEY=key_of_department(reported.stack, department), **where
        ).returncode
        for department in ("tax-zj", "market-zj")
    }
    assert by == {"tax-zj": 1, "market-zj": 0}


@pytest.mark.requirement(107, at="command")
@pytest.mark.stack
def test_who_is_listed_on_an_exchange_is_reported_and_shown_item_by_item(
    ledger: Ledger, tmp_path: Path
) -> None:
    """By the securities regulator's bureau, in the columns of the category's template."""
    file = tmp_path / "listed.csv"
    file.write_text(LISTED.format(firm=LISTED_FIRM), encoding="utf-8")
    of = ("--department", "csrc-zj", "--category", "particulars.listed_company")
    done = ledger.run("submit", str(file), *of)
    assert done.returncode == 0, done.stdout + done.stderr

    told = ledger.run("profile", LISTED_FIRM, "--language", "zh")

    shown = "".join(told.stdout.split())
    assert "上市公司信息" in shown
    assert "证券代码：600000；股票简称：样例股份" in shown
    (record,) = ledger.ask("profile", LISTED_FIRM)["profile"]["records"]
    said = {each["item"]: each["value"] for each in record["details"]["items"]}
    assert (said["listed_on"], said["listed_staff"]) == ("1999-11-10", "1234")
