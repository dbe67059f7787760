"""The rulebook: every rule with all its versions, read once from `events/rules/`.

Pure look-up: the day is always an argument, so that a replay years later uses the rules of the day.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
import tomli

from events.rules.archives import Archive
from events.rules.catalogue import Category, Department, load_catalogue
from events.rules.code_lists import GradeScheme, Indicator, Industry, ItemSet, Profession
from events.rules.evaluation import (
    Cadence,
    HintModel,
    RegionModel,
    ScoreModel,
    SupervisionRule,
    Target,
)
from events.rules.offices import acts_as, office_of
from events.rules.secrecy import SecrecyMark
from events.rules.versions import (
    DeadlineRule,
    DisclosureRule,
    ListRule,
    MeasureRule,
    ObjectionRule,
    RepairRule,
    SeverityRule,
    WarningRule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from events.rules.dated import Version


class DatedRules(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule that is read from `events/rules/`, with all its versions."""

    disclosure: list[DisclosureRule]
    severity: list[SeverityRule]
    lists: dict[str, ListRule]
    warnings: list[WarningRule]
    objections: list[ObjectionRule]
    repairs: list[RepairRule]
    deadlines: list[DeadlineRule]
    cadences: list[Cadence]
    measures: dict[str, MeasureRule]
    supervision: list[SupervisionRule]
    scores: list[ScoreModel]
    regions: list[RegionModel]
    targets: list[Target]
    forbidden_words: dict[str, list[str]]
    words_by_consent: dict[str, list[str]]
    words_of_consent: dict[str, list[str]]
    secrecy: list[SecrecyMark]
    hints: list[HintModel]
    archives: dict[str, Archive]


class Rulebook(DatedRules, frozen=True, kw_only=True):
    """Every rule, and beside them the catalogue: categories, departments and code lists."""

    categories: dict[str, list[Category]]
    departments: dict[str, Department]
    professions: dict[str, Profession]
    industries: dict[str, Industry]
    grades: dict[str, GradeScheme]
    indicators: dict[str, Indicator]
    item_sets: dict[str, list[ItemSet]]

    def department(self, code: str) -> Department | None:
        """Give a department by its code: one of the registry, or an office of a city or county."""
        listed = self.departments.get(code)
        if listed is not None:
            return listed
        provincial = self.departments.get(acts_as(code))
        return None if provincial is None else office_of(code, provincial)

    def category_on(self, code: str, on: date) -> Category | None:
        """Give the category in force on a day, or None."""
        for row in self.categories.get(code, ()):
            if row.in_force(on):
                return row
        return None

    def category_of(self, code: str) -> Category | None:
        """Give the newest row of a category, whenever in force."""
        rows = self.categories.get(code)
        return rows[-1] if rows else None

    def names_persons(self, list_code: str) -> bool:
        """Say whether a law publishes the natural persons on a list by their names."""
        rule = self.lists.get(list_code)
        category = None if rule is None else self.category_of(rule.category)
        return category is not None and category.names_persons

    def items_on(self, category: str, on: date) -> ItemSet | None:
        """Give the items of a category on a day, or None where it has none."""
        return next(
            (each for each in reversed(self.item_sets.get(category, ())) if each.start <= on), None
        )

    def dated(self) -> Iterator[tuple[str, Version]]:
        """Give every dated version of a rule that assesses, with the rule's name."""
        named: list[tuple[str, Sequence[Version]]] = [
            *((rule.id, rule.in_force) for rule in self.disclosure),
            *((rule.id, rule.in_force) for rule in self.severity),
            *((rule.id, rule.in_force) for rule in self.objections),
            *((rule.id, rule.in_force) for rule in self.repairs),
            *((rule.id, rule.in_force) for rule in self.warnings),
            *((f"list.{rule.code}", rule.in_force) for rule in self.lists.values()),
            *((f"measure.{rule.code}", rule.in_force) for rule in self.measures.values()),
            *((rule.id, rule.in_force) for rule in self.supervision),
            *((model.id, model.in_force) for model in self.scores),
            *((region.id, region.in_force) for region in self.regions),
        ]
        for name, versions in named:
            yield from ((name, version) for version in versions)

    def change_days(self) -> list[date]:
        """Give the days on which any rule that assesses changes, in order."""
        return sorted({version.start for _, version in self.dated()})


def _read(name: str) -> Mapping[str, Any]:
    return tomli.loads((files("events") / "rules" / name).read_text(encoding="utf-8"))


@cache
def load_rulebook() -> Rulebook:
    """Read the rulebook shipped with this package.

    Raises `msgspec.ValidationError` naming the field where a rules file is malformed.
    """
    catalogue = load_catalogue()
    lists = _read("lists.toml")["list"]
    measures = _read("measures.toml")["measure"]
    deadlines = _read("deadlines.toml")
    personal_data = _read("personal_data.toml")
    warnings = ("warnings.toml", "candidates.toml", "alarms.toml")
    dated = {
        "disclosure": _read("disclosure.toml")["rule"],
        "severity": _read("severity.toml")["rule"],
        "lists": {item["code"]: item for item in lists},
        "warnings": [rule for name in warnings for rule in _read(name)["rule"]],
        "objections": _read("objections.toml")["rule"],
        "repairs": _read("repairs.toml")["rule"],
        "deadlines": deadlines["rule"],
        "cadences": deadlines["cadence"],
        "measures": {item["code"]: item for item in measures},
        "supervision": _read("supervision.toml")["rule"],
        "scores": _read("scores.toml")["model"],
        "regions": _read("scores.toml")["region"],
        "targets": _read("targets.toml")["target"],
        "forbidden_words": personal_data["forbidden"],
        "words_by_consent": personal_data["by_consent"],
        "words_of_consent": personal_data["consented"],
        "hints": _read("hints.toml")["hint"],
        "secrecy": _read("secrecy.toml")["mark"],
        "archives": {item["code"]: item for item in _read("archives.toml")["archive"]},
    }
    rules = msgspec.structs.asdict(msgspec.convert(dated, DatedRules))
    return Rulebook(
        **rules,
        categories=catalogue.categories,
        departments=catalogue.departments,
        professions=catalogue.professions,
        industries=catalogue.industries,
        grades=catalogue.grades,
        indicators=catalogue.indicators,
        item_sets=catalogue.item_sets,
    )
