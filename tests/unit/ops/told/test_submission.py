from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from events.admission.rejection import RejectionReason, reason
from events.rules.code_lists import ItemKind, ItemRow, form_of_kind
from ops.dictionary.code_lists import words_of
from ops.submission.files.cells import Fault
from ops.submission.files.items import _written
from ops.submission.line import BadLine, Difference, OtherwiseLine
from ops.submission.receipts import LineOutcome
from ops.submission.report import FileReport, Report
from ops.terms.terms import Language, Terms, all_terms
from ops.told.submission import (
    _ENGLISH,
    _in_words,
    _sentence,
    outcomes_told,
    reason_told,
    submission_told,
)
from projections.queries.outcomes import LineFate
from tests.support.words import has_chinese

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[4]
ZH, EN = Terms(Language.ZH), Terms(Language.EN)
NO_REASON = reason(RejectionReason.LEGAL_BASIS_MISSING, "处罚依据", "", "it must be given")


def told(file: FileReport, terms: Terms = ZH) -> str:
    return "\n".join(submission_told(Report(files=[file]), "market-zj", terms))


@pytest.mark.parametrize("code", RejectionReason)
@pytest.mark.parametrize("terms", [ZH, EN], ids=lambda terms: terms.language)
def test_every_reason_of_refusal_is_told_in_words(code: RejectionReason, terms: Terms) -> None:
    said = reason_told(reason(code, "fine_fen", "1", "a rule"), terms)

    assert words_of("RejectionReason")[code][0 if terms is ZH else 1] in said
    assert (words_of("RejectionAdvice")[code][0] in said) is (terms is ZH)
    assert "罚款金额" in said or terms is EN


@pytest.mark.parametrize("group", ["submission", "outcome", "why"])
def test_every_sentence_stands_in_both_languages(group: str) -> None:
    for zh, en in all_terms()[group].values():
        assert has_chinese(zh) or "{" in zh
        assert not has_chinese(en)


def test_every_outcome_has_its_word() -> None:
    assert set(all_terms()["outcome"]) == {each.value for each in LineFate}


def test_what_may_be_chosen_is_told_in_chinese_too() -> None:
    missing = reason(RejectionReason.VALUE_MISSING, "--category", "", "one of: a.b, c.d")

    assert "（可填：a.b、c.d）" in reason_told(missing, ZH)
    assert "one of: a.b, c.d" in reason_told(missing, EN)
    unknown = reason(RejectionReason.GROUND_UNKNOWN, "ground", "x", "one of the grounds of l: a, b")
    assert "（可填：a、b）" in reason_told(unknown, ZH)


@pytest.mark.parametrize("field", ["ground", "列入事由"])
def test_a_choice_is_told_by_its_name_where_it_has_one(field: str) -> None:
    rule = "one of the grounds of l: mass_incident, b"
    unknown = reason(RejectionReason.GROUND_UNKNOWN, field, "x", rule)
    assert "（可填：引发群体性事件 mass_incident、b）" in reason_told(unknown, ZH)


def test_a_fault_of_the_whole_file_is_said_once() -> None:
    file = FileReport(name="a.csv", rows=900, refused=[BadLine(n, [NO_REASON]) for n in range(900)])

    assert told(file).count("缺少法律依据") == 1
    assert "全部900行" in told(file)


def test_lines_with_one_fault_are_told_together() -> None:
    bad = [BadLine(n, [NO_REASON]) for n in (3, 4, 5, 17)]
    file = FileReport(name="a.csv", rows=20, sent=16, refused=bad)

    assert "第3-5、17行（共4行）" in told(file)
    assert "lines 3-5, 17 (4 lines)" in told(file, EN)


def test_what_stands_otherwise_is_told_with_the_command_that_corrects_it() -> None:
    difference = Difference("fine_fen", 700, 500)
    line = OtherwiseLine(17, "PenaltyImposed", "9133", "罚 1号", 1, [difference])
    file = FileReport(name="a.csv", rows=1, otherwise=[line])

    assert "罚款金额：账上7.00 元，本次5.00 元" in told(file)
    wanted = "correct 9133 '罚 1号' --department market-zj --set fine_fen=500"
    assert wanted in told(file)
    assert wanted in told(file, EN)


def test_an_outcome_is_told_with_its_lines_and_why() -> None:
    became = [
        LineOutcome(2, LineFate.RECORDED),
        LineOutcome(3, LineFate.WAITING, ("record_awaited",)),
        LineOutcome(4, LineFate.REFUSED, ("legal_basis_missing",)),
    ]
    said = list(outcomes_told(became, ZH))

    assert said[0] == "结果：已入账1行、等待1行、退回1行"
    assert "第3行：等待，所涉记录尚未入账" in said[1]
    assert "第4行：退回，缺少法律依据" in said[2]


