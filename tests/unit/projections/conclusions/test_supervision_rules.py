"""The rules of classes that are shipped, and what holds of every class whatever is known."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import chain

import msgspec
import pytest

from events.dates import FOREVER, add_months
from events.rules.catalogue import load_catalogue
from events.rules.evaluation import Condition, SupervisionRule, SupervisionVersion
from projections.calendar.rules import RulesOfDay
from projections.conclusions.supervision import supervise
from projections.signals.evidence import Evidence
from projections.signals.signals import SIGNALS
from tests.support.said import piece, said
from tests.support.supervised import BAD, BOOK, RULES, class_on

VERSIONS = [(rule, version) for rule in RULES for version in rule.in_force]
NAMED = [f"{rule.id}@{version.start}" for rule, version in VERSIONS]


def conditions(version: SupervisionVersion) -> list[Condition]:
    return [c for each in version.classes for c in chain(each.any_of, each.none_of)]


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
