"""A day at a department's office: a file, its receipt, a correction, a list entry and what waits.

Everything is done by the verbs that the official has, and told in the language of the terminal.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

from ops.clock import today
from ops.demo.stage import console, must, title
from ops.generator.codes import synthetic_credit_code_at
from ops.terms.language import language, spoken
from ops.terms.terms import Language, field_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ops.local.stack import Stack

    Run = Callable[..., subprocess.CompletedProcess[str]]

DEPARTMENT: Final = "market-330100"
"""An office of the city of Hangzhou, made by rule: a kind of office and a division."""
SUBJECT: Final = synthetic_credit_code_at(88_011)
NAME: Final = "杭州样例食品有限公司"
FINED: Final = "杭市监罚〔2026〕101号"
NOTICE: Final = "杭市监告〔2026〕7号"
NAMED_LAW: Final = "《中华人民共和国食品安全法》第一百二十四条"
PENALTIES: Final = "处罚.csv"
RESTED_DAYS: Final = 30
"""Days between the notice and the entry, more than any list gives for the defence."""


class DepartmentScene(NamedTuple):
    """What is done, in both languages, and the verb with its arguments; which exit codes are right."""

    told: tuple[str, str]
    verb: tuple[str, ...]
    ends: tuple[int, ...] = (0,)


def tell_department(stack: Stack, key: Path) -> None:
    """Play the day, verb by verb, asking by the local key in a file."""
    title(spoken("department", "demo"))
    environment = {
        **os.environ,
        "CREDIT_LEDGER_KAFKA": stack.kafka,
        "CREDIT_LEDGER_POSTGRES": stack.postgres,
        "CREDIT_LEDGER_KEY": str(key),
    }

    def run(*verb: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "ops", *verb]
        return subprocess.run(line, env=environment, capture_output=True, text=True, check=False)

    place = 0 if language() is Language.ZH else 1
    with TemporaryDirectory(prefix="credit-ledger-") as folder:
        for number, scene in enumerate(scenes(Path(folder), today(), run), 1):
            console.print(f"\n   [bold]7.{number} {scene.told[place]}[/]")
            shown = " ".join(scene.verb).replace(f"{folder}/", "")
            console.print(f"   $ credit-ledger {shown}", markup=False, style="dim")
            for path in (Path(each) for each in scene.verb if each.startswith(folder)):
                for line in path.read_text("utf-8").splitlines():
                    console.print(f"     {line}", markup=False, style="dim")
            done = run(*scene.verb)
            for line in (done.stdout or done.stderr).splitlines():
                console.print(f"     {line}", markup=False)
            must(done.returncode in scene.ends, f"{shown} ends with one of {scene.ends}")


def scenes(folder: Path, on: date, run: Run) -> Iterator[DepartmentScene]:
    """Give the scenes; their files are written as they are come to. `run` asks by a verb."""
    whose = ("--department", DEPARTMENT)
    penalties = ("--event-type", "PenaltyImposed", "--category", "penalty.food_drug")
    yield DepartmentScene(
        (
            "报送一份表格：三行，其中一行不合格，一行所引法律不在法律表中",
            "A file of three lines: one is bad, one cites a law that no table has",
        ),
        ("submit", _penalties(folder, on), *whose, *penalties),
        (1,),
    )
    yield DepartmentScene(
        ("凭回执查询第3行的结果", "What became of line 3, by the receipt"),
        ("receipt", _receipt(run), "--line", "3"),
        (1,),
    )
    yield DepartmentScene(
        (
            "文书号录错了金额：按主体和文书号更正，不需要内部编号",
            "A wrong amount: corrected by number",
        ),
        ("correct", SUBJECT, FINED, *whose, "--set", "罚款金额(元)=20000"),
    )
    listing = ("--category", "list.market_serious")
    yield DepartmentScene(
        ("先告知：拟列入严重违法失信名单，给出陈述申辩期", "Notice first: an entry is intended"),
        ("submit", _notice(folder, on), *whose, *listing, "--event-type", "ListNoticeGiven"),
    )
    yield DepartmentScene(
        ("申辩期满后列入名单，决定引用告知书", "After the time for the defence: the entry"),
        ("submit", _entry(folder, on), *whose, *listing, "--event-type", "ListEntered"),
    )
    yield DepartmentScene(
        (
            "发起联合惩戒措施，请药监、建设部门限制其市场准入",
            "A measure: two are asked to take it",
        ),
        ("submit", _measure(folder, on, run), *whose, "--event-type", "MeasureInitiated"),
    )
    yield DepartmentScene(
        (
            "建设部门收到的待办：应在何日前答复，还有几个工作日",
            "A notice to act, at the other department",
        ),
        ("waits", "construction-zj"),
    )
    yield DepartmentScene(
        ("综合信誉度提示", "The composite hint of the firm"),
        ("hint", SUBJECT, "--language", language().value),
    )


def _penalties(folder: Path, on: date) -> str:
    day = on - timedelta(days=RESTED_DAYS + 200)
    rows = [
        (FINED, "罚款", "10000", day, NAMED_LAW),
        ("杭市监罚〔2026〕102号", "罚款", "1e3", day, NAMED_LAW),
        ("杭市监罚〔2026〕103号", "罚款", "800", day, "《某市餐饮管理条例》"),
    ]
    head = "主体代码,主体名称,文书号,处罚类别,罚款金额(元),决定日期,法律依据"
    return _file(folder / PENALTIES, head, rows)


def _receipt(run: Run) -> str:
    """Give the receipt that the file was given."""
    given = json.loads(run("receipt", "--department", DEPARTMENT, "--json").stdout)["items"]
    return str(next(each["receipt_id"] for each in given if each["name"].endswith(PENALTIES)))


def _notice(folder: Path, on: date) -> str:
    day = on - timedelta(days=RESTED_DAYS)
    law = "《市场监督管理严重违法失信名单管理办法》第十四条"
    head = "主体代码,主体名称,文书号,名单代码,列入事由,陈述申辩截止日期,决定日期,法律依据"
    defence_until = day + timedelta(days=10)
    row = (NOTICE, "market_serious", "food", defence_until, day, law)
    return _file(folder / "告知.csv", head, [row])


def _entry(folder: Path, on: date) -> str:
    law = "《市场监督管理严重违法失信名单管理办法》第十五条"
    head = "主体代码,主体名称,文书号,名单代码,列入事由,告知书文号,决定日期,法律依据"
    row = ("杭市监列〔2026〕7号", "market_serious", "food", NOTICE, on, law)
    return _file(folder / "列入.csv", head, [row])


def _measure(folder: Path, on: date, run: Run) -> str:
    """Write the measure; it rests on the entry, by the id that the ledger gave that."""
    items = json.loads(run("history", SUBJECT, "--json").stdout)["items"]
    (because,) = [each["event_id"] for each in items if each["event_type"] == "ListEntered"]
    head = f"主体代码,主体名称,文书号,{','.join(field_names()[n] for n in ('measure', 'because', 'targets'))}"
    law = "《浙江省公共信用信息管理条例》第二十六条"
    asked = "drug-zj;construction-zj"
    row = ("杭市监措〔2026〕7号", "market_ban", because, asked, on, law)
    return _file(folder / "措施.csv", f"{head},决定日期,法律依据", [row])


def _file(path: Path, head: str, rows: Sequence[tuple[object, ...]]) -> str:
    lines = [",".join(map(str, (SUBJECT, NAME, *row))) for row in rows]
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return str(path)
