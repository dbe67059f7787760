"""The rules as data: dated, cited, complete, and never edited in the past."""

from __future__ import annotations

import hashlib
import re
import tomllib
from datetime import date
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.divisions import load_divisions
from events.envelope import Platform
from events.penalty import PenaltyKind
from events.rulebook import Level, Rulebook, load_rulebook, version_on
from events.types import EVENT_TYPES, ORIGINALS

RULEBOOK = load_rulebook()
FROZEN = Path(__file__).with_name("frozen_rules.tsv")
FILES = ("catalogue", "departments", "disclosure", "lists", "personal_data", "severity", "warnings")


def versions() -> list[tuple[str, Any]]:
    """Give every dated rule with its versions."""
    found: list[tuple[str, Any]] = [(rule.id, rule.in_force) for rule in RULEBOOK.disclosure]
    found += [(f"list.{code}", rule.in_force) for code, rule in RULEBOOK.lists.items()]
    found += [(rule.id, rule.in_force) for rule in RULEBOOK.warnings]
    found.append(("severity", RULEBOOK.severity))
    return found


@pytest.mark.parametrize(("rule", "dated"), versions(), ids=[rule for rule, _ in versions()])
def test_versions_stand_in_order_and_each_cites_its_law(rule: str, dated: Any) -> None:
    assert rule
    assert [v.start for v in dated] == sorted({v.start for v in dated})
    assert all(v.reference.strip() for v in dated)


def test_a_version_holds_from_its_first_day_to_the_day_before_the_next() -> None:
    dated = next(rule for rule in RULEBOOK.disclosure if rule.id == "disclosure.penalty").in_force
    for before, after in pairwise(dated):
        assert version_on(dated, after.start) is after
        assert version_on(dated, date.fromordinal(after.start.toordinal() - 1)) is before
    assert version_on(dated, date(1979, 12, 31)) is None


def digests() -> dict[str, str]:
    """Give the digest of every version of every rule, and of every row of the catalogue."""
    named = {f"{rule}@{v.start}": v for rule, dated in versions() for v in dated}
    named |= {f"category.{c.code}@{c.start}": c for c in RULEBOOK.categories}
    return {
        name: hashlib.sha256(msgspec.json.encode(v, order="sorted")).hexdigest()[:16]
        for name, v in named.items()
    }


def test_no_version_once_in_force_is_edited() -> None:
    """What was concluded by a rule must be found again years later: a change appends.

    A new version adds its line to frozen_rules.tsv; to change or drop a line is to edit the past.
    """
    lines = FROZEN.read_text("utf-8").splitlines()
    frozen = dict(line.split("\t") for line in lines)

    assert digests() == frozen


def test_every_original_that_is_shown_has_a_disclosure_rule_at_any_time() -> None:
    ruled = {kind for rule in RULEBOOK.disclosure for kind in rule.event_types}
    neutral = {"SubjectRegistered", "SubjectChanged"}

    assert ruled == {kind.__name__ for kind in ORIGINALS} - neutral
    assert all(rule.in_force[0].start == date(1980, 1, 1) for rule in RULEBOOK.disclosure)


def test_penalties_have_a_period_for_every_tier_and_a_tier_for_every_kind() -> None:
    for rule in RULEBOOK.disclosure:
        tiers = ["minor", "general", "serious"] if rule.id == "disclosure.penalty" else ["general"]
        for version in rule.in_force:
            assert list(version.public) == list(version.shared) == tiers
            for period in (*version.public.values(), *version.shared.values()):
                assert period in ("open", "always") or (isinstance(period, int) and period >= 0)
    for severity in RULEBOOK.severity:
        kinds = [*severity.minor, *severity.general, *severity.serious]
        assert sorted(kinds) == sorted(PenaltyKind)
        assert severity.fine_general_fen < severity.fine_serious_fen


def test_what_departments_may_report_is_in_the_catalogue() -> None:
    codes = {category.code for category in RULEBOOK.categories}
    reported = {code for each in RULEBOOK.departments.values() for code in each.categories}

    assert reported == codes


def test_departments_name_topics_and_known_regions() -> None:
    for code, department in RULEBOOK.departments.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
        assert load_divisions().known(department.region)
        assert department.sources
        assert department.platforms