def test_the_form_of_every_kind_of_item_is_told_in_chinese() -> None:
    for kind in ItemKind:
        for rule in (form_of_kind(kind), f"从业人数: {form_of_kind(kind)}"):
            wrong = reason(RejectionReason.VALUE_NOT_ALLOWED, "items.employees", "x", rule)
            (said,) = re.findall("（(.+)）", reason_told(wrong, ZH))
            assert not re.search("[a-z]", said), kind
            assert "“从业人数”为“x”" in reason_told(wrong, ZH)
            assert rule in reason_told(wrong, EN)


@pytest.mark.parametrize(
    ("cell", "kind", "told"),
    [
        ("十二", ItemKind.COUNT, "应为整数"),
        ("maybe", ItemKind.FLAG, "填“是”或“否”"),
        ("9" * 20, ItemKind.FEN, "整数部分至多15位"),
        ("明天", ItemKind.DAY, "应为日期"),
        ("2026-13", ItemKind.MONTH, "应为年月"),
    ],
)
def test_what_is_wrong_with_the_cell_of_an_item_is_told_in_chinese(
    cell: str, kind: ItemKind, told: str
) -> None:
    fault = _written(ItemRow(code="x", name_zh="项", name_en="x", kind=kind), "yuan", cell)
    assert isinstance(fault, Fault)
    assert told in reason_told(reason(fault.code, "项", cell, fault.rule), ZH)


def test_a_column_that_says_the_same_twice_and_an_item_of_another_category_are_told() -> None:
    for rule, told in (
        ("资产总额(元) says the same; give one of them", "（与“资产总额(元)”重复，只填其一）"),
        ("a.b has no such item; it has: 甲、乙", "（a.b 没有这一项；有：甲、乙）"),
        ("unknown field", "（没有这一栏）"),
    ):
        assert told in reason_told(reason(RejectionReason.VALUE_NOT_ALLOWED, "x", "1", rule), ZH)


SAID = ("events/admission", "ops/submission")
"""Where it is said what is wrong with a line, in English."""
NO_RULES = frozenset({"operation of the ledger", "; did you mean X?", "for a year"})
"""What no department is told, or only as a part of a sentence that is matched whole."""
PARTS = frozenset(
    {
        "X; a person is named by the keyed token",
        "its first day",
        "the day when it fell due",
        "none in force that day",
    }
)


def sentences() -> Iterator[tuple[str, str]]:
    """Give every English text in the modules that check a line, but for docstrings and errors."""
    for folder in SAID:
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            past: set[int] = set()
            for node in ast.walk(tree):
                whole = isinstance(node, ast.Raise | ast.JoinedStr)
                if whole or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                    past |= {id(each) for each in ast.walk(node)} - {id(node)}
            for node in ast.walk(tree):
                if id(node) in past:
                    continue
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield path.name, node.value
                elif isinstance(node, ast.JoinedStr):
                    parts = (p.value if isinstance(p, ast.Constant) else "X" for p in node.values)
                    yield path.name, "".join(map(str, parts))


@pytest.mark.parametrize(("module", "text"), sorted(set(sentences())))
def test_whatever_is_wrong_with_a_line_is_told_in_chinese(module: str, text: str) -> None:
    """A rule whose English no sentence of the terms matches is left out, and its reader left alone."""
    if not _ENGLISH.search(text) or text.startswith("one of") or text in NO_RULES | PARTS:
        return
    if module not in (
        "defaults.py",
        "sending.py",
    ):  # Of options, and of the broker: told elsewhere.
        assert _in_words(text, ZH) or _sentence(text, ZH)


def test_what_a_rule_speaks_of_by_code_is_named() -> None:
    no_field = reason(
        RejectionReason.VALUE_NOT_ALLOWED,
        "事实",
        "x",
        "ListEntered has no such field; leave it empty",
    )
    assert "（列入名单决定没有这一栏，请留空）" in reason_told(no_field, ZH)
    other = reason(
        RejectionReason.DEPARTMENT_NOT_OF_TOPIC,
        "department",
        "x",
        "this topic belongs to market-zj; a department reports for itself",
    )
    assert "浙江省市场监督管理局" in reason_told(other, ZH)


def test_a_code_that_no_list_has_is_answered_by_those_that_look_like_it() -> None:
    why = "a measure of the published list in force on 2026-01-01"
    unknown = reason(RejectionReason.MEASURE_UNKNOWN, "措施代码", "限制参加政府采购", why)
    assert "相近的有：限制参与政府采购、招标投标 procurement_ban" in reason_told(unknown, ZH)
    by_code = reason(RejectionReason.MEASURE_UNKNOWN, "measure", "procurment_ban", why)
    assert "; like it: procurement_ban" in reason_told(by_code, EN)
    strange = reason(RejectionReason.MEASURE_UNKNOWN, "measure", "全然不同", why)
    assert "相近" not in reason_told(strange, ZH)
