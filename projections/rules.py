"""The rules in force on one day, arranged for assessing. Pure.

A rule is found by the scope of a record (its type, category and region), and what was found is
kept: few scopes serve many subjects.
"""

from __future__ import annotations

from bisect import bisect_right
from copy import copy
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

from dateutil.relativedelta import relativedelta

from events.rule_versions import (
    DisclosureVersion,
    ListRule,
    ListVersion,
    ObjectionVersion,
    RepairVersion,
    Scope,
    SeverityVersion,
    Version,
    WarningRule,
    WarningVersion,
    version_on,
)
from projections.matters import event_type_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from events.catalogue import Category
    from events.evaluation_rules import (
        ScoreModel,
        ScoreVersion,
        SupervisionRule,
        SupervisionVersion,
    )
    from events.penalty import PenaltyKind
    from events.rulebook import Rulebook
    from projections.credit_record import Kind
    from projections.disclosure import ConcludedTally
    from projections.matters import AnyMatter, Penalty

FOREVER: Final = date.max
"""The end of what has none."""

TIERS: Final = ("unpublished", "minor", "general", "serious")
"""Severity of a penalty (失信严重程度), from the lightest."""

V = TypeVar("V", bound=Version)


@lru_cache(maxsize=65_536)
def add_months(day: date, months: int) -> date:
    """Give the same day of a later month, or its last day: 31 January plus 1 is 28 February."""
    later: date = day + relativedelta(months=months)
    return later


class _Scoped(Protocol[V]):
    """A rule that applies to some records."""

    @property
    def id(self) -> str: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def in_force(self) -> list[V]: ...


class Place(NamedTuple):
    """What the scope of a rule looks at: a record's event type, category and region."""

    event_type: str
    category: str
    region: str


class Found(NamedTuple):
    """A version and the name under which a conclusion cites it, as `id@first day`."""

    name: str
    version: Any


class RulesReading(NamedTuple):
    """The warning rules that one type of record can change, and their names."""

    rules: list[tuple[WarningRule, WarningVersion]]
    names: frozenset[str]


