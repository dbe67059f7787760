"""What became of line 17: every type of event through a file, and back to who reported it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest

from events.event import event_type
from projections.store.quality import read_refusals
from tests.unit.ops.submission.test_every_type import REPORTED, the_fields

if TYPE_CHECKING:
    from pathlib import Path

    from events.event import Event
    from tests.acceptance.conftest import Ledger

HEAD = "subject_id,subject_name,document_no,kinds,fine_yuan,occurred_on,legal_basis"
LINE = "91330100PDY000028X,杭州回执有限公司,回{no}号,fine,{fine},2025-03-01,《行政处罚法》第二条"
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
    later = ledger.run("receipt", file["receipt"], "--line", "3", "--json")
    assert later.returncode == 1
    (line,) = json.loads(later.stdout)["lines"]
    assert (line["outcome"], line["why"]) == ("refused", ["amount_malformed"])


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
