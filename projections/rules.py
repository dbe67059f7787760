"""The rules in force on one day, arranged for assessing: periods, severity, lists, warnings."""

from __future__ import annotations

from copy import copy
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dateutil.relativedelta import relativedelta

from events.penalty import PenaltyKind
from events.rulebook import (
    ListRule,
    ListVersion,
    Period,
    RuleNotInForceError,
    WarningRule,
    WarningVersion,
    version_on,
)

if TYPE_CHECKING:
    from events.rulebook import DisclosureVersion, Rulebook
    from projections.credit_record import Kind, Penalty
    from projections.profile import ConcludedTally

FOREVER: Final = date.max
"""The end of what has none."""


@lru_cache(maxsize=65_536)
def add_months(day: date, months: int) -> date:
    """Give the same day of a later month, or its last day: 31 January plus 1 is 28 February."""
    later: date = day + relativedelta(months=months)
    return later


class RulesOfDay:
    """One day's versions of every rule; the same object serves all subjects assessed on it."""

    def __init__(self, rulebook: Rulebook, on: date) -> None:
        """Look up the versions in force `on`."""
        self.on = on
        self.next_change_on = next((day for day in rulebook.change_days() if day > on), FOREVER)
        self.lists: dict[str, tuple[ListRule, ListVersion | None]] = {
            rule.code: (rule, version_on(rule.in_force, on)) for rule in rulebook.lists.values()
        }
        self.warnings: list[tuple[WarningRule, WarningVersion]] = [
            (rule, version)
            for rule in rulebook.warnings
            if (version := version_on(rule.in_force, on)) is not None
        ]
        self._disclosure: dict[str, tuple[str, DisclosureVersion]] = {
            event_type: (f"{rule.id}@{periods.start}", periods)
            for rule in rulebook.disclosure
            if (periods := version_on(rule.in_force, on)) is not None
            for event_type in rule.event_types
        }
        severity = version_on(rulebook.severity, on)
        if severity is None:
            raise RuleNotInForceError(f"no severity rule is in force on {on}")
        self._severity = severity
        self.shown_tallies: dict[Kind, ConcludedTally] = {}
        """What `profile` concluded of tallies on this day: few kinds serve many subjects."""
        self.severity_rule = f"severity@{severity.start}"
        self._weight = {
            kind: tier
            for tier in ("minor", "general", "serious")
            for kind in getattr(severity, tier)
        }

    def seen_from(self, day: date) -> RulesOfDay:
        """Give these same versions, applied to another day: the past by today's rules."""
        if day == self.on:
            return self
        moved = copy(self)
        moved.on = day
        moved.shown_tallies = {}
        return moved

    def periods(self, event_type: str, tier: str = "general") -> tuple[Period, Period, str]:
        """Give the public period, the shared period and the rule that sets them."""
        found = self._disclosure.get(event_type)
        if found is None:
            raise RuleNotInForceError(f"no disclosure rule for {event_type} on {self.on}")
        rule, version = found
        return version.public[tier], version.shared[tier], rule

    def tier(self, penalty: Penalty) -> str:
        """Give the severity of a penalty: of its most severe kind, or of the height of its fine."""
        if penalty.simple_procedure:
            return "minor"
        tiers = {self._weight.get(kind, "minor") for kind in penalty.kinds}
        fine = penalty.fine_fen or 0
        if PenaltyKind.FINE in penalty.kinds or fine:
            if fine >= self._severity.fine_serious_fen:
                tiers.add("serious")
            elif fine >= self._severity.fine_general_fen:
                tiers.add("general")
        return next((t for t in ("serious", "general") if t in tiers), "minor")


class RuleCalendar:
    """Rules by day, each day's looked up once."""

    def __init__(self, rulebook: Rulebook) -> None:
        """Keep the rulebook; a calendar serves one projector or one request."""
        self.rulebook = rulebook
        self._days: dict[date, RulesOfDay] = {}

    def on(self, day: date) -> RulesOfDay:
        """Give the rules in force on a day."""
        rules = self._days.get(day)
        if rules is None:
            rules = self._days[day] = RulesOfDay(self.rulebook, day)
        return rules

    def changed_on(self, day: date) -> date:
        """Give the latest day up to `day` on which any rule changed."""
        days = self.rulebook.change_days()
        return max((change for change in days if change <= day), default=date.min)