def test_a_category_is_for_event_types_that_exist_and_its_versions_do_not_overlap() -> None:
    for category in RULEBOOK.categories:
        assert set(category.event_types) <= set(EVENT_TYPES)
        assert set(category.platforms) <= set(Platform)
        held = [c for c in RULEBOOK.categories if c.code == category.code]
        for before, after in pairwise(sorted(held, key=lambda c: c.start)):
            assert before.end is not None
            assert before.end <= after.start


def test_a_category_is_in_force_from_its_first_day() -> None:
    assert RULEBOOK.category_on("penalty.market", date(1996, 9, 30)) is None
    assert RULEBOOK.category_on("penalty.market", date(1996, 10, 1)) is not None
    assert RULEBOOK.category_on("penalty.weather", date(2025, 1, 1)) is None


def test_a_category_that_has_ended_is_no_longer_in_force() -> None:
    ended = msgspec.structs.replace(RULEBOOK.categories[1], end=date(2020, 1, 1))
    rulebook = msgspec.structs.replace(RULEBOOK, categories=[ended])

    assert rulebook.category_on(ended.code, date(2019, 12, 31)) is ended
    assert rulebook.category_on(ended.code, date(2020, 1, 1)) is None
    assert rulebook.category_of(ended.code) is ended


def test_a_list_has_a_category_of_its_own_and_terms_that_are_months_or_none() -> None:
    for code, rule in RULEBOOK.lists.items():
        category = RULEBOOK.category_of(rule.category)
        assert category is not None
        assert category.event_types == ["ListEntered", "ListRemoved"]
        assert rule.code == code
        for version in rule.in_force:
            for term in version.grounds.values():
                assert term == "none" or (isinstance(term, int) and term > 0)


def test_warnings_measure_what_can_be_measured() -> None:
    for rule in RULEBOOK.warnings:
        assert rule.measure in ("penalties", "arrears_fen", "serious_lists")
        for version in rule.in_force:
            assert all(threshold.at_least > 0 for threshold in version.levels)
            heights = [threshold.level.height for threshold in version.levels]
            assert heights == sorted(heights)


def test_red_is_the_highest_level() -> None:
    assert [level.height for level in Level] == [1, 2, 3, 4]
    assert max(Level, key=lambda level: level.height) is Level.RED


def test_the_days_on_which_rules_change_are_all_the_first_days() -> None:
    days = RULEBOOK.change_days()

    assert days == sorted(days)
    assert set(days) == {v.start for _, dated in versions() for v in dated}
    assert date(2026, 4, 1) in days


@pytest.mark.parametrize("name", FILES)
def test_no_key_of_a_rules_file_is_read_by_nobody(name: str) -> None:
    """A misspelt key would silently be a rule that does not hold."""
    text = (files("events") / "rules" / f"{name}.toml").read_text("utf-8")
    raw = tomllib.loads(text)
    known = {
        "catalogue": {"category": RULEBOOK.categories},
        "departments": {"department": list(RULEBOOK.departments.values())},
        "disclosure": {"rule": RULEBOOK.disclosure},
        "lists": {"list": list(RULEBOOK.lists.values())},
        "personal_data": {"forbidden": RULEBOOK.forbidden_words},
        "severity": {"in_force": RULEBOOK.severity},
        "warnings": {"rule": RULEBOOK.warnings},
    }[name]

    assert unread(raw, msgspec.to_builtins(known, builtin_types=(date,))) == []


def unread(raw: Any, known: Any, path: str = "") -> list[str]:
    if isinstance(raw, dict):
        missing = [f"{path}.{key}" for key in raw if key not in known]
        inner = (unread(raw[k], known[k], f"{path}.{k}") for k in raw if k in known)
        return missing + [each for found in inner for each in found]
    if isinstance(raw, list):
        pairs = zip(raw, known, strict=True)
        return [each for x, y in pairs for each in unread(x, y, path)]
    return []


def test_the_rulebook_is_read_once() -> None:
    assert load_rulebook() is RULEBOOK
    assert isinstance(RULEBOOK, Rulebook)
