"""Across the rules of lists and measures: whether the lists and the published measures fit the catalogue, the departments and each other."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest

from events.rules.catalogue import Polarity
from events.rules.dated import Version
from events.rules.rulebook import load_rulebook
from events.rules.versions import ListRule, ListVersion, MeasureRule, MeasureVersion

RULEBOOK = load_rulebook()
LISTS = list(RULEBOOK.lists.values())
MEASURES = list(RULEBOOK.measures.values())
PUNISHERS = {"regulatory", "administrative", "market", "judicial", "social"}
LEVELS = {"law", "regulation", "rules"}
BY_REGULATION = ("procurement_ban", "market_ban", "franchise_ban", "spending_ban", "office_ban")
BY_RULES = ("subsidy_limit", "honours_limit")

each_list = pytest.mark.parametrize("rule", LISTS, ids=lambda rule: rule.code)
each_measure = pytest.mark.parametrize("rule", MEASURES, ids=lambda rule: rule.code)


def raw(name: str, key: str) -> list[dict[str, Any]]:
    text = (files("events") / "rules" / f"{name}.toml").read_text("utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)[key]
    return rows


def keys_of(kind: type) -> set[str]:
    return set(kind.__struct_encode_fields__)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "key", "kind", "version"),
    [
        ("lists", "list", ListRule, ListVersion),
        ("measures", "measure", MeasureRule, MeasureVersion),
    ],
)
def test_no_code_stands_twice_and_no_key_is_read_by_nobody(
    name: str, key: str, kind: type, version: type
) -> None:
    rows = raw(name, key)
    codes = [row["code"] for row in rows]

    assert len(codes) == len(set(codes))
    assert {key for row in rows for key in row} <= keys_of(kind)
    assert {key for row in rows for each in row["in_force"] for key in each} <= keys_of(version)


@pytest.mark.parametrize("rule", [*LISTS, *MEASURES], ids=lambda rule: rule.code)
def test_versions_stand_in_order_and_each_says_what_it_rests_on(
    rule: ListRule | MeasureRule,
) -> None:
    versions: list[Version] = [*rule.in_force]

    assert versions
    assert all(earlier.start < later.start for earlier, later in pairwise(versions))
    assert all(version.reference for version in versions)


@each_list
def test_a_list_has_a_category_for_all_the_time_that_it_is_in_force(rule: ListRule) -> None:
    days = [version.start for version in rule.in_force]
    days += [version.start for version in RULEBOOK.categories[rule.category]]
    days = [day for day in days if day >= rule.in_force[0].start]

    for day in days:
        category = RULEBOOK.category_on(rule.category, day)
        assert category is not None, day
        assert category.domain == rule.domain
        assert {"ListEntered", "ListRemoved"} <= set(category.event_types)
    before = rule.in_force[0].start - timedelta(days=1)
    assert RULEBOOK.category_on(rule.category, before) is None


@each_list
def test_a_list_that_needs_notice_can_be_given_one(rule: ListRule) -> None:
    for version in rule.in_force:
        if version.notice_required:
            category = RULEBOOK.category_on(rule.category, version.start)
            assert category is not None
            assert {"ListNoticeGiven", "DefenceMade"} <= set(category.event_types)
            assert version.notice_stands_months == 12


@each_list
def test_a_list_has_grounds_each_with_a_term_or_none(rule: ListRule) -> None:
    for version in rule.in_force:
        assert version.grounds
        for term in version.grounds.values():
            assert term == "none" or (isinstance(term, int) and 0 < term <= 60)


@each_list
def test_a_red_list_is_of_good_records_and_all_others_of_bad(rule: ListRule) -> None:
    category = RULEBOOK.category_of(rule.category)
    assert category is not None

    assert rule.honours == (category.polarity is Polarity.GOOD)
    if rule.honours:
        assert not rule.serious
        assert not any(version.notice_required for version in rule.in_force)


def test_a_serious_list_needs_notice_from_the_province_s_regulation_on_unless_a_court_s() -> None:
    without = [
        rule.code
        for rule in LISTS
        for version in rule.in_force
        if rule.serious and version.start.year >= 2018 and not version.notice_required
    ]
    needs = [rule.code for rule in LISTS if rule.in_force[-1].notice_required]

    assert without == []
    assert set(needs) == {
        rule.code
        for rule in LISTS
        if not rule.honours
        and rule.code not in ("judgment_defaulter", "abnormal_operation", "tax_abnormal")
    }


def test_every_category_of_lists_has_a_list() -> None:
    categories = {c for c in RULEBOOK.categories if c.startswith(("list.", "redlist."))}

    assert categories == {rule.category for rule in LISTS}


@pytest.mark.requirement(63, 90)
def test_every_section_of_the_industries_has_a_blacklist_of_its_own() -> None:
    of_industry = [rule.industry for rule in LISTS if rule.category == "list.industry"]
    known = {rule.industry for rule in LISTS if rule.industry is not None}

    assert of_industry == list("ABCDEFGHIJKLMNOPQR")
    assert known <= RULEBOOK.industries.keys()


@pytest.mark.requirement(55, 62)
def test_all_five_kinds_of_punisher_punish_and_reward() -> None:
    assert {rule.punisher for rule in MEASURES if not rule.reward} == PUNISHERS
    assert {rule.punisher for rule in MEASURES if rule.reward} == PUNISHERS


@each_measure
def test_a_measure_is_initiated_by_departments_that_may_report_it(rule: MeasureRule) -> None:
    for version in rule.in_force:
        assert version.departments
        for code in version.departments:
            assert code == "*" or RULEBOOK.departments[code].may_report(
                "measure", "MeasureInitiated"
            )


@each_measure
def test_a_measure_rests_on_what_can_be_recorded(rule: MeasureRule) -> None:
    for version in rule.in_force:
        assert version.level in LEVELS
        assert version.because
        for pattern in version.because:
            assert _meets(pattern), pattern


@each_measure
def test_nobody_is_punished_for_a_good_record_or_rewarded_for_a_bad_one(rule: MeasureRule) -> None:
    wrong = Polarity.BAD if rule.reward else Polarity.GOOD
    for version in rule.in_force:
        for what, polarity in _bases().items():
            if polarity is wrong:
                assert not any(_matches(pattern, what) for pattern in version.because), what


def test_the_measures_of_the_regulation_need_the_norm_that_it_asks() -> None:
    for codes, level in ((BY_REGULATION, "regulation"), (BY_RULES, "rules")):
        for code in codes:
            (version,) = RULEBOOK.measures[code].in_force
            assert version.level == level
            assert version.reference.startswith("浙江省公共信用信息管理条例 art. 26, 28")


def _bases() -> dict[str, Polarity]:
    """Give everything that a measure may rest on, in the words of the rules."""
    bases: dict[str, Polarity] = {
        f"list:{rule.code}": Polarity.GOOD if rule.honours else Polarity.BAD for rule in LISTS
    }
    for scheme in RULEBOOK.grades.values():
        for version in scheme.in_force:
            for grade in version.grades:
                polarity = {"good": Polarity.GOOD, "ordinary": Polarity.NEUTRAL}
                what = f"grade:{scheme.code}:{grade.code}"
                bases[what] = polarity.get(grade.standing.value, Polarity.BAD)
    for code in RULEBOOK.categories:
        category = RULEBOOK.category_of(code)
        assert category is not None
        is_honour = "CommendationAwarded" in category.event_types
        if not code.startswith(("list.", "redlist.", "grade.")):
            bases[f"{'honour' if is_honour else 'record'}:{code}"] = category.polarity
    return bases


def _matches(pattern: str, what: str) -> bool:
    return what.startswith(pattern[:-1]) if pattern.endswith("*") else what == pattern


def _meets(pattern: str) -> bool:
    return any(_matches(pattern, what) for what in _bases())
