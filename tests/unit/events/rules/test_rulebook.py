"""The rules as data: dated, cited, complete, and never edited in the past."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.envelope import Disclosure
from events.event import ORIGINALS
from events.rules.dated import version_on
from events.rules.divisions import load_divisions
from events.rules.erasure import erasure_versions
from events.rules.rulebook import Rulebook, load_rulebook
from events.rules.versions import Level, Periods
from events.types.objection import ObjectionOutcome
from events.types.penalty import PenaltyKind
from events.types.subject import SubjectChanged, SubjectRegistered
from projections.contagion import contagion
from projections.profile.disclosure import period_of
from projections.signals.signals import SIGNALS

RULEBOOK = load_rulebook()
FROZEN = Path(__file__).with_name("frozen_rules.tsv")


def versions() -> list[tuple[str, Any]]:
    """Give every dated rule with its versions."""
    found: dict[str, list[Any]] = {}
    for name, version in RULEBOOK.dated():
        found.setdefault(name, []).append(version)
    return list(found.items())


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


def _categories() -> list[Any]:
    return [row for rows in RULEBOOK.categories.values() for row in rows]


def _item_sets() -> list[Any]:
    return [each for sets in RULEBOOK.item_sets.values() for each in sets]


def digests() -> dict[str, str]:
    """Give the digest of every version of every rule, and of every row that is to stay as it is."""
    named = {f"{rule}@{v.start}": v for rule, dated in versions() for v in dated}
    named |= {f"category.{c.code}@{c.start}": c for c in _categories()}
    named |= {f"{rule.id}@{v.start}": v for rule in RULEBOOK.deadlines for v in rule.in_force}
    named |= {f"cadence.{c.department}.{c.category}@{c.start}": c for c in RULEBOOK.cadences}
    named |= {f"target.{target.code}": target for target in RULEBOOK.targets}
    named |= {f"grade.{g.code}@{v.start}": v for g in RULEBOOK.grades.values() for v in g.in_force}
    named |= {f"{h.id}@{v.start}": v for h in RULEBOOK.hints for v in h.in_force}
    named |= {f"secrecy.{m.code}@{m.start}": m for m in RULEBOOK.secrecy}
    named |= {f"archive.{a.code}@{a.start}": a for a in RULEBOOK.archives.values()}
    named |= {f"items.{s.category}@{s.start}": s for s in _item_sets()}
    named |= {f"erasure@{v.start}": v for v in erasure_versions()}
    return {
        name: hashlib.sha256(msgspec.json.encode(said(v), order="sorted")).hexdigest()[:16]
        for name, v in named.items()
    }


ADDED_LATER: dict[str, object] = {
    "repair_after_payment_of": [],
    "simple": "minor",
    "known_per_mille_min": 500,
    "blocked_by": [],
    "serious": None,
    "days": None,
    "final_after_months": 0,
    "answered_by": "",
    "extended_working_days": None,
}
"""Fields that older versions were written without: left at this, they say nothing."""


def test_each_version_and_row_is_frozen_under_a_name_of_its_own() -> None:
    rules = [len(dated) for _, dated in versions()] + [len(r.in_force) for r in RULEBOOK.deadlines]
    grades = [len(scheme.in_force) for scheme in RULEBOOK.grades.values()]
    rows = [_categories(), _item_sets(), RULEBOOK.cadences, RULEBOOK.targets, RULEBOOK.secrecy]
    rows += [RULEBOOK.archives, *(hint.in_force for hint in RULEBOOK.hints), erasure_versions()]

    assert len(digests()) == sum(rules) + sum(grades) + sum(map(len, rows))


def said(version: Any) -> dict[str, Any]:
    """Give what a version says, by field, as it would have been given before a field was added."""
    fields: dict[str, Any] = msgspec.to_builtins(version, builtin_types=(date,))
    # How sure we are of a version may grow; what it says may not change.
    fields.pop("basis", None)
    return {k: v for k, v in fields.items() if k not in ADDED_LATER or v != ADDED_LATER[k]}


@pytest.mark.requirement(80)
def test_no_version_once_in_force_is_edited() -> None:
    """What was concluded by a rule must be found again years later: a change appends.

    A new version adds its line to frozen_rules.tsv; to change or drop a line is to edit the past.
    """
    lines = FROZEN.read_text("utf-8").splitlines()
    frozen = dict(line.split("\t") for line in lines)

    assert digests() == frozen


@pytest.mark.requirement(26)
def test_every_record_has_a_disclosure_rule_at_any_time() -> None:
    last = RULEBOOK.disclosure[-1]

    assert last.in_force[0].start == date(1980, 1, 1)
    for kind in ORIGINALS:
        for category in _categories():
            assert last.scope.applies_to(kind.__name__, category, category.domain)


def test_what_the_catalogue_lets_everybody_see_has_a_rule_of_disclosure_of_its_own() -> None:
    """The last rule publishes nothing; registered facts are shown as such, by no rule."""
    unruled = set()
    for rows in RULEBOOK.categories.values():
        for kind in ORIGINALS:
            is_public = rows[-1].disclosure is Disclosure.PUBLIC
            if is_public and kind.__name__ in rows[-1].event_types:
                name, rules = kind.__name__, RULEBOOK.disclosure
                found = next(r for r in rules if r.scope.applies_to(name, rows[-1], "330100"))
                if found is rules[-1]:
                    unruled.add(kind)
    assert unruled == {SubjectRegistered, SubjectChanged}


def test_a_period_is_months_or_a_word_and_no_severity_is_shown_longer_than_a_graver_one() -> None:
    for rule in RULEBOOK.disclosure:
        for version in rule.in_force:
            for reader in (version.public, version.shared, version.agency):
                periods = [
                    period_of(reader, tier)
                    for tier in ("unpublished", "minor", "general", "serious")
                ]
                assert all(_is_period(period) for period in periods)
                months = [period for period in periods[1:] if isinstance(period, int)]
                assert months == sorted(months), rule.id


def _is_period(period: Any) -> bool:
    return period in ("open", "always", "term") or (isinstance(period, int) and period >= 0)


def test_a_severity_that_is_not_told_apart_has_the_general_period() -> None:
    periods = Periods(clock="recognised", general=12, serious=36)  # type: ignore[arg-type]

    assert [period_of(periods, tier) for tier in ("minor", "general", "serious")] == [12, 12, 36]


def test_every_outcome_of_an_objection_has_an_effect_and_who_re_reviews_may_answer() -> None:
    known = {"none", "void", "hide", "stop", "end"}
    for rule in RULEBOOK.objections:
        for version in rule.in_force:
            # More time does nothing yet, and what is added is an event of its own.
            without = {ObjectionOutcome.EXTENDED, ObjectionOutcome.SUPPLEMENTED}
            assert set(version.effects) == set(ObjectionOutcome) - without
            assert set(version.effects.values()) <= known
            for named in (version.review_by, version.answered_by):
                assert not named or RULEBOOK.departments[named].may_report("objection"), rule.id


def test_every_kind_of_penalty_has_one_severity() -> None:
    for rule in RULEBOOK.severity:
        for version in rule.in_force:
            kinds = [*version.unpublished, *version.minor, *version.general, *version.serious]
            assert sorted(kinds) == sorted(PenaltyKind), rule.id
            if version.fine_general_fen is not None and version.fine_serious_fen is not None:
                assert version.fine_general_fen < version.fine_serious_fen


def test_departments_name_topics_and_known_regions() -> None:
    for code, department in RULEBOOK.departments.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
        assert load_divisions().known(department.region)
        assert department.sources
        assert department.platforms


def test_a_category_is_in_force_from_its_first_day() -> None:
    assert RULEBOOK.category_on("penalty.market", date(1996, 9, 30)) is None
    assert RULEBOOK.category_on("penalty.market", date(1996, 10, 1)) is not None
    assert RULEBOOK.category_on("penalty.weather", date(2025, 1, 1)) is None


def test_a_category_that_has_ended_is_no_longer_in_force() -> None:
    row = RULEBOOK.categories["penalty.market"][-1]
    ended = msgspec.structs.replace(row, end=date(2020, 1, 1))
    rulebook = msgspec.structs.replace(RULEBOOK, categories={ended.code: [ended]})

    assert rulebook.category_on(ended.code, date(2019, 12, 31)) is ended
    assert rulebook.category_on(ended.code, date(2020, 1, 1)) is None
    assert rulebook.category_of(ended.code) is ended


def test_a_list_has_a_category_of_its_own_and_terms_that_are_months_or_none() -> None:
    for code, rule in RULEBOOK.lists.items():
        category = RULEBOOK.category_of(rule.category)
        assert category is not None
        assert {"ListEntered", "ListRemoved"} <= set(category.event_types)
        assert rule.code == code
        for version in rule.in_force:
            for term in version.grounds.values():
                assert term == "none" or (isinstance(term, int) and term > 0)


def test_warnings_read_signals_that_exist() -> None:
    for rule in RULEBOOK.warnings:
        assert rule.signal in {*SIGNALS, contagion.SIGNAL}, rule.id
        for version in rule.in_force:
            # One without levels ends what was told before it.
            assert version.levels or version is not rule.in_force[0]
            assert all(threshold.at_least > 0 for threshold in version.levels)


def test_red_is_the_highest_level() -> None:
    assert [level.height for level in Level] == [1, 2, 3, 4]
    assert max(Level, key=lambda level: level.height) is Level.RED


def test_the_days_on_which_rules_change_are_all_the_first_days() -> None:
    days = RULEBOOK.change_days()

    assert days == sorted(days)
    assert set(days) == {v.start for _, dated in versions() for v in dated}
    assert date(2026, 4, 1) in days


def test_the_rulebook_is_read_once() -> None:
    assert load_rulebook() is RULEBOOK
    assert isinstance(RULEBOOK, Rulebook)
