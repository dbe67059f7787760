"""Assessment of reporting (部门报送考核): how well each department reports, what it left out. Pure.

What is counted adds up: the counts of two runs of messages are the counts of both together, so
they do not depend on how the ledger is cut into batches. Nothing here compares departments.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.rules.scope import region_prefixes
from projections.calendar.deadlines import deadlines_of, last_day_by

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from events.rules.evaluation import Cadence
    from events.rules.rulebook import Rulebook
_MONTHS_A_YEAR: Final = 12


class Counts(msgspec.Struct, gc=False):
    """How much was reported, and how well.

    `events` is everything said. Of what had to be reported by a day (`due`), `late` came after it,
    by `late_days` calendar days in sum. `undated` had no day of decision, so nobody can say.
    Of what was `remarked` admission let something pass, such as a law that its table lacks.
    """

    events: int = 0
    due: int = 0
    late: int = 0
    late_days: int = 0
    undated: int = 0
    corrected: int = 0
    revoked: int = 0
    repeats: int = 0
    conflicts: int = 0
    waiting: int = 0
    misplaced: int = 0
    remarked: int = 0

    def add(self, other: Counts) -> None:
        """Add what was counted elsewhere."""
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def in_time_per_mille(self) -> int | None:
        """Give how many of a thousand due came in time, rounded down; None where none was due."""
        return (self.due - self.late) * 1000 // self.due if self.due else None


COUNTED: Final = Counts.__struct_fields__
"""What is counted, in the order of the columns of the table `reporting`."""


class Reporter(NamedTuple):
    """Who reported in which category, in which month of recording (its first day)."""

    department: str
    category: str
    month: date


class LastDays(dict[date, "date | None"]):
    """The last day to report what was decided on a day, None for never; found when first asked."""

    def __init__(self, find: Callable[[date], date | None]) -> None:
        """Begin with nothing found."""
        self._find = find

    def __missing__(self, decided_on: date) -> date | None:
        last_day = self[decided_on] = self._find(decided_on)
        return last_day


class Deadlines:
    """Deadlines of reporting, each found once: few rules hold many records."""

    def __init__(self, rulebook: Rulebook) -> None:
        """Keep the rules; serves one projector."""
        self._rulebook = rulebook
        self._places: dict[tuple[str, str, str], LastDays] = {}
        self._held: dict[tuple[str, ...], LastDays] = {}
        prefixes = region_prefixes(rulebook.deadlines)

        @lru_cache(maxsize=4_096)
        def told_apart(region: str) -> str:
            return next((prefix for prefix in prefixes if region.startswith(prefix)), "")

        self.told_apart: Callable[[str], str] | None = told_apart if prefixes else None
        """Gives what the rules tell of a region; None where they tell no two regions apart."""

    def last_days(self, event_type: str, category: str, region: str) -> LastDays:
        """Give the last days for records of a type, category and region (see `told_apart`).

        What the same rules hold shares what was found.
        """
        place = (event_type, category, region)
        days = self._places.get(place)
        if days is None:
            rules = deadlines_of(*place, self._rulebook)
            ids = tuple(rule.id for rule in rules)
            days = self._held.setdefault(ids, LastDays(lambda day: last_day_by(rules, day)))
            self._places[place] = days
        return days


class MissingPeriod(msgspec.Struct, frozen=True):
    """A period in which a department recorded nothing of what it must report again and again.

    `until` is the first day after it.
    """

    department: str
    category: str
    since: date
    until: date
    reference: str


def missing_periods(
    cadences: Iterable[Cadence],
    reported: Mapping[tuple[str, str], Collection[date]],
    since: date,
    until: date,
) -> list[MissingPeriod]:
    """Give the periods that began on or after `since`, ended by `until` and hold no report.

    `reported` gives, by department and category, the first days of the months in which anything
    was recorded. Periods are counted from the month in which the cadence began.
    """
    missing: list[MissingPeriod] = []
    for cadence in cadences:
        months = reported.get((cadence.department, cadence.category), ())
        length = cadence.every_months
        begins = _month_number(cadence.start)
        if (behind := _month_number(since) + (since.day > 1) - begins) > 0:
            begins += -(-behind // length) * length
        while (end := _first_day(begins + length)) <= until:
            if not any(_first_day(begins + n) in months for n in range(length)):
                missing.append(
                    MissingPeriod(
                        cadence.department,
                        cadence.category,
                        _first_day(begins),
                        end,
                        cadence.reference,
                    )
                )
            begins += length
    return sorted(missing, key=lambda each: (each.department, each.category, each.since))


def _month_number(day: date) -> int:
    return day.year * _MONTHS_A_YEAR + day.month - 1


def _first_day(number: int) -> date:
    year, month = divmod(number, _MONTHS_A_YEAR)
    return date(year, month + 1, 1)
