"""The day that partitions are swept to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from events.envelope import CHINA

if TYPE_CHECKING:
    from datetime import date, datetime

_SKEW: Final = timedelta(minutes=5)
"""A day is swept this long after it began: no broker still stamps the day before."""


def sweep_day(now: datetime) -> date:
    """Give the day that partitions are swept to at a moment."""
    return (now - _SKEW).astimezone(CHINA).date()
