"""In which class each department has a subject, on what evidence, and when that changes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import chain
from typing import Any

import msgspec
import pytest

from events.dates import FOREVER, add_months
from events.rules.catalogue import load_catalogue
from events.rules.evaluation import Condition, SupervisionRule, SupervisionVersion
from projections.calendar.rules import RulesOfDay
from projections.conclusions.conclusions import ConditionHeld, Supervised
from projections.conclusions.supervision import classes_in, supervise
from projections.signals.evidence import Evidence
from projections.signals.signals import SIGNALS
from tests.support.said import day, piece, rulebook, said, shipped_supervision

RULES = shipped_supervision()
VERSIONS = [(rule, version) for rule in RULES for version in rule.in_force]
NAMED = [f"{rule.id}@{version.start}" for rule, version in VERSIONS]
BOOK = rulebook(supervision=RULES)


def conditions(version: SupervisionVersion) -> list[Condition]:
    return [c for each in version.classes for c in chain(each.any_of, each.none_of)]


def a_rule(
    *classes: dict[str, Any], domain: str = "market", rule_id: str = "supervision.x"
) -> SupervisionRule:
    return msgspec.convert(
        {
            "id": rule_id,
            "title": "X",
            "department": "market-zj",
            "domain": domain,
            "in_force": [
                {
                    "from": "2000-01-01",
                    "reference": "assumption",
                    "classes": list(classes),
                    "otherwise": "B",
                    "names_zh": {},
                    "sampling_per_mille": {"A": 10, "B": 50, "C": 200, "D": 1000},
                }
            ],
        },
        SupervisionRule,
    )


BAD = {"code": "C", "any_of": [{"signal": "penalties", "at_least": 2, "window_months": 12}]}
WORST = {"code": "D", "any_of": [{"signal": "serious_lists"}]}
GOOD = {
    "code": "A",
    "any_of": [{"signal": "red_lists", "everywhere": True}],
    "none_of": [{"signal": "penalties", "window_months": 24}],
}


def supervised(
    on: str, evidence: dict[str, Sequence[Evidence]], *rules: SupervisionRule
) -> tuple[list[Supervised], date]:
    ruled = RulesOfDay(rulebook(supervision=rules), day(on))
    return supervise(said(ruled, evidence))


def class_on(
    on: str, evidence: dict[str, Sequence[Evidence]], *classes: dict[str, Any]
) -> str | None:
    found, _ = supervised(on, evidence, a_rule(*classes))
    return found[0].class_code if found else None


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


def some_evidence(seed: int) -> dict[str, list[Evidence]]:
    """Give a subject with many a record within two years, in few domains."""
    dice = random.Random(seed)
    signals = sorted({c.signal for _, version in VERSIONS for c in conditions(version)})
    found: dict[str, list[Evidence]] = {}
    for n in range(12):
        start = date(2023, 1, 1) + timedelta(dice.randrange(900))
        end = start + timedelta(dice.randrange(1, 900))
        domain = dice.choice(["market", "tax", "labour", "food_drug", "construction"])
        signal = dice.choice(signals)
        weight = dice.randrange(1, 90_000_000) if signal.endswith("_fen") else 1
        text = piece(str(start), domain, str(end), weight=weight, event_id=f"event {n}")
        found.setdefault(signal, []).append(text)
    return found


@pytest.mark.parametrize("seed", range(12))
def test_classes_change_with_time_only_on_the_days_that_were_foretold(seed: int) -> None:
    evidence = some_evidence(seed)
    rules = RulesOfDay(BOOK, date(2024, 1, 1))
    before, due = supervise(said(rules, evidence))
    changes = 0
    for n in range(1, 730):
        on = rules.on + timedelta(n)
        found, next_due = supervise(said(rules.seen_from(on), evidence))
        assert next_due > on
        assert due >= on, "the day that was foretold was passed over"
        if on < due:
            assert found == before
            assert next_due == due
        changes += found != before
        before, due = found, next_due
    assert changes > 0


@pytest.mark.parametrize("seed", range(12))
def test_the_order_in_which_records_came_does_not_matter(seed: int) -> None:
    evidence = some_evidence(seed)
    reverse = {name: pieces[::-1] for name, pieces in reversed(evidence.items())}
    rules = RulesOfDay(BOOK, date(2024, 9, 1))

    once = supervise(said(rules, evidence))
    assert once != ([], FOREVER)
    assert once == supervise(said(rules, reverse))


@pytest.mark.requirement(58)
def test_at_least_25_departments_have_rules_of_their_own() -> None:
    assert len({rule.department for rule in RULES}) >= 25
    assert len({rule.id for rule in RULES}) == len(RULES)
    newest = [msgspec.to_builtins(rule.in_force[-1].classes) for rule in RULES]
    assert [a for n, a in enumerate(newest) if a in newest[:n]] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_names_a_department_and_domains_of_the_catalogue(rule: SupervisionRule) -> None:
    catalogue = load_catalogue()
    asked = {d for version in rule.in_force for c in conditions(version) for d in c.domains}

    assert rule.department in catalogue.departments
    assert {rule.domain} | asked <= set(catalogue.domains)


@pytest.mark.parametrize("version", [version for _, version in VERSIONS], ids=NAMED)
def test_a_version_has_known_classes_and_a_rate_and_a_name_for_each(
    version: SupervisionVersion,
) -> None:
    codes = [each.code for each in version.classes]
    order = [code for code in "DCBA" if code in codes]

    assert codes == order, "the worst is tried first"
    assert version.otherwise not in codes
    assert {*codes, version.otherwise} >= {"B", "C", "D"}
    assert set(version.names_zh) == set(version.sampling_per_mille) == set("ABCD")
    rates = [version.sampling_per_mille[code] for code in "ABCD"]
    assert rates == sorted(rates)
    assert 0 <= rates[0] <= rates[-1] <= 1000
    assert all(each.any_of for each in version.classes)
    assert all(c.at_least >= 1 for c in conditions(version))


FAMILIES = {
    "penalties": "penalty",
    "serious_penalties": "penalty",
    "licence_revoked": "penalty",
    "serious_lists": "list",
    "listed": "list",
    "list_notices": "list",
    "judgment_defaulter": "list",
    "abnormal_operation": "list",
    "fled": ("list", "conduct"),
    "red_lists": "redlist",
    "honours": ("commendation", "redlist"),
    "grade_good": "grade",
    "grade_poor": "grade",
    "grade_bad": "grade",
    "grade_fell": "grade",
    "failed_inspections": "inspection",
    "recalls": "recall",
    "misconduct": "conduct",
    "serious_misconduct": "conduct",
    "defaults": "default",
    "default_fen": "default",
    "wage_arrears": "default",
    "wage_arrears_fen": "default",
    "wage_arrears_overdue": "default",
    "arrears_fen": "arrears",
    "arrears_rising": "arrears",
    "breaches": "commitment",
    "licence_expired": "licence",
    "convictions": "judgment",
    "enforcements": "enforcement",
}
"""The families of categories on which a signal rests."""


def test_every_signal_that_is_asked_exists() -> None:
    asked = {c.signal for _, version in VERSIONS for c in conditions(version)}

    assert asked <= set(SIGNALS)
    assert asked == set(FAMILIES)


@pytest.mark.parametrize(("rule", "version"), VERSIONS, ids=NAMED)
def test_a_condition_asks_only_what_the_catalogue_lets_be_reported_in_its_domain(
    rule: SupervisionRule, version: SupervisionVersion
) -> None:
    categories = [rows[-1] for rows in load_catalogue().categories.values()]
    reported = {(c.domain, c.code.partition(".")[0]) for c in categories}
    for condition in conditions(version):
        families = FAMILIES[condition.signal]
        families = (families,) if isinstance(families, str) else families
        domains = {domain for domain, family in reported if family in families}
        asked = set(condition.domains or (rule.domain,))
        assert condition.everywhere or asked & domains == asked, condition


def test_versions_stand_in_order_and_each_cites_its_law_or_says_that_it_assumes() -> None:
    for rule in RULES:
        starts = [version.start for version in rule.in_force]
        assert starts == sorted(set(starts))
        assert all("assumption" in version.reference for version in rule.in_force)


def test_a_window_of_months_ends_on_the_last_day_of_a_shorter_month() -> None:
    penalties = [piece("2024-02-29"), piece("2024-02-29", event_id="another")]

    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert class_on("2025-02-27", {"penalties": penalties}, BAD) == "C"
    assert class_on("2025-02-28", {"penalties": penalties}, BAD) is None
