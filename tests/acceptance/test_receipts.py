"""What became of line 17: every type of event through a file, and back to who reported it."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest

from events.event import event_type
from events.rules.rulebook import load_rulebook
from ops.cli.reports.waits import _line
from ops.terms.naming import Naming
from ops.terms.terms import Language, Terms
from projections.calendar.workdays import is_provisional
from projections.conclusions.duties import DutyKind
from projections.queries.waiting import Waiting
from projections.store.quality import read_refusals
from tests.support.builders import a_penalty, an_answer, an_objection
from tests.support.reported import REPORTED, the_fields

if TYPE_CHECKING:
    from pathlib import Path

    from events.event import Event
    from tests.acceptance.conftest import Ledger

# Its own: a page of its history is a hundred events, and others on this ledger have more.
SUBJECT = "91330100PDY077025D"
HEAD = "subject_id,subject_name,document_no,kinds,fine_yuan,occurred_on,legal_basis"
LINE = SUBJECT + ",杭州回执有限公司,回{no}号,fine,{fine},2025-03-01,《行政处罚法》第二条"
OPTIONS = ("--department", "market-zj", "--category", "penalty.market")


def a_file(folder: Path, *lines: str) -> str:
    path = folder / "回执.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return str(path)


def submit(ledger: Ledger, file: str, *more: str) -> tuple[int, dict[str, Any]]:
    kind = ("--event-type", "PenaltyImposed")
    done = ledger.run("submit", file, *OPTIONS, *kind, *more, "--json")
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def by_department() -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in REPORTED:
        found.setdefault(event.envelope.department, []).append(event)
    return found


def test_every_type_of_event_comes_back_to_its_department(
    ledger: Ledger, tmp_path: Path, by_department: dict[str, list[Event]]
) -> None:
    """Through a file, admission and the ledger, and told line by line; each department its own."""
    outcomes = []
    for department, events in by_department.items():
        file = tmp_path / f"{department}.ndjson"
        file.write_bytes(b"\n".join(msgspec.json.encode(the_fields(event)) for event in events))
        done = ledger.run("submit", str(file), "--department", department, "--json")
        (report,) = json.loads(done.stdout)["files"]
        assert report["refused"] == [], department
        outcomes += [
            (event_type(event), became["outcome"])
            for event, became in zip(events, report["became"], strict=True)
        ]

    fell = [each for each in outcomes if each[1] not in ("recorded", "repeat")]
    assert fell == []
    assert {kind for kind, _ in outcomes} == {event_type(each) for each in REPORTED}


def test_each_line_is_told_at_once_and_later_by_its_receipt(ledger: Ledger, tmp_path: Path) -> None:
    good, bad = LINE.format(no=1, fine=100), LINE.format(no=2, fine="1e3")

    code, report = submit(ledger, a_file(tmp_path, good, bad, good))

    (file,) = report["files"]
    told = [(each["line"], each["outcome"]) for each in file["became"]]
    assert (code, told) == (1, [(2, "recorded"), (3, "refused"), (4, "repeat")])
    beyond = ledger.run("receipt", file["receipt"], "--line", "99999")
    assert (beyond.returncode, "line 99999" in beyond.stderr) == (2, True), beyond.stderr
    later = ledger.run("receipt", file["receipt"], "--line", "3", "--json")
    assert later.returncode == 1
    (line,) = json.loads(later.stdout)["lines"]
    assert (line["outcome"], line["why"]) == ("refused", ["amount_malformed"])


def test_a_law_that_is_not_known_is_taken_and_told_at_once_and_later(
    ledger: Ledger, tmp_path: Path
) -> None:
    unknown = LINE.format(no=7, fine=100).replace("《行政处罚法》第二条", "《某市宠物管理条例》")

    code, report = submit(ledger, a_file(tmp_path, unknown))
    (file,) = report["files"]
    remarks = ["law_unknown", "article_not_named"]
    assert (code, file["remarked"]) == (0, [{"line": 2, "remarks": remarks}])

    later = ledger.run("receipt", file["receipt"], "--json")
    (line,) = json.loads(later.stdout)["lines"]
    assert (line["outcome"], line["remarks"]) == ("recorded", remarks)
    told = ledger.run("receipt", file["receipt"]).stdout
    assert "line 2: taken; look at it: the table of laws lacks the law that is cited" in told
    refused = LINE.format(no=8, fine=100).replace("《行政处罚法》第二条", "。")
    code, report = submit(ledger, a_file(tmp_path, refused))
    (bad,) = report["files"][0]["refused"]
    (reason,) = bad["reasons"]
    shown = (reason["code"], reason["field"], reason["value"])
    assert shown == ("legal_basis_not_cited", "legal_basis", "。")
    assert "《中华人民共和国行政处罚法》第三十三条" in reason["rule"]


def test_a_second_report_under_the_number_is_told_before_it_is_sent(
    ledger: Ledger, tmp_path: Path
) -> None:
    submit(ledger, a_file(tmp_path, LINE.format(no=3, fine=100)))

    again, report = submit(ledger, a_file(tmp_path, LINE.format(no=3, fine=100)))
    assert (again, report["sent"], report["files"][0]["standing"]) == (0, 0, 1)

    code, report = submit(ledger, a_file(tmp_path, LINE.format(no=3, fine=200)))
    (told,) = report["files"][0]["otherwise"]
    assert (code, report["sent"]) == (2, 0)
    assert told["differences"] == [{"field": "fine_fen", "stands": 10000, "said": 20000}]


def test_what_is_refused_on_the_spot_counts_in_quality(ledger: Ledger, tmp_path: Path) -> None:
    def refused() -> int:
        with psycopg.connect(ledger.stack.postgres) as connection:
            found = read_refusals(connection, department="market-zj")
        return sum(each.submissions for each in found if each.reason == "amount_malformed")

    before = refused()
    submit(ledger, a_file(tmp_path, LINE.format(no=5, fine="1e3"), LINE.format(no=6, fine="1e3")))

    assert refused() == before + 2


def test_an_official_reads_chinese(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    file = a_file(tmp_path, LINE.format(no=7, fine="1e3"))

    done = ledger.run("submit", file, *OPTIONS, "--event-type", "PenaltyImposed")

    assert "退回1行" in done.stdout
    assert "第2行：“fine_yuan”为“1e3”：金额格式错误" in done.stdout


def test_a_record_is_corrected_by_its_number_as_the_advice_says(
    ledger: Ledger, tmp_path: Path
) -> None:
    submit(ledger, a_file(tmp_path, LINE.format(no=11, fine=100)))
    options = ("--department", "market-zj")

    done = ledger.run("correct", SUBJECT, "回11号", *options, "--set", "罚款金额(元)=200", "--json")

    (file,) = json.loads(done.stdout)["files"]
    assert (done.returncode, file["became"][0]["outcome"]) == (0, "recorded"), done.stdout
    assert submit(ledger, a_file(tmp_path, LINE.format(no=11, fine=200)))[0] == 0
    again = ledger.run("correct", SUBJECT, "回11号", *options, "--set", "罚款金额(元)=200")
    assert "already" in again.stdout
    unknown = ledger.run("correct", SUBJECT, "无此号", *options, "--set", "罚款金额(元)=200")
    assert unknown.returncode == 2
    assert "no such record" in unknown.stdout


def test_the_same_form_with_right_values_corrects_and_a_file_revokes(
    ledger: Ledger, tmp_path: Path
) -> None:
    lines = [LINE.format(no=no, fine=100) for no in (21, 22)]
    submit(ledger, a_file(tmp_path, *lines))
    right = a_file(tmp_path, lines[0], LINE.format(no=22, fine=300))
    options = ("--department", "market-zj", "--json")

    done = ledger.run("correct", "--file", right, "--event-type", "PenaltyImposed", *options)

    (file,) = json.loads(done.stdout)["files"]
    assert [(each["line"], each["outcome"]) for each in file["became"]] == [(3, "recorded")]
    path = tmp_path / "撤销.csv"
    path.write_text(
        f"主体代码,文书号,类别,原因\n{SUBJECT},回21号,撤销,复议决定\n", encoding="utf-8"
    )
    done = ledger.run("revoke", "--file", str(path), *options)
    (file,) = json.loads(done.stdout)["files"]
    assert [each["outcome"] for each in file["became"]] == ["recorded"], file
    shown = ledger.ask("history", SUBJECT)
    effects = {each["event"]["envelope"]["document_no"]: each["effect"] for each in shown["items"]}
    assert (effects["回21号"], effects["回22号"]) == ("annulled", "applied")


def test_a_department_learns_what_waits_for_it_before_it_is_late(
    ledger: Ledger, tmp_path: Path
) -> None:
    """An objection is lodged: the credit centre is told, and no more once it answered."""
    penalty = a_penalty("待办1", on="2026-05-08", subject_id=SUBJECT)
    objection = an_objection(penalty, "2026-05-20", claim="金额有误")
    answer = an_answer(objection, "2026-05-22")

    def report(event: Event) -> None:
        file = tmp_path / "a.ndjson"
        file.write_bytes(msgspec.json.encode(the_fields(event)))
        whose = event.envelope.department
        done = ledger.run("submit", str(file), "--department", whose, "--json")
        assert json.loads(done.stdout)["files"][0]["became"][0]["outcome"] == "recorded", (
            done.stdout
        )

    def waits(on: str) -> list[dict[str, Any]]:
        found = ledger.ask("waits", "credit-zj", "--on", on)
        return [each for each in found if each["event_id"] == objection.envelope.event_id]

    report(penalty)
    report(objection)
    (before,) = waits("2026-05-21")
    assert before["kind"] == "answer_objection"
    assert (before["due_on"], before["overdue"]) == ("2026-05-27", False)
    assert before["working_days_left"] == 4
    assert waits("2026-06-10")[0]["overdue"]
    assert not before["due_provisional"]
    report(answer)
    assert waits("2026-05-23") == []


def test_a_last_day_in_a_year_that_is_not_announced_yet_is_told_as_provisional() -> None:
    terms, told = Terms(Language.EN), {}
    for due in (date(2026, 12, 31), date(2027, 1, 6)):
        each = Waiting(
            duty_id="",
            kind=DutyKind.ANSWER_OBJECTION,
            subject_id=SUBJECT,
            subject_name=None,
            event_id="",
            document_no=None,
            rule=None,
            domain="market",
            region="330100",
            opened_on=date(2026, 12, 24),
            due_on=due,
            working_days_left=3,
            overdue=False,
            due_provisional=is_provisional(due),
        )
        told[due.year] = _line(each, terms, Naming(terms, load_rulebook(), None))
    assert "provisionally" not in told[2026]
    assert "provisionally" in told[2027]
