"""Who may see the records of a tally, by their day. Pure.

A tally stands on thousands of days. Their periods run from the records' own days, so of one kind
all from some day on are shown and none before it: what is shown follows from comparing numbers.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from typing import TYPE_CHECKING, Final, final

from events.dates import FOREVER
from events.envelope import Disclosure
from projections.calendar.slots import Slot
from projections.day.weight import GENERAL
from projections.profile.disclosure import UNLIMITED, Limits, disclosure_rule_of, period_end_of
from projections.record.credit_record import Kind, Tally  # noqa: TC001 - mypyc needs it at run time

if TYPE_CHECKING:
    from events.rules.versions import Periods
    from projections.calendar.rules import RulesOfDay

_PUBLIC: Final = Disclosure.PUBLIC
_AUTHORISED: Final = Disclosure.AUTHORISED

NO_DAY: Final = FOREVER.toordinal() + 1
"""The ordinal of no day: what begins there never does."""


@final
class ShownFrom:
    """The records of a tally as one class of readers sees them on a day: those `since` a day."""

    def __init__(self, periods: Periods, limits: Limits, latest: date, on: date) -> None:
        """Take the periods of these readers, and the first day without any of them."""
        self._periods = periods
        self._limits = limits
        self._latest = latest
        self.since = NO_DAY
        today = on.toordinal()
        if self.end(today) > on:
            # An end is no earlier for a later day, so half of the days are left out at a time.
            days = range(1, today + 1)
            self.since = 1 + bisect_left(days, True, key=lambda day: self.end(day) > on)  # noqa: FBT003 - what is looked for

    def end(self, day: int) -> date:
        """Give the first day on which the records of a day are not shown any more."""
        own = period_end_of(self._periods, GENERAL, date.fromordinal(day), self._limits, ())
        return min(own, self._latest)


@final
class ShownTallies:
    """The records of a kind of tally on a day, to the public and as shared, and by which rule."""

    def __init__(self, kind: Kind, rules: RulesOfDay) -> None:
        """Look up the rule. Raises `NoDisclosureRuleError` where none holds."""
        self.category = kind.category
        self.rule, version = disclosure_rule_of((kind.event_type, kind.category, ""), rules)
        ended = kind.ended_on
        limits = UNLIMITED if ended is None else Limits(ended, ended, FOREVER, None)
        self._public = ShownFrom(version.public, limits, limits.public_latest, rules.on)
        self._shared = ShownFrom(version.shared, limits, FOREVER, rules.on)
        self.public_since = self._public.since if kind.disclosure is _PUBLIC else NO_DAY
        self.shared_since = NO_DAY if kind.disclosure is _AUTHORISED else self._shared.since

    def changes_on(self, public: int, shared: int) -> date:
        """Give the next day that changes this, by the first days of which records are shown."""
        changes_on = FOREVER
        if public != NO_DAY:
            changes_on = self._public.end(public)
        if shared != NO_DAY:
            changes_on = min(changes_on, self._shared.end(shared))
        return changes_on


@final
class TallySum:
    """What the tallies of a kind come to on a day, and how many of them who may see."""

    def __init__(self, whose: ShownTallies, days: dict[int, Tally]) -> None:
        """Sum over days."""
        self.whose = whose
        public_since, shared_since = whose.public_since, whose.shared_since
        first_public = first_shared = NO_DAY
        count = fen = unknown = public = shared = 0
        for day, (more, more_fen, more_unknown) in days.items():
            count += more
            fen += more_fen
            unknown += more_unknown
            if day >= public_since:
                public += more
                first_public = min(first_public, day)
            if day >= shared_since:
                shared += more
                first_shared = min(first_shared, day)
        self.count = count
        self.fen = fen
        self.unknown = unknown
        self.public = public
        self.shared = shared
        self.changes_on = whose.changes_on(first_public, first_shared)


_SHOWN: Final = Slot[dict["Kind", ShownTallies]]()
_KINDS_KEPT_MAX: Final = 100_000


def shown_so_far(rules: RulesOfDay) -> dict[Kind, ShownTallies]:
    """Give what was concluded of kinds on a day so far: few of them serve all subjects."""
    known = _SHOWN.get(rules.of_day)
    return _SHOWN.fill(rules.of_day, {}) if known is None else known


def shown_tallies(kind: Kind, rules: RulesOfDay) -> ShownTallies:
    """Conclude who may see the records of a kind of tally, once for all subjects of the day."""
    known = shown_so_far(rules)
    shown = known.get(kind)
    if shown is None:
        shown = ShownTallies(kind, rules)
        if len(known) < _KINDS_KEPT_MAX:
            known[kind] = shown
    return shown
