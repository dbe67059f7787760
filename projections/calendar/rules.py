"""The rules in force on one day, arranged for assessing. Pure.

A rule is found by the scope of a record (its type, category and region), and what was found is
kept: few scopes serve many subjects.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable  # noqa: TC003 - mypyc needs them at run time
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from events.dates import FOREVER, add_months
from events.rules.dated import version_on
from events.rules.evaluation import (  # noqa: TC001 - mypyc needs them at run time
    ScoreModel,
    ScoreVersion,
    SupervisionRule,
    SupervisionVersion,
)
from events.rules.rulebook import Rulebook  # noqa: TC001 - likewise
from events.rules.scope import region_prefixes
from events.rules.versions import (  # noqa: TC001 - mypyc needs them at run time
    ListRule,
    ListVersion,
    SeverityVersion,
    WarningRule,
    WarningVersion,
)
from events.types.penalty import Finality, PenaltyKind
from projections.record.kinds import EVENT_TYPES_OF_MATTERS, event_type_of

if TYPE_CHECKING:
    from events.rules.catalogue import Category
    from projections.calendar.slots import Slots
    from projections.record.matters import AnyMatter, Penalty


TIERS: Final = ("unpublished", "minor", "general", "serious")
"""Severity of a penalty (失信严重程度), from the lightest."""

OUTSIDE: Final = "outside"
"""What is no bad information (不良信息) at all, whatever its kinds: outside the archive."""


RulePlace: TypeAlias = tuple[str, str, str]
"""What the scope of a rule looks at: a record's event type, category and region."""


class CitedVersion(NamedTuple):
    """A version and the name under which a conclusion cites it, as `id@first day`."""

    name: str
    version: Any


class RulesReading(NamedTuple):
    """The warnings that one type of record can change, each after its signal, and their names."""

    rules: list[tuple[str, WarningRule, WarningVersion]]
    names: frozenset[str]


