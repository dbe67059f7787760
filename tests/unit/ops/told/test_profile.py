"""A profile as people read it: complete, in either language, and within the width of the terminal."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from ops.demo.scenes import lives
from ops.terms.terms import Language, all_terms
from ops.told.cases import told_cases
from ops.told.paragraph import wrapped
from ops.told.profile import told_profile
from projections.as_of.known_history import entries_known
from projections.as_of.question import Part, Question
from projections.as_of.state import state_as_of
from projections.ledger.message import Read
from projections.ledger.reading import read
from projections.profile.cases import chain_cases
from projections.profile.shapes import Profile
from projections.queries.subject.cases import CasesAnswer
from projections.store.live import Place
from tests.support import builders as a
from tests.support.given import CALENDAR, given, message

TODAY = date(2026, 11, 24)
WIDTHS = (80, 120)


@cache
def read_life(number: int) -> tuple[Read, ...]:
    events = [scene.event for scene in lives()[number].scenes]
    return tuple(read(message(event, n, TODAY)) for n, event in enumerate(events))


@cache
def life(number: int, on: date = TODAY) -> Profile:
    subject = lives()[number]
    found = state_as_of(
        read_life(number),
        Question(platform=subject.platform, subject_id=subject.subject_id, valid_on=on),
        Part(0, 100),
        CALENDAR,
    ).profile
    assert found is not None
    return found


def told(profile: Profile, language: Language = Language.EN, width: int = 120) -> str:
    return printed(told_profile(a.SUBJECT, profile, "standing", language), width)


def printed(what: object, width: int = 120) -> str:
    console = Console(file=StringIO(), width=width, color_system=None)
    console.print(what)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def joined(text: str) -> str:
    """Undo the breaking of lines."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("number", [0, 1])
def test_every_record_is_told_with_its_document(language: Language, number: int) -> None:
    profile = life(number)
    text = joined(told(profile, language))
    assert [r.document_no for r in profile.records if r.document_no not in text] == []


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("on", [date(2018, 6, 1), date(2022, 7, 10), TODAY])
def test_no_line_is_wider_than_the_terminal(
    language: Language, width: int, number: int, on: date
) -> None:
    lines = told(life(number, on), language, width).splitlines()
    assert [line for line in lines if cell_len(line) > width] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_of_chinese_begins_with_a_closing_mark(width: int) -> None:
    lines = told(life(0), Language.ZH, width).splitlines()
    assert [line for line in lines if line.strip().startswith(tuple("，。；：、）〕》"))] == []


@pytest.mark.parametrize("number", [0, 1])
def test_a_profile_in_chinese_holds_no_word_of_english(number: int) -> None:
    """Rules are named by their codes in both languages, and stand at the end."""
    text, _, _ = told(life(number), Language.ZH).replace("standing", "").partition("所用规则")
    assert re.findall(r"(?<![0-9A-Za-z])[a-z_]{2,}", text) == []


def test_what_is_unknown_is_written_as_unknown() -> None:
    asked = given(a.a_penalty(fine_fen=None), a.arrears(balance_fen=None)).on("2025-06-01")
    english, chinese = told(asked), told(asked, Language.ZH)
    assert "kind: unknown" in english
    assert "fine: unknown" in english
    assert "owed: unknown" in english
    assert "罚款 未知" in chinese
    assert "尚欠 未知" in chinese
    assert "Tax owed: unknown" in english
    assert "1 unknown" in english
    assert "0.00" not in english


def test_a_day_that_is_not_the_decisions_own_is_named() -> None:
    said = a.a_penalty(on=None, published_on="2025-01-10")
    asked = given(said).on("2025-02-01")
    assert "this is the day of publication" in told(asked)
    assert "决定日期未知，此为公示日" in told(asked, Language.ZH)


def test_amounts_are_in_yuan_and_readers_have_their_last_days() -> None:
    asked = given(a.a_penalty(fine_fen=123_456_789, on="2025-01-10")).on("2025-02-01")
    (penalty,) = asked.of("PenaltyImposed")
    text = told(asked)
    assert "fine: 1,234,567.89 yuan" in text
    assert f"Penalty information; public until {penalty.shown.public_until}" in text
    assert f"state organs until {penalty.shown.shared_until}" in text


