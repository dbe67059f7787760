"""In which class each department has a subject, on what evidence, and when that changes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from events.dates import FOREVER
from projections.calendar.rules import RulesOfDay
from projections.conclusions.conclusions import ConditionHeld, Supervised
from projections.conclusions.supervision import classes_in, supervise
from tests.support.said import day, piece, said
from tests.support.supervised import BAD, BOOK, a_rule, class_on, supervised

WORST = {"code": "D", "any_of": [{"signal": "serious_lists"}]}
GOOD = {
    "code": "A",
    "any_of": [{"signal": "red_lists", "everywhere": True}],
    "none_of": [{"signal": "penalties", "window_months": 24}],
}


def test_of_whom_nothing_is_known_nothing_is_listed_and_every_class_is_the_ordinary_one() -> None:
    rules = RulesOfDay(BOOK, date(2025, 1, 1))

    assert supervise(said(rules)) == ([], FOREVER)
    for ruled in rules.supervision.values():
        for rule, version in ruled:
            assert classes_in(rule.domain, [], rules)[rule.id] == version.otherwise == "B"


@pytest.mark.requirement(57, 84)
def test_a_class_names_its_department_rate_evidence_and_every_condition_that_holds() -> None:
    rule = a_rule(
        {
            "code": "C",
            "any_of": [
                {"signal": "penalties", "at_least": 2, "window_months": 12},
                {"signal": "recalls"},
                {"signal": "misconduct"},
            ],
        }
    )
    evidence = {
        "penalties": [piece("2025-01-10"), piece("2025-02-10")],
        "recalls": [piece("2024-05-01")],
    }

    assert supervised("2025-03-01", evidence, rule)[0] == [
        Supervised(
            "supervision.x",
            "market-zj",
            "market",
            "C",
            200,
            ("2025-01-10 market", "2025-02-10 market", "2024-05-01 market"),
            (ConditionHeld("penalties", 2, 2, 12), ConditionHeld("recalls", 1, 1, None)),
            date(2000, 1, 1),
        )
    ]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2025-01-09", None),
        ("2025-01-10", "B"),
        ("2025-03-09", "B"),
        ("2025-03-10", "C"),
        ("2026-01-09", "C"),
        ("2026-01-10", "B"),
        ("2026-03-09", "B"),
        ("2026-03-10", None),
    ],
)
def test_evidence_counts_from_its_day_to_the_last_of_its_window(
    on: str, expected: str | None
) -> None:
    penalties = [piece("2025-01-10"), piece("2025-03-10")]
    assert class_on(on, {"penalties": penalties}, BAD) == expected


def test_evidence_that_ends_within_its_window_counts_to_the_day_before() -> None:
    penalties = [piece("2025-01-10"), piece("2025-03-10", end="2025-06-01")]

    assert class_on("2025-05-31", {"penalties": penalties}, BAD) == "C"
    assert class_on("2025-06-01", {"penalties": penalties}, BAD) == "B"


@pytest.mark.parametrize(("fen", "expected"), [(4_999_999, "B"), (5_000_000, "C")])
def test_amounts_add_up_and_reach_a_class_at_the_very_fen(fen: int, expected: str) -> None:
    owing = {"code": "C", "any_of": [{"signal": "arrears_fen", "at_least": 5_000_000}]}
    arrears = [piece("2025-01-01", weight=1_000_000), piece("2025-02-01", weight=fen - 1_000_000)]

    assert class_on("2025-03-01", {"arrears_fen": arrears}, owing) == expected


def test_the_worst_class_that_is_met_holds() -> None:
    evidence = {
        "penalties": [piece("2025-01-10"), piece("2025-03-10")],
        "serious_lists": [piece("2025-04-01", end="2025-10-01")],
        "red_lists": [piece("2025-01-01")],
    }
    classes = (WORST, BAD, GOOD)

    assert class_on("2025-09-30", evidence, *classes) == "D"
    assert class_on("2025-10-01", evidence, *classes) == "C"
    assert class_on("2026-01-10", evidence, *classes) == "B"
    assert class_on("2027-03-09", evidence, *classes) == "B"
    assert class_on("2027-03-10", evidence, *classes) == "A"


def test_evidence_of_another_domain_counts_only_where_the_rule_says_so() -> None:
    elsewhere = {"serious_lists": [piece("2025-01-10", "tax")]}
    named = {"code": "D", "any_of": [{"signal": "serious_lists", "domains": ["tax", "labour"]}]}
    everywhere = {"code": "D", "any_of": [{"signal": "serious_lists", "everywhere": True}]}

    assert class_on("2025-02-01", elsewhere, WORST) is None
    assert class_on("2025-02-01", elsewhere, named) == "D"
    assert class_on("2025-02-01", elsewhere, everywhere) == "D"
    own_domain_only = {"serious_lists": [piece("2025-01-10", "market")]}
    assert class_on("2025-02-01", own_domain_only, named) is None


def test_a_condition_of_all_domains_lists_nothing_where_it_does_not_put_into_a_class() -> None:
    everywhere = {
        "code": "C",
        "any_of": [{"signal": "penalties", "at_least": 2, "everywhere": True}],
    }
    assert class_on("2025-02-01", {"penalties": [piece("2025-01-10", "tax")]}, everywhere) is None


def test_what_bars_the_best_class_leaves_the_ordinary_one_and_shows_that_something_is_known() -> (
    None
):
    evidence = {"red_lists": [piece("2025-01-01", "tax")], "penalties": [piece("2025-01-10")]}
    (barred,), _ = supervised("2025-02-01", evidence, a_rule(GOOD))

    assert (barred.class_code, barred.evidence, barred.why) == ("B", (), ())
    assert class_on("2025-01-09", evidence, GOOD) == "A"
    assert class_on("2027-01-10", evidence, GOOD) == "A"


@pytest.mark.requirement(64)
def test_red_lists_and_honours_lower_sampling() -> None:
    """倾斜政策: who is on a red list is inspected less often than the ordinary subject."""
    rules = RulesOfDay(BOOK, date(2025, 1, 1))
    honoured = {
        "red_lists": [piece("2024-01-01", "quality")],
        "honours": [piece("2024-01-01", "quality")],
    }
    found, _ = supervise(said(rules, honoured))

    assert "supervision.quality" in {each.rule for each in found}
    assert {(each.class_code, each.sampling_per_mille) for each in found} == {("A", 10)}
    dangers = {"safety", "fire", "food_drug", "health", "emergency", "energy"}
    assert dangers.isdisjoint(each.domain for each in found)


def test_rules_of_one_domain_are_each_asked_and_stand_in_the_order_of_the_rulebook() -> None:
    rules = RulesOfDay(BOOK, date(2025, 1, 1))
    recalls = {"recalls": [piece("2023-06-01", "food_drug"), piece("2024-12-01", "food_drug")]}
    known = said(rules, recalls)
    found, _ = supervise(known)

    assert [each.rule for each in found] == ["supervision.food", "supervision.drugs"]
    assert classes_in("food_drug", found, rules) == {
        "supervision.food": "C",
        "supervision.drugs": "C",
    }
    assert classes_in("operation", found, rules) == {}


@pytest.mark.parametrize(
    ("on", "expected"),
    [("2003-11-08", set()), ("2003-11-09", {"B"}), ("2022-01-12", {"B"}), ("2022-01-13", {"C"})],
)
def test_a_version_holds_from_its_first_day(on: str, expected: set[str]) -> None:
    """Five complaints within a year: prompts by the classes of 2003, higher risk by those of 2022."""
    complaints = [piece(str(day(on) - timedelta(30 * n))) for n in range(5)]
    rules = RulesOfDay(BOOK, day(on))
    found, _ = supervise(said(rules, {"misconduct": complaints}))

    assert {each.class_code for each in found if each.rule == "supervision.market"} == expected


def test_who_has_no_record_was_in_good_faith_by_the_classes_of_2003() -> None:
    rules = RulesOfDay(BOOK, date(2010, 1, 1))
    assert classes_in("market", [], rules) == {"supervision.market": "A"}