class RulesOfDay:
    """One day's versions of every rule; the same object serves all subjects assessed on it."""

    def __init__(self, rulebook: Rulebook, on: date) -> None:
        """Look up the versions in force `on`."""
        self.on = on
        self.versions_on = on
        """The day whose versions these are; `on` may be another, see `seen_from`."""
        self.rulebook = rulebook
        self.next_change_on = next((day for day in rulebook.change_days() if day > on), FOREVER)
        self.lists: dict[str, tuple[ListRule, ListVersion | None]] = {
            rule.code: (rule, version_on(rule.in_force, on)) for rule in rulebook.lists.values()
        }
        self.warnings: list[tuple[WarningRule, WarningVersion]] = [
            (rule, version)
            for rule in rulebook.warnings
            if (version := version_on(rule.in_force, on)) is not None
        ]
        self.supervision: dict[str, list[tuple[SupervisionRule, SupervisionVersion]]] = {}
        for classing in rulebook.supervision:
            if (classes := version_on(classing.in_force, on)) is not None:
                self.supervision.setdefault(classing.domain, []).append((classing, classes))
        self.scores: dict[str, tuple[ScoreModel, ScoreVersion]] = {
            kind: (model, points)
            for model in rulebook.scores
            if (points := version_on(model.in_force, on)) is not None
            for kind in model.kinds
        }
        self._found: dict[tuple[str, Place, date], Found | None] = {}
        self.arranged: dict[str, Any] = {}
        """What others arrange of these versions once for all subjects, by their name."""
        self._reading: dict[str, RulesReading] = {}
        self._weights: dict[str, dict[PenaltyKind, int]] = {}
        self.shown_tallies: dict[Kind, ConcludedTally] = {}
        """What `disclosure` concluded of tallies on this day: few kinds serve many subjects."""

    def seen_from(self, day: date) -> RulesOfDay:
        """Give these same versions, applied to another day: the past by today's rules."""
        if day == self.on:
            return self
        moved = copy(self)
        moved.on = day
        moved.shown_tallies = {}
        return moved

    def warnings_reading(
        self, event_type: str, signals_of: Callable[[str], frozenset[str]]
    ) -> RulesReading:
        """Give the warnings whose signals a record of a type can change; looked up once a day."""
        found = self._reading.get(event_type)
        if found is None:
            signals = signals_of(event_type)
            rules = [(rule, version) for rule, version in self.warnings if rule.signal in signals]
            found = RulesReading(rules, frozenset(rule.id for rule, _ in rules))
            self._reading[event_type] = found
        return found

    def category(self, code: str) -> Category | None:
        """Give what the catalogue says of a category."""
        return self.rulebook.category_of(code)

    def domain(self, code: str) -> str:
        """Give the domain of a category; of one that the catalogue lacks, nothing."""
        category = self.rulebook.category_of(code)
        return category.domain if category is not None else ""

    def disclosure(self, place: Place) -> tuple[str, DisclosureVersion] | None:
        """Give the periods for records of a place, and the rule's name."""
        found: tuple[str, DisclosureVersion] | None = self._first(
            "disclosure", place, self.versions_on
        )
        return found

    def objection(self, place: Place, on: date) -> tuple[str, ObjectionVersion] | None:
        """Give how an objection raised on a day is handled, and the rule's name."""
        found: tuple[str, ObjectionVersion] | None = self._first("objections", place, on)
        return found

    def repair(self, place: Place, on: date) -> tuple[str, RepairVersion] | None:
        """Give how a record of a place may be repaired on a day, and the rule's name."""
        found: tuple[str, RepairVersion] | None = self._first("repairs", place, on)
        return found

    def tier(self, penalty: Penalty, on: date | None = None) -> tuple[str, str]:
        """Give the severity of a penalty, and the rule's name; by the rules of a day where given.

        It is that of its most severe kind, or of the height of its fine.
        """
        found = self._first("severity", place_of(penalty), on or self.versions_on)
        if found is None:
            return "general", ""
        name, version = found
        weights = self._kinds_of(name, version)
        weight = max((weights.get(kind, 1) for kind in penalty.kinds), default=1)
        if penalty.simple_procedure:
            return TIERS[min(weight, TIERS.index(version.simple))], name
        fine = penalty.fine_fen
        if fine is not None:
            if version.fine_serious_fen is not None and fine >= version.fine_serious_fen:
                weight = 3
            elif version.fine_general_fen is not None and fine >= version.fine_general_fen:
                weight = max(weight, 2)
        return TIERS[weight], name

    def _kinds_of(self, name: str, version: SeverityVersion) -> dict[PenaltyKind, int]:
        weights = self._weights.get(name)
        if weights is None:
            weights = self._weights[name] = {
                kind: weight for weight, tier in enumerate(TIERS) for kind in getattr(version, tier)
            }
        return weights

    def _first(self, kind: str, place: Place, on: date) -> Any:
        """Give name and version of the first rule of a kind that applies to a place on a day."""
        key = (kind, place, on)
        if key in self._found:
            return self._found[key]
        category = self.rulebook.category_of(place.category)
        found: Found | None = None
        rules: list[_Scoped[Any]] = getattr(self.rulebook, kind)
        for rule in rules:
            if rule.scope.applies_to(place.event_type, category, place.region):
                version = version_on(rule.in_force, on)
                if version is not None:
                    found = Found(f"{rule.id}@{version.start}", version)
                    break
        if len(self._found) < _FOUND_MAX:
            self._found[key] = found
        return found


_FOUND_MAX: Final = 100_000


def place_of(matter: AnyMatter) -> Place:
    """Give what the scope of a rule looks at in a matter."""
    return Place(event_type_of(matter), matter.category, matter.region)


class RuleCalendar:
    """Rules by day, each day's looked up once."""

    def __init__(self, rulebook: Rulebook) -> None:
        """Keep the rulebook; a calendar serves one projector or one request."""
        self.rulebook = rulebook
        self._days: dict[date, RulesOfDay] = {}
        # Between two changes of rules all days share one arrangement of them.
        self._unchanged: dict[date, RulesOfDay] = {}
        self._change_days = rulebook.change_days()

    def on(self, day: date) -> RulesOfDay:
        """Give the rules in force on a day."""
        rules = self._days.get(day)
        if rules is None:
            changed_on = self.changed_on(day)
            unchanged = self._unchanged.get(changed_on)
            if unchanged is None:
                unchanged = self._unchanged[changed_on] = RulesOfDay(self.rulebook, changed_on)
            rules = self._days[day] = unchanged.seen_from(day)
        return rules

    def changed_on(self, day: date) -> date:
        """Give the latest day up to `day` on which any rule changed."""
        place = bisect_right(self._change_days, day)
        return self._change_days[place - 1] if place else date.min