@pytest.mark.requirement(81, 87)
def test_a_listed_firm_is_told_with_stage_warning_class_measure_and_score() -> None:
    text = told(life(0, date(2022, 7, 25)))
    for words in (
        "Serious violators, market regulation",
        "ground: food safety",
        "● red",
        "Acknowledged by Zhejiang Market Regulation",
        "1000 in 1000",
        "599 of 1000 points, grade: Poor",
        "Capped by serious lists: at most 599 points: 严列〔2022〕7号",
        "Zhejiang Development and Reform: applied on 2022-07-20",
        "No part in government procurement and bidding",
    ):
        assert words in text, words


def test_a_subjects_statement_stands_beside_its_record() -> None:
    chinese = told(life(0), Language.ZH)
    assert "主体说明（2018-05-20）：标签已全部更换，并设专人复核。" in chinese
    assert "已更正 1 次" in chinese


def test_objections_and_repairs_are_told_beside_the_record_with_what_came_of_them() -> None:
    first, second = a.a_penalty(1, "2025-01-10"), a.a_penalty(2, "2025-01-10")
    asked = given(
        first,
        second,
        a.an_objection(first, "2025-01-20"),
        a.a_repair_application(second, "2025-01-15"),
        a.a_repair(second, "2025-01-20"),
    ).on("2025-01-21")
    (repaired,) = [r for r in asked.records if r.document_no == second.envelope.document_no]
    text, chinese = told(asked), told(asked, Language.ZH)
    assert "An objection is pending." in text
    assert "异议处理中。" in chinese
    assert repaired.repair == "no_effect"
    assert "Repair: decided without effect (" in text
    assert repaired.repair_note in all_terms()["repair_note"]
    assert "信用修复：决定未生效（" in chinese


def test_the_course_of_an_objection_is_told_with_every_answer() -> None:
    penalty = a.a_penalty(1, "2025-01-10")
    objection = a.an_objection(penalty, "2025-01-20")
    asked = given(
        penalty,
        objection,
        a.an_answer(objection, "2025-01-22", "rejected"),
        a.an_objection(penalty, "2025-02-05", review_of=objection),
    ).on("2025-02-06")
    text, chinese = " ".join(told(asked).split()), joined(told(asked, Language.ZH))
    answered = "Zhejiang Public Credit Information Centre, 2025-01-22: unfounded."
    assert f"Objection of 2025-01-20; {answered}" in text
    assert "Re-review asked for on 2025-02-05; to be answered by 2025-02-11." in text
    assert "2025-02-05申请复核；应于2025-02-11前（含当日）答复。" in chinese


def test_departments_that_differ_are_named_with_what_they_say() -> None:
    asked = given(
        a.a_registration(),
        a.a_change(1, "2021-01-01", status="active"),
        a.a_change(2, "2022-01-01", status="deregistered", department="civil-zj"),
    ).on("2023-01-01")
    text = joined(told(asked, Language.ZH))
    assert "登记状态自2022-01-01起不一致" in text
    assert "浙江省民政厅：注销（2022-01-01）" in text


@pytest.mark.requirement(66)
@pytest.mark.parametrize("language", Language)
def test_the_stages_of_a_case_are_told_in_order(language: Language) -> None:
    found = chain_cases(entries_known(read_life(0), CALENDAR), TODAY)
    subject = lives()[0]
    answer = CasesAnswer(subject.platform, subject.subject_id, TODAY, Place(0, 100, 1, 1), found)
    text = printed(told_cases(answer, language))
    days = re.findall(r"^\d{4}-\d\d-\d\d", text, re.MULTILINE)
    assert days == ["2025-02-18", "2025-08-15", "2026-01-12"]
    assert "90,000.00" in text


@pytest.mark.parametrize("width", [8, 20, 37, 80])
@pytest.mark.parametrize(
    "text",
    [
        "浙江省市场监督管理局；罚款 600,000.00 元；没收 80,000.00 元。",
        "State organs until 2027-05-10; credit agencies until 2027-02-28.",
        "P0123456789abcdef0123456789abcdef",
        "（2025）浙0106民初512号、严列〔2022〕7号",
    ],
)
def test_a_text_is_broken_into_lines_without_losing_a_character(text: str, width: int) -> None:
    lines = list(wrapped(text, width))
    assert joined("".join(lines)) == joined(text)
    assert max(cell_len(line) for line in lines) <= width
