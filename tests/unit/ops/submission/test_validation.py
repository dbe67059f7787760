from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from events.admission.rejection import RejectionReason as Why
from events.envelope import Platform
from events.identifiers import identity_number
from events.types.penalty import PenaltyImposed, PenaltyKind
from events.wire.decoding import decode_event
from ops.submission.defaults import Defaults, defaults_for

if TYPE_CHECKING:
    from events.rules.rulebook import Rulebook
    from ops.submission.line import BadLine
    from tests.unit.ops.submission.conftest import Check

SUBJECT = "91330100PDY000028X"
PENALTY = {
    "event_type": "PenaltyImposed",
    "subject_id": SUBJECT,
    "document_no": "杭环罚〔2023〕1号",
    "occurred_on": "2023-02-14",
    "legal_basis": "《中华人民共和国水污染防治法》第八十三条",
    "kinds": ["fine"],
}


Changes = dict[str, object]


def a_line(**changes: object) -> str:
    return json.dumps({**PENALTY, **changes}, ensure_ascii=False)


def a_form(cells: str, *further: str) -> str:
    subject = ("行政相对人名称", "行政相对人类别", "统一社会信用代码")
    decision = ("行政处罚决定书文号", "处罚依据", "处罚类别", "处罚决定日期")
    return f"{','.join([*subject, *decision, *further])}\n{cells}\n"


def codes(bad: BadLine) -> dict[str, Why]:
    return {each.field: each.code for each in bad.reasons}


@pytest.mark.requirement(65)
@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("penalties_official_gb18030.csv", [3, 4, 5, 6, 7]),
        ("penalties_official_utf8_bom.csv", [2, 3, 4, 5, 6]),
        ("penalties_exchange_codes.tsv", [2, 3, 4, 5, 6]),
    ],
)
def test_the_official_form_gives_the_same_events_in_every_dress(
    name: str, lines: list[int], market: Defaults, check: Check
) -> None:
    found = check.sample(name, market)
    assert [good.line for good in found.good] == lines
    assert not found.bad
    events = [good.event for good in found.good]
    assert all(isinstance(event, PenaltyImposed) for event in events)
    penalties = [event for event in events if isinstance(event, PenaltyImposed)]
    assert [p.fine_fen for p in penalties] == [
        1_500_000,
        20_000_000,
        300_000,
        5_000_000,
        123_456_789,
    ]
    assert [p.confiscated_fen for p in penalties] == [32_000, None, 0, None, 12_500_000]
    assert [p.envelope.occurred_on for p in penalties] == [
        date(2023, 2, 14),
        date(2023, 3, 1),
        date(2023, 4, 5),
        date(2023, 4, 28),
        date(2023, 5, 6),
    ]
    assert penalties[3].envelope.subject_id == "91330400PDY000052X"
    assert penalties[4].kinds == [PenaltyKind.LICENCE_REVOKED, PenaltyKind.FINE, PenaltyKind.OTHER]
    assert penalties[1].envelope.authority == "宁波市市场监督管理局"


def test_the_bytes_to_send_are_the_event(market: Defaults, check: Check) -> None:
    for good in check.sample("penalties_official_gb18030.csv", market).good:
        assert decode_event(good.value) == good.event


def test_every_fault_of_a_line_is_named_by_its_column(market: Defaults, check: Check) -> None:
    found = check.sample("penalties_with_faults_gb18030.csv", market)
    assert [good.line for good in found.good] == [2, 6]
    rounded, person, several = found.bad
    assert (rounded.line, person.line, several.line) == (3, 4, 5)
    assert codes(rounded) == {
        "行政相对人代码_1(统一社会信用代码)": Why.VALUE_NOT_ALLOWED,
        "处罚类别": Why.VALUE_NOT_ALLOWED,
        "罚款金额（万元）": Why.AMOUNT_MALFORMED,
        "处罚决定日期": Why.DATE_IMPOSSIBLE,
    }
    assert codes(several) == {
        "行政相对人代码_1(统一社会信用代码)": Why.CREDIT_CODE_CHECK_DIGIT_WRONG,
        "行政处罚决定书文号": Why.DOCUMENT_NO_MISSING,
        "处罚依据": Why.LEGAL_BASIS_MISSING,
        "罚款金额（万元）": Why.AMOUNT_TOO_LARGE,
        "处罚决定日期": Why.DATE_IN_FUTURE,
    }
    shown = {each.field: each.value for each in several.reasons}
    assert shown["罚款金额（万元）"] == "150000000"
    assert shown["处罚决定日期"] == "2099/01/01"


