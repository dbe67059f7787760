"""Working days of China (工作日), with the weekends that are worked (调休). Pure.

Which days are free is law (全国年节及纪念日放假办法, as changed from 2025-01-01 by Order 795): New
Year, four days of the Spring Festival, Qingming, two days of May, Dragon Boat, Mid-Autumn, three
days of October. Which weekends are worked for it is announced a year at a time, and known from
`KNOWN_FROM` to `KNOWN_UNTIL`. Later no weekend is taken as worked, and of a holiday on a weekend
the next working day as free in its place (补假), an assumption: a deadline there is provisional, as
it may move once the year is announced.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import MAXYEAR, date
from functools import cache, lru_cache
from importlib import import_module
from typing import Final

KNOWN_FROM: Final = date(2001, 1, 1)
"""First day of the calendar that the State Council announced and the library holds."""

KNOWN_UNTIL: Final = date(2026, 12, 31)
"""Last day of it; moved with the library, whose upgrade is due once a year is announced."""

_LAWS_FROM: Final = 1950
_MOON_UNTIL: Final = 2100
"""The years of which the library knows the law, and where the moon puts its festivals."""

_SATURDAY: Final = 5


@cache
def _working_days(year: int) -> tuple[int, ...]:
    """Give the ordinals of a year's working days, in order."""
    first = date(year, 1, 1).toordinal()
    days = [date.fromordinal(n) for n in range(first, date(year, 12, 31).toordinal() + 1)]
    if _LAWS_FROM <= year <= _MOON_UNTIL:
        # Loaded when first asked, as the library takes a tenth of a second.
        calendar = import_module("holidays.countries.china").China(years=year)
        days = [day for day in days if calendar.is_working_day(day)]
    else:
        days = [day for day in days if day.weekday() < _SATURDAY]
    return tuple(day.toordinal() for day in days)


def is_provisional(day: date) -> bool:
    """Say whether a period that ends on a day runs into a year that is not announced yet."""
    return day > KNOWN_UNTIL


def is_working_day(day: date) -> bool:
    """Say whether a day is worked."""
    days = _working_days(day.year)
    place = bisect_right(days, day.toordinal())
    return place > 0 and days[place - 1] == day.toordinal()


@lru_cache(maxsize=65_536)
def after_working_days(day: date, count: int) -> date:
    """Give the last day of a period of `count` working days that begins the day after `day`.

    A period of none ends on `day` itself; one that the calendar's end cuts off has no end.
    """
    if count < 1:
        return day
    for year in range(day.year, MAXYEAR + 1):
        days = _working_days(year)
        gone = bisect_right(days, day.toordinal())
        if count <= len(days) - gone:
            return date.fromordinal(days[gone + count - 1])
        count -= len(days) - gone
    return date.max


def working_days_between(day: date, last: date) -> int:
    """Count the working days after `day` up to `last`, that included; 0 where `last` is earlier.

    So `working_days_between(day, after_working_days(day, count))` is `count`.
    """
    if last <= day:
        return 0
    whole_years = sum(len(_working_days(year)) for year in range(day.year, last.year))
    gone = bisect_right(_working_days(day.year), day.toordinal())
    return whole_years + bisect_right(_working_days(last.year), last.toordinal()) - gone
