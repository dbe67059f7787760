"""Which known day a clock starts from, and how long a period is. Pure, compiled."""

from __future__ import annotations

from datetime import date
from typing import Final

from events.envelope import Dated, Envelope

FOREVER: Final = date.max
"""The end of what has none."""

_DAYS_IN: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SHORTEST: Final = 28
_MONTHS_KEPT_MAX: Final = 65_536
_later: Final[dict[tuple[date, int], date]] = {}


def known_date(envelope: Envelope, recorded_on: date) -> Dated:
    """Give the day that a clock starts from: the first one known, and which it is."""
    day = envelope.occurred_on
    if day is not None:
        return Dated(day, "occurred_on")
    day = envelope.published_on
    if day is not None:
        return Dated(day, "published_on")
    day = envelope.observed_on
    if day is not None:
        return Dated(day, "observed_on")
    return Dated(recorded_on, "recorded_on")


def add_months(day: date, months: int) -> date:
    """Give the same day of a later month, or its last day: 31 January plus 1 is 28 February."""
    key = (day, months)
    later = _later.get(key)
    if later is None:
        if len(_later) >= _MONTHS_KEPT_MAX:
            _later.clear()
        later = _later[key] = _add_months(day, months)
    return later


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    # Own arithmetic, as every period of every record asks; a test holds it to dateutil's.
    if day.day <= _SHORTEST:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, _days_in(year, month)))


def _days_in(year: int, month: int) -> int:
    """Give the days of a month, which is counted from 0."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 1 and leap else _DAYS_IN[month]


def day_after(last: date) -> date:
    """Give the first day after a last day, which the end of time has none of."""
    return last if last == date.max else date.fromordinal(last.toordinal() + 1)