def test_of_a_natural_person_only_the_class_is_repeated(market: Defaults, check: Check) -> None:
    found = check.sample("penalties_with_faults_gb18030.csv", market)
    (only,) = found.bad[1].reasons
    assert (only.field, only.value, only.code) == (
        "行政相对人类别",
        "自然人",
        Why.PERSON_DATA_IN_CLEAR,
    )


def test_what_the_form_cannot_do_without_is_asked_for(market: Defaults, check: Check) -> None:
    text = a_form(f"——,,{SUBJECT},甲1号,食品安全法,/,无")
    (bad,) = check.text(text, market, "a.csv").bad
    assert codes(bad) == {
        "行政相对人名称": Why.VALUE_MISSING,
        "行政相对人类别": Why.VALUE_MISSING,
        "处罚类别": Why.VALUE_MISSING,
        "处罚决定日期": Why.VALUE_MISSING,
    }


def test_a_withdrawn_decision_is_no_new_penalty(market: Defaults, check: Check) -> None:
    text = a_form(f"甲,法人及非法人组织,{SUBJECT},甲1号,食品安全法,罚款,20230101,1", "当前状态")
    (bad,) = check.text(text, market, "a.csv").bad
    assert codes(bad) == {"当前状态": Why.VALUE_NOT_ALLOWED}


def test_the_names_of_the_form_may_stand_in_json_too(market: Defaults, check: Check) -> None:
    text = a_line(event_type=None, 行政相对人名称="甲", 行政相对人类别="个体工商户")
    (good,) = check.text(text.replace("fine", "罚款"), market).good
    assert good.event.envelope.subject_name == "甲"


def test_our_own_columns_carry_several_event_types(rulebook: Rulebook, check: Check) -> None:
    tax = defaults_for(rulebook, department="tax-zj")
    found = check.sample("tax_ours_utf8.csv", tax)
    assert not found.bad
    penalty, arrears, trader = (good.event for good in found.good)
    assert penalty.fine_fen == 1_234_567  # type: ignore[union-attr]
    assert (arrears.taxes, arrears.balance_fen) == (["增值税", "企业所得税"], 123_456_789)  # type: ignore[union-attr]
    assert trader.envelope.category == "arrears.tax"


def test_json_lines_may_nest_the_envelope(ecology: Defaults, check: Check) -> None:
    found = check.sample("ecology_ours.ndjson", ecology)
    assert not found.bad
    nested, honour, flat = (good.event for good in found.good)
    assert (nested.envelope.region, flat.envelope.region) == ("330800", "330000")
    assert honour.envelope.category == "commendation.general"
    assert flat.fine_fen == 10_500_000  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"fine_fen": 100.0}, "fine_fen", Why.AMOUNT_MALFORMED),
        ({"fine_fen": 1e3}, "fine_fen", Why.AMOUNT_MALFORMED),
        ({"fine_fen": True}, "fine_fen", Why.AMOUNT_MALFORMED),
        ({"fine_fen": "1.5"}, "fine_fen", Why.AMOUNT_MALFORMED),
        ({"fine_yuan": 0.001}, "fine_yuan", Why.AMOUNT_MALFORMED),
        ({"fine_fen": -1}, "fine_fen", Why.AMOUNT_NEGATIVE),
        ({"subject_id": 913301000000000000}, "subject_id", Why.VALUE_NOT_ALLOWED),
        ({"subject_id": None}, "subject_id", Why.SUBJECT_MISSING),
        ({"document_no": 5}, "document_no", Why.VALUE_NOT_ALLOWED),
        ({"kinds": ["fined"]}, "kinds", Why.VALUE_NOT_ALLOWED),
        ({"kinds": [1]}, "kinds", Why.VALUE_NOT_ALLOWED),
        ({"kinds": {}}, "kinds", Why.VALUE_NOT_ALLOWED),
        ({"item_no": 1.5}, "item_no", Why.VALUE_NOT_ALLOWED),
        ({"simple_procedure": "maybe"}, "simple_procedure", Why.VALUE_NOT_ALLOWED),
        ({"occurred_on": 20230214}, "occurred_on", Why.VALUE_NOT_ALLOWED),
        ({"disclosure": "secret"}, "disclosure", Why.VALUE_NOT_ALLOWED),
        ({"honour": "x"}, "honour", Why.VALUE_NOT_ALLOWED),
        ({"fine": 5}, "fine", Why.VALUE_NOT_ALLOWED),
        ({"fine_fen": 5, "fine_yuan": 5}, "fine_yuan", Why.VALUE_NOT_ALLOWED),
        ({"event_type": "Penalty"}, "event_type", Why.NOT_AN_EVENT),
        ({"event_type": None}, "--event-type", Why.VALUE_MISSING),
        ({"event_type": "JudgmentRendered", "kinds": None}, "role", Why.VALUE_MISSING),
        ({"department": "tax-zj"}, "department", Why.DEPARTMENT_NOT_OF_TOPIC),
        ({"category": "penalty.tax"}, "category", Why.DEPARTMENT_NOT_ENTITLED),
        ({"event_id": "0" * 8}, "event_id", Why.EVENT_ID_NOT_DERIVED),
        ({"item_no": 2**40}, "", Why.VALUE_NOT_ALLOWED),
    ],
)
def test_a_wrong_value_is_refused_with_its_field(
    changes: Changes, field: str, code: Why, ecology: Defaults, check: Check
) -> None:
    (bad,) = check.text(a_line(**changes), ecology).bad
    assert codes(bad)[field] is code