class RulesOfDay:
    """One day's versions of every rule; the same object serves all subjects assessed on it."""

    def __init__(self, rulebook: Rulebook, on: date, like: RulesOfDay | None = None) -> None:
        """Look up the versions in force `on`; or take those of another day, as they are.

        `versions_on` is the day whose versions these are.
        """
        self.on: date = on
        self.versions_on: date = on if like is None else like.versions_on
        self.rulebook: Rulebook = rulebook
        self.of_day: Slots = {}
        """What others conclude of this day once for all subjects."""
        self._arrangement: _Arrangement = (
            _Arrangement(rulebook, on) if like is None else like._arrangement  # noqa: SLF001 - its own kind
        )
        self.next_change_on: date = self._arrangement.next_change_on
        self.warnings = self._arrangement.warnings
        self.asked = self._arrangement.asked
        """The warnings, each after the signal that it asks."""
        self.supervision = self._arrangement.supervision
        self.scores = self._arrangement.scores
        self.arranged: Slots = self._arrangement.arranged
        """What others arrange of these versions once for all subjects."""

    def seen_from(self, day: date) -> RulesOfDay:
        """Give these same versions, applied to another day: the past by today's rules."""
        return self if day == self.on else RulesOfDay(self.rulebook, day, self)

    def warnings_reading(
        self, event_type: str, signals_of: Callable[[str], frozenset[str]]
    ) -> RulesReading:
        """Give the warnings whose signals a record of a type can change; looked up once a day."""
        reading = self._arrangement.reading
        known = reading.get(event_type)
        if known is None:
            signals = signals_of(event_type)
            rules = [asked for asked in self.asked if asked[0] in signals]
            names = frozenset(rule.id for _, rule, _ in rules)
            known = reading[event_type] = RulesReading(rules, names)
        return known

    def category(self, code: str) -> Category | None:
        """Give what the catalogue says of a category."""
        return self.rulebook.category_of(code)

    def domain(self, code: str) -> str:
        """Give the domain of a category; of one that the catalogue lacks, nothing."""
        domains = self._arrangement.domains
        domain = domains.get(code)
        if domain is None:
            category = self.rulebook.category_of(code)
            domain = domains[code] = category.domain if category is not None else ""
        return domain

    def disclosure(self, place: RulePlace) -> CitedVersion | None:
        """Give the periods for records of a place (`DisclosureVersion`), and the rule's name."""
        return self._first("disclosure", place, self.versions_on)

    def objection(self, place: RulePlace, on: date) -> CitedVersion | None:
        """Give how an objection raised on a day is handled (`ObjectionVersion`), and the name."""
        return self._first("objections", place, on)

    def repair(self, place: RulePlace, on: date) -> CitedVersion | None:
        """Give how a record of a place may be repaired on a day (`RepairVersion`), and the name."""
        return self._first("repairs", place, on)

    def tier(self, penalty: Penalty, on: date | None = None) -> tuple[str, str]:
        """Give the severity of a penalty, and the rule's name; by the rules of a day where given.

        It is that of its most severe kind, or of the height of its fine.
        """
        cited = self._first("severity", place_of(penalty), on or self.versions_on)
        if cited is None:
            return "general", ""
        name, version = cited.name, cited.version
        weights = self._kinds_of(name, version)
        weight: int = max([weights.get(kind, 1) for kind in penalty.kinds], default=1)
        if penalty.simple_procedure and version.simple == OUTSIDE:
            return OUTSIDE, name
        if penalty.simple_procedure:
            return TIERS[min(weight, TIERS.index(version.simple))], name
        fine = penalty.fine_fen
        if fine is not None:
            if version.fine_serious_fen is not None and fine >= version.fine_serious_fen:
                weight = 3
            elif version.fine_general_fen is not None and fine >= version.fine_general_fen:
                weight = max(weight, 2)
        return TIERS[weight], name

    def bad_from(self, penalty: Penalty) -> date:
        """Give the day from which a penalty is bad information (不良信息); `FOREVER` is not yet.

        It stands for good from the day that its department names, or once the time to contest it is
        over; one that is contested, or by simple procedure, never does.
        """
        cited = self._first("severity", place_of(penalty), self.versions_on)
        if cited is None or not cited.version.final_after_months:
            return penalty.day
        if penalty.finality is Finality.CONTESTED:
            return FOREVER
        if penalty.simple_procedure and cited.version.simple == OUTSIDE:
            return FOREVER
        if penalty.final_on is not None:
            return max(penalty.final_on, penalty.day)
        return add_months(penalty.day, cited.version.final_after_months)

    def _kinds_of(self, name: str, version: SeverityVersion) -> dict[PenaltyKind, int]:
        weights = self._arrangement.weights.get(name)
        if weights is None:
            weights = self._arrangement.weights[name] = {
                kind: weight for weight, tier in enumerate(TIERS) for kind in getattr(version, tier)
            }
        return weights

    def _first(self, kind: str, place: RulePlace, on: date) -> CitedVersion | None:
        """Give name and version of the first rule of a kind that applies to a place on a day."""
        event_type, code, region = place
        known = self._arrangement.found
        region = self._arrangement.told_apart(kind, region)
        key = (kind, event_type, code, region, on)
        if key in known:
            return known[key]
        category = self.rulebook.category_of(code)
        first: CitedVersion | None = None
        for rule in getattr(self.rulebook, kind):
            if rule.scope.applies_to(event_type, category, region):
                version = version_on(rule.in_force, on)
                if version is not None:
                    first = CitedVersion(f"{rule.id}@{version.start}", version)
                    break
        if len(known) < _FOUND_MAX:
            known[key] = first
        return first


class _Arrangement:
    """The versions in force on a day, and what was looked up of them: all days alike share it."""

    def __init__(self, rulebook: Rulebook, on: date) -> None:
        self.next_change_on: date = next((d for d in rulebook.change_days() if d > on), FOREVER)
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
        self.arranged: Slots = {}
        self.found: dict[tuple[str, str, str, str, date], CitedVersion | None] = {}
        self._prefixes: dict[str, list[str]] = {
            kind: region_prefixes(getattr(rulebook, kind)) for kind in _FOUND_BY_PLACE
        }
        self.asked: list[tuple[str, WarningRule, WarningVersion]] = [
            (rule.signal, rule, version) for rule, version in self.warnings
        ]
        self.reading: dict[str, RulesReading] = {}
        self.weights: dict[str, dict[PenaltyKind, int]] = {}
        self.domains: dict[str, str] = {}

    def told_apart(self, kind: str, region: str) -> str:
        """Give what the rules of a kind tell of a region: few do, and then by a prefix or two."""
        for prefix in self._prefixes[kind]:
            if region.startswith(prefix):
                return prefix
        return ""


_FOUND_BY_PLACE: Final = ("disclosure", "objections", "repairs", "severity")
_FOUND_MAX: Final = 100_000


def list_version(rule: ListRule, day: date) -> ListVersion:
    """Give a list's version of a day; what is older than the list falls under its first."""
    return version_on(rule.in_force, day) or rule.in_force[0]


def place_of(matter: AnyMatter) -> RulePlace:
    """Give what the scope of a rule looks at in a matter."""
    # Asked of every record by several rules, so the type is looked up here, without a call.
    event_type = EVENT_TYPES_OF_MATTERS.get(type(matter))
    if event_type is None:
        event_type = event_type_of(matter)
    return event_type, matter.category, matter.region


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
