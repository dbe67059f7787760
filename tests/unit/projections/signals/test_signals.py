"""From when until when a record counts in a signal, how much, and who is behind it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from events.dates import FOREVER
from events.envelope import Source
from events.rules.rulebook import load_rulebook
from events.types.finding import InspectionResult, Seriousness
from events.types.penalty import Finality, PenaltyKind
from events.types.relation import RelationRole
from projections.contagion.contagion import SIGNAL as CONTAGION
from projections.day.lists import memberships
from projections.record.marks import Answer
from projections.record.matters import (
    AnyMatter,
    Arrears,
    Commitment,
    Conduct,
    Conviction,
    Default,
    Enforcement,
    Grade,
    Honour,
    Inspection,
    Licence,
    Listing,
    Measure,
    NoticeGiven,
    Penalty,
    Recall,
    Relation,
)
from projections.signals.signals import SIGNALS, UnknownSignalError
from tests.support.recorded import (
    fact,
    objection,
    paid,
    recorded,
    repair,
    signals_on,
)

ON = "2025-06-01"
MAX = FOREVER.isoformat()
REVOKED = (PenaltyKind.LICENCE_REVOKED,)
TAX_VIOLATOR = {"list": "major_tax_violator", "ground": "evasion", "department": "tax-zj"}
ABNORMAL = {"list": "abnormal_operation", "ground": "unreachable"}


def listed(day: str = "2025-01-10", **fields: Any) -> Listing:
    return recorded(Listing, day, event_id="listing", **fields)


def graded(day: str, grade: str, period: int | None = None, **fields: Any) -> Grade:
    return recorded(Grade, day, grade=grade, period=period, **fields)


def arrears(day: str, fen: int | None, *payments: Any, **fields: Any) -> Arrears:
    return recorded(Arrears, day, balance_fen=fen, payments=payments, **fields)


def wages(day: str = "2025-01-10", fen: int | None = 100, *payments: Any, **fields: Any) -> Default:
    return recorded(Default, day, amount_fen=fen, payments=payments, **fields)


def licence(day: str, last: str | None, **fields: Any) -> Licence:
    return recorded(Licence, day, valid_until=last, **fields)


CASES: list[tuple[str, list[AnyMatter], list[tuple[str, str, int]]]] = [
    ("penalties", [recorded(Penalty, "2025-01-10")], [("2025-01-10", MAX, 1)]),
    ("penalties", [recorded(Penalty, "2025-01-10", simple_procedure=True)], []),
    ("penalties", [recorded(Penalty, "2025-01-10", final_on=None)], [("2025-07-10", MAX, 1)]),
    ("penalties", [recorded(Penalty, "2025-01-10", finality=Finality.CONTESTED)], []),
    (
        "penalties",
        [recorded(Penalty, "2025-01-10", final_on="2025-03-03", finality=Finality.UPHELD)],
        [("2025-03-03", MAX, 1)],
    ),
    (
        "penalties_decided",
        [recorded(Penalty, "2025-01-10", finality=Finality.CONTESTED)],
        [("2025-01-10", MAX, 1)],
    ),
    (
        "serious_penalties_decided",
        [recorded(Penalty, "2025-01-10", final_on=None, kinds=REVOKED)],
        [("2025-01-10", MAX, 1)],
    ),
    (
        "licence_revoked_decided",
        [recorded(Penalty, "2025-01-10", final_on=None, kinds=REVOKED)],
        [("2025-01-10", MAX, 1)],
    ),
    (
        "penalties",
        [recorded(Penalty, "2025-01-10", ended_on="2025-03-01")],
        [("2025-01-10", "2025-03-01", 1)],
    ),
    ("penalties", [recorded(Penalty, "2025-01-10", ended_on="2025-01-10")], []),
    ("penalties", [recorded(Penalty, "2025-01-10", source=Source.SELF_DECLARED)], []),
    ("serious_penalties", [recorded(Penalty, "2025-01-10")], []),
    (
        "serious_penalties",
        [recorded(Penalty, "2025-01-10", kinds=REVOKED)],
        [("2025-01-10", MAX, 1)],
    ),
    (
        "serious_market_penalties",
        [recorded(Penalty, "2025-01-10", kinds=REVOKED)],
        [("2025-01-10", MAX, 1)],
    ),
    ("serious_safety_penalties", [recorded(Penalty, "2025-01-10", kinds=REVOKED)], []),
    (
        "serious_safety_penalties",
        [recorded(Penalty, "2025-01-10", kinds=REVOKED, category="penalty.safety")],
        [("2025-01-10", MAX, 1)],
    ),
    ("licence_revoked", [recorded(Penalty, "2025-01-10")], []),
    (
        "licence_revoked",
        [recorded(Penalty, "2025-01-10", kinds=REVOKED)],
        [("2025-01-10", MAX, 1)],
    ),
    ("convictions", [recorded(Conviction, "2025-01-10")], [("2025-01-10", MAX, 1)]),
    ("recalls", [recorded(Recall, "2025-01-10")], [("2025-01-10", MAX, 1)]),
    *(
        ("failed_inspections", [recorded(Inspection, "2025-01-10", result=result)], found)
        for result, found in [
            (InspectionResult.FAILED, [("2025-01-10", MAX, 1)]),
            (InspectionResult.REFUSED, [("2025-01-10", MAX, 1)]),
            (InspectionResult.NOT_FOUND, [("2025-01-10", MAX, 1)]),
            (InspectionResult.RECTIFY, []),
        ]
    ),
    ("misconduct", [recorded(Conduct, "2025-01-10")], [("2025-01-10", MAX, 1)]),
    ("misconduct", [recorded(Conduct, "2025-01-10", category="commitment")], []),
    ("serious_misconduct", [recorded(Conduct, "2025-01-10")], []),
    (
        "serious_misconduct",
        [recorded(Conduct, "2025-01-10", seriousness=Seriousness.SERIOUS)],
        [("2025-01-10", MAX, 1)],
    ),
    ("fled", [recorded(Conduct, "2025-01-10", conduct="fled")], [("2025-01-10", MAX, 1)]),
    (
        "fled",
        [listed(**(TAX_VIOLATOR | {"ground": "fled"}), notified_on="2024-12-01")],
        [("2025-01-10", "2028-01-10", 1)],
    ),
    ("honours", [recorded(Honour, "2025-01-10")], [("2025-01-10", MAX, 1)]),
    (
        "honours",
        [recorded(Honour, "2025-01-10", valid_until="2025-12-31")],
        [("2025-01-10", "2026-01-01", 1)],
    ),
    ("honours", [recorded(Honour, "2025-01-10", source=Source.SELF_DECLARED)], []),
    ("serious_lists", [listed()], [("2025-01-10", MAX, 1)]),
    ("serious_lists", [listed(ended_on="2025-02-01")], [("2025-01-10", "2025-02-01", 1)]),
    (
        "serious_lists",
        [listed(**TAX_VIOLATOR, notified_on="2024-12-01")],
        [("2025-01-10", "2028-01-10", 1)],
    ),
    ("serious_lists", [listed(**TAX_VIOLATOR)], []),
    ("serious_lists", [listed(**ABNORMAL)], []),
    ("judgment_defaulter", [listed()], [("2025-01-10", MAX, 1)]),
    ("listed", [listed(**ABNORMAL)], [("2025-01-10", MAX, 1)]),
    ("listed", [listed(list="redlist_tax", ground="grade_a")], []),
    (
        "red_lists",
        [listed(list="redlist_tax", ground="grade_a")],
        [("2025-01-10", "2026-01-10", 1)],
    ),
    ("abnormal_operation", [listed(**ABNORMAL)], [("2025-01-10", MAX, 1)]),
    ("abnormal_operation_old", [listed("2021-02-28", **ABNORMAL)], [("2024-02-28", MAX, 1)]),
    ("abnormal_operation_old", [listed("2024-02-29", **ABNORMAL)], [("2027-02-28", MAX, 1)]),
    (
        "abnormal_operation_old",
        [listed("2021-02-28", **ABNORMAL, ended_on="2024-02-28")],
        [],
    ),
    (
        "list_notices",
        [recorded(NoticeGiven, "2025-01-10", ended_on="2025-02-01")],
        [("2025-01-10", "2025-02-01", 1)],
    ),
    ("licence_expiring", [licence("2020-01-01", "2025-07-01")], [("2025-06-01", "2025-07-02", 1)]),
    ("licence_expiring", [licence("2025-06-20", "2025-07-01")], [("2025-06-20", "2025-07-02", 1)]),
    ("licence_expiring", [licence("2020-01-01", None)], []),
    ("licence_expiring", [licence("2020-01-01", MAX)], [("9999-12-01", MAX, 1)]),
    (
        "licence_expiring",
        [licence("2020-01-01", "2025-07-01"), licence("2025-06-10", "2030-07-01")],
        [("2025-06-01", "2025-06-10", 1), ("2030-06-01", "2030-07-02", 1)],
    ),
    (
        "licence_expiring",
        [
            licence("2020-01-01", "2025-07-01"),
            licence("2025-06-10", None, licence_no="许2"),
            licence("2025-06-11", None, category="licence.tax"),
        ],
        [("2025-06-01", "2025-07-02", 1)],
    ),
    (
        "licence_expiring",
        [licence("2020-01-01", "2030-07-01"), licence("2024-01-01", "2025-07-01")],
        [("2025-06-01", "2025-07-02", 1), ("2030-06-01", "2030-07-02", 1)],
    ),
    ("licence_expired", [licence("2020-01-01", "2024-02-28")], [("2024-02-29", "2025-02-28", 1)]),
    ("licence_expired", [licence("2020-01-01", MAX)], []),
    (
        "licence_expired",
        [licence("2020-01-01", "2025-01-31"), licence("2025-03-01", None)],
        [("2025-02-01", "2025-03-01", 1)],
    ),
    (
        "licence_expired",
        [licence("2020-01-01", "2025-01-31"), licence("2025-01-20", None)],
        [],
    ),
    ("grade_bad", [graded("2025-04-30", "D")], [("2025-04-30", MAX, 1)]),
    (
        "grade_bad",
        [graded("2024-04-30", "D"), graded("2025-04-30", "B")],
        [("2024-04-30", "2025-04-30", 1)],
    ),
    (
        "grade_poor",
        [graded("2025-04-30", "C", valid_until="2026-04-30")],
        [("2025-04-30", "2026-05-01", 1)],
    ),
    ("grade_good", [graded("2025-04-30", "A")], [("2025-04-30", MAX, 1)]),
    ("grade_good", [graded("2025-04-30", "B")], []),
    ("grade_fell", [graded("2025-04-30", "D")], []),
    (
        "grade_fell",
        [graded("2024-04-30", "A"), graded("2025-04-30", "B")],
        [("2025-04-30", MAX, 1)],
    ),
    ("grade_fell", [graded("2024-04-30", "B"), graded("2025-04-30", "A")], []),
    ("grade_fell", [graded("2017-04-30", "C"), graded("2019-04-30", "C")], []),
    (
        "grade_fell",
        [
            graded("2024-04-30", "B", 2023),
            graded("2025-04-30", "A", 2024),
            graded("2025-05-30", "B", 2024),
        ],
        [],
    ),
    (
        "grade_fell",
        [
            graded("2024-04-30", "B", 2023),
            graded("2025-04-30", "C", 2024),
            graded("2025-05-30", "D", 2024),
        ],
        [("2025-04-30", "2025-05-30", 1), ("2025-05-30", MAX, 1)],
    ),
    (
        "grade_fell",
        [
            graded("2014-01-01", "A", scheme="customs"),
            graded("2015-01-01", "general_credit", scheme="customs"),
        ],
        [("2015-01-01", MAX, 1)],
    ),
    ("grade_fell", [graded("2024-04-30", "A"), graded("2025-04-30", "C", scheme="labour")], []),
    ("arrears_fen", [arrears("2025-01-10", 60)], [("2025-01-10", MAX, 60)]),
    ("arrears_fen", [arrears("2025-01-10", None)], []),
    ("arrears_fen", [arrears("2025-01-10", 0)], []),
    (
        "arrears_fen",
        [arrears("2025-01-10", 60, paid("2025-02-01", 20), paid("2025-03-01", cleared=True))],
        [("2025-01-10", "2025-02-01", 60), ("2025-02-01", "2025-03-01", 40)],
    ),
    (
        "arrears_fen",
        [
            arrears(
                "2025-01-10",
                60,
                paid("2025-01-10", 20),
                paid("2025-02-01", 10),
                paid("2025-02-01", 10),
            )
        ],
        [("2025-01-10", "2025-02-01", 40), ("2025-02-01", MAX, 20)],
    ),
    ("arrears_rising", [arrears("2024-01-10", 10), arrears("2024-04-10", 20)], []),
    (
        "arrears_rising",
        [arrears("2024-01-10", 10), arrears("2024-04-10", 20), arrears("2024-07-10", 30)],
        [("2024-07-10", MAX, 1)],
    ),
    (
        "arrears_rising",
        [
            arrears("2024-01-10", 10),
            arrears("2024-04-10", 20),
            arrears("2024-07-10", 30, paid("2024-09-01", 30)),
        ],
        [("2024-07-10", "2024-09-01", 1)],
    ),
    (
        "arrears_rising",
        [
            arrears("2024-01-10", 10),
            arrears("2024-04-10", 20),
            arrears("2024-07-10", 30),
            arrears("2024-10-10", 30),
        ],
        [("2024-07-10", "2024-10-10", 1)],
    ),
    (
        "arrears_rising",
        [
            arrears("2024-01-10", 10),
            arrears("2024-04-10", None),
            arrears("2024-07-10", 30),
            arrears("2024-10-10", 40),
        ],
        [],
    ),
    (
        "arrears_rising",
        [arrears(f"2024-0{n}-10", n * 10, department=f"tax-{n}") for n in (1, 2, 3)],
        [],
    ),
    (
        "arrears_rising",
        [arrears(f"2024-0{n}-10", n * 10, period="2024Q1") for n in (1, 2, 3)],
        [],
    ),
    ("wage_arrears", [wages()], [("2025-01-10", MAX, 1)]),
    ("wage_arrears", [wages(fen=None)], [("2025-01-10", MAX, 1)]),
    (
        "wage_arrears",
        [wages("2025-01-10", 100, paid("2025-02-01", 100))],
        [("2025-01-10", "2025-02-01", 1)],
    ),
    ("wage_orders", [wages()], []),
    ("wage_orders", [wages(ordered_by="2025-02-01")], [("2025-01-10", MAX, 1)]),
    (
        "wage_arrears_fen",
        [wages("2025-01-10", 100, paid("2025-02-01", 30))],
        [("2025-01-10", "2025-02-01", 100), ("2025-02-01", MAX, 70)],
    ),
    ("wage_arrears_overdue", [wages()], []),
    ("wage_arrears_overdue", [wages(ordered_by="2025-02-28")], [("2025-03-01", MAX, 1)]),
    ("wage_arrears_overdue", [wages(ordered_by="2024-12-01")], [("2025-01-10", MAX, 1)]),
    (
        "wage_arrears_overdue",
        [wages("2025-01-10", 100, paid("2025-02-28", cleared=True), ordered_by="2025-02-28")],
        [],
    ),
    ("defaults", [wages()], []),
    ("defaults", [wages(category="default.loan")], [("2025-01-10", MAX, 1)]),
    ("default_fen", [wages(category="default.loan", fen=7)], [("2025-01-10", MAX, 7)]),
    ("default_fen", [wages(category="default.loan", fen=None)], []),
    ("enforcements", [recorded(Enforcement, "2025-01-10")], [("2025-01-10", MAX, 1)]),
    (
        "enforcements",
        [recorded(Enforcement, "2025-01-10", payments=(paid("2025-02-01", cleared=True),))],
        [("2025-01-10", "2025-02-01", 1)],
    ),
    ("enforcements_old", [recorded(Enforcement, "2024-08-31")], [("2025-02-28", MAX, 1)]),
    (
        "enforcements_old",
        [recorded(Enforcement, "2024-08-31", payments=(paid("2025-02-28", cleared=True),))],
        [],
    ),
    (
        "enforcement_fen",
        [recorded(Enforcement, "2025-01-10", target_fen=9)],
        [("2025-01-10", MAX, 9)],
    ),
    ("breaches", [recorded(Commitment, "2025-01-10")], []),
    (
        "breaches",
        [
            recorded(
                Commitment,
                "2025-01-10",
                payments=(paid("2025-02-01", breached=True), paid("2025-03-01", cleared=True)),
            )
        ],
        [("2025-02-01", MAX, 1)],
    ),
    (
        "objections_overdue",
        [recorded(Penalty, "2025-01-10", marks=objection("2025-03-03"))],
        [("2025-03-11", MAX, 1)],
    ),
    (
        "objections_overdue",
        [recorded(Penalty, "2025-01-10", marks=objection("2025-03-03", "2025-03-10"))],
        [],
    ),
    (
        "objections_overdue",
        [recorded(Penalty, "2025-01-10", marks=objection("2025-03-03", "2025-03-20"))],
        [("2025-03-11", "2025-03-20", 1)],
    ),
    (
        "objections_overdue",
        [recorded(Penalty, "2025-01-10", marks=objection("2025-03-03", extended="2025-03-10"))],
        [("2025-04-01", MAX, 1)],
    ),
    (
        "repairs_overdue",
        [recorded(Penalty, "2025-01-10", marks=repair("2025-03-03"))],
        [("2025-03-25", MAX, 1)],
    ),
    (
        "repairs_overdue",
        [recorded(Penalty, "2025-01-10", marks=repair("2025-03-03", "2025-03-28", granted=False))],
        [("2025-03-25", "2025-03-28", 1)],
    ),
]


def spans(name: str, matters: list[AnyMatter]) -> list[tuple[str, str, int]]:
    found = signals_on(ON, *matters).of(name)
    return [(e.start.isoformat(), e.end.isoformat(), e.weight) for e in found]


@pytest.mark.parametrize(("name", "matters", "expected"), CASES)
def test_a_record_counts_from_its_start_to_the_day_before_its_end(
    name: str, matters: list[AnyMatter], expected: list[tuple[str, str, int]]
) -> None:
    assert spans(name, matters) == expected


def test_every_signal_has_a_case() -> None:
    tried_elsewhere = {"responses_overdue", "discrepancies"}
    assert {name for name, _, found in CASES if found} == SIGNALS.keys() - tried_elsewhere


@pytest.mark.parametrize("matters", [matters for _, matters, _ in CASES])
def test_what_is_passed_over_as_impossible_is_indeed_nothing(matters: list[AnyMatter]) -> None:
    """The short cut by kinds of matters changes no answer."""
    signals = signals_on(ON, *matters)
    lists = memberships(signals.on_day)
    for name, find in SIGNALS.items():
        assert sorted(find(signals.on_day, lists)) == list(signals.of(name))


def test_a_signal_is_worked_out_once_and_only_if_somebody_asks() -> None:
    signals = signals_on(ON, recorded(Penalty, "2025-01-10"))
    assert signals._series == {}
    penalties = signals.of("penalties")
    assert signals.of("penalties") is penalties
    signals.of("recalls")
    signals.of("serious_safety_penalties")
    whole = signals._series["serious_penalties"]
    signals.of("serious_market_penalties")
    assert signals._series["serious_penalties"] is whole
    assert set(signals._series) == {
        *("penalties", "recalls", "serious_penalties"),
        *("serious_safety_penalties", "serious_market_penalties"),
    }


def test_a_signal_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownSignalError, match="weather"):
        signals_on(ON).of("weather")


def test_every_signal_that_a_rule_asks_for_exists() -> None:
    book = load_rulebook()
    asked = {rule.signal for rule in book.warnings} - {CONTAGION}
    for rule in book.supervision:
        for classes in rule.in_force:
            for each in classes.classes:
                asked |= {c.signal for c in (*each.any_of, *each.none_of)}
    for model in book.scores:
        for points in model.in_force:
            asked |= {veto.signal for veto in points.vetoes}
            asked |= {d.signal for item in points.indicators for d in item.deductions}

    assert asked - SIGNALS.keys() == set()


def test_evidence_names_department_region_and_domain_of_the_record() -> None:
    penalty = recorded(
        Penalty, "2025-01-10", department="tax-zj", region="330200", category="penalty.tax"
    )
    (found,) = signals_on(ON, penalty).of("penalties")

    assert (found.event_id, found.department, found.region, found.domain) == (
        *("penalty 2025-01-10", "tax-zj", "330200", "tax"),
    )


def test_evidence_stands_in_the_order_of_its_start_and_then_of_its_id() -> None:
    matters = [
        recorded(Penalty, "2025-02-10", event_id="a"),
        recorded(Penalty, "2025-01-10", event_id="c"),
        recorded(Penalty, "2025-01-10", event_id="b"),
    ]
    assert [e.event_id for e in signals_on(ON, *matters).of("penalties")] == ["b", "c", "a"]


def test_a_repaired_record_no_longer_counts_and_one_repaired_later_still_does() -> None:
    paid_up = recorded(
        Penalty,
        "2024-01-10",
        payments=(paid("2024-02-01", cleared=True),),
        marks=repair("2025-05-20", "2025-06-01"),
    )
    (before,) = signals_on("2025-05-31", paid_up).of("penalties")
    (after,) = signals_on("2025-06-01", paid_up).of("penalties")

    assert before.end == after.end == signals_on("2025-06-01").on_day.rules.on


def test_a_department_that_does_not_answer_a_measure_is_late_until_it_does() -> None:
    measure = recorded(
        Measure,
        "2025-03-03",
        answers=(
            Answer(
                "a",
                date.fromisoformat("2025-03-20"),
                "water-zj",
                "applied",
                None,
                None,
            ),
        ),
    )
    found = signals_on(ON, listed(), measure).of("responses_overdue")

    assert [(e.department, e.start.isoformat(), e.end.isoformat()) for e in found] == [
        ("water-zj", "2025-03-13", "2025-03-20"),
        ("finance-zj", "2025-03-13", MAX),
    ]


def test_a_measure_without_effect_awaits_no_answer() -> None:
    assert list(signals_on(ON, recorded(Measure, "2025-03-03")).of("responses_overdue")) == []


@pytest.mark.requirement(12)
def test_departments_that_differ_are_each_evidence_of_it() -> None:
    facts = (
        fact("a", "2024-01-10", "market-zj", "甲公司"),
        fact("b", "2025-01-10", "tax-zj", "乙公司"),
    )
    found = signals_on(ON, facts=facts).of("discrepancies")

    assert [(e.event_id, e.department, e.start.isoformat()) for e in found] == [
        ("a", "market-zj", "2025-01-10"),
        ("b", "tax-zj", "2025-01-10"),
    ]
    assert list(signals_on(ON, facts=facts[:1]).of("discrepancies")) == []


def test_departments_that_name_other_representatives_differ() -> None:
    said = [
        recorded(Relation, "2025-01-10", event_id="a", other="P1"),
        recorded(Relation, "2025-02-10", event_id="b", other="P2", department="tax-zj"),
        recorded(
            Relation,
            "2025-02-10",
            event_id="c",
            other="P3",
            role=RelationRole.MANAGER,
            department="x",
        ),
    ]
    found = signals_on(ON, *said).of("discrepancies")
    assert [e.event_id for e in found] == ["a", "b"]