def test_a_category_that_could_be_several_is_asked_for_once(
    rulebook: Rulebook, check: Check
) -> None:
    market = defaults_for(rulebook, department="market-zj")
    (bad,) = check.text(a_line(), market).bad
    assert codes(bad) == {"--category": Why.VALUE_MISSING}
    offered = bad.reasons[0].rule.removeprefix("one of: ").split(", ")
    assert "penalty.market" in offered
    rows = [rulebook.category_of(code) for code in offered]
    assert {"PenaltyImposed" in row.event_types for row in rows if row} == {True}


def test_a_list_or_a_scheme_of_grades_says_the_category_itself(
    rulebook: Rulebook, check: Check
) -> None:
    told = {
        "event_type": "ListNoticeGiven",
        "subject_id": SUBJECT,
        "document_no": "样列告〔2026〕1号",
        "occurred_on": "2025-02-03",
        "legal_basis": "《市场监督管理严重违法失信名单管理办法》第十四条",
    }
    listed = {"list": "market_serious", "ground": "food", "defence_until": "2025-02-11"}
    graded = {"event_type": "GradeAssigned", "scheme": "tax", "grade": "A", "period": 2024}
    (notice,) = check.text(
        json.dumps(told | listed), defaults_for(rulebook, department="market-zj")
    ).good
    (grade,) = check.text(
        json.dumps(told | graded), defaults_for(rulebook, department="tax-zj")
    ).good

    assert notice.event.envelope.category == "list.market_serious"
    assert grade.event.envelope.category == "grade.tax"


def test_an_identity_number_is_refused_and_not_repeated(ecology: Defaults, check: Check) -> None:
    number = identity_number("33010619000101001")
    (bad,) = check.text(a_line(subject_id=number), ecology).bad
    assert codes(bad) == {"subject_id": Why.PERSON_DATA_IN_CLEAR}
    assert number not in str(bad)


def test_a_person_is_reported_by_token_on_the_platform_of_persons(
    ecology: Defaults, check: Check
) -> None:
    (good,) = check.text(a_line(subject_id="P" + "0" * 32), ecology).good
    assert good.platform is Platform.PERSON


def test_a_repeated_line_is_told_from_another_decision_under_the_same_number(
    ecology: Defaults, check: Check
) -> None:
    text = "\n".join([a_line(), a_line(), a_line(fine_fen=7), a_line(fine_fen=7, item_no=2)])
    found = check.text(text, ecology)
    assert [good.line for good in found.good] == [1, 4]
    assert [(each.line, each.first) for each in found.repeated] == [(2, "a.ndjson:1")]
    assert "a.ndjson:1 says otherwise" in found.bad[0].reasons[0].rule


def test_a_registration_carries_aliases_from_json_and_from_a_cell(
    rulebook: Rulebook, check: Check
) -> None:
    market = defaults_for(rulebook, department="market-zj")
    text = (
        "event_type;subject_id;document_no;legal_basis;kind;aliases\n"
        f'SubjectRegistered;{SUBJECT};设1号;公司登记管理条例;enterprise;"tax_no:330100PDY000028;other:甲1"\n'
    )
    (good,) = check.text(text, market, "a.csv").good
    aliases = good.event.aliases  # type: ignore[union-attr]
    assert [(a.scheme, a.value) for a in aliases] == [
        ("tax_no", "330100PDY000028"),
        ("other", "甲1"),
    ]


def test_a_correction_names_its_changes_as_json(ecology: Defaults, check: Check) -> None:
    text = a_line(
        event_type="RecordCorrected",
        kinds=None,
        document_no=None,
        category="penalty.environment",
        concerns="00000000-0000-5000-8000-000000000000",
        record_type="PenaltyImposed",
        changes=[{"field": "fine_fen", "value": "5"}],
    )
    assert check.text(text, ecology).good
    wrong = text.replace('"value"', '"was"')
    (bad,) = check.text(wrong, ecology).bad
    assert codes(bad)["changes"] is Why.VALUE_NOT_ALLOWED
