"""A day is swept when no broker still stamps the day before."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from events.envelope import CHINA
from projections.calendar.sweep_day import sweep_day


@pytest.mark.parametrize(
    ("at", "to"),
    [
        (datetime(2026, 1, 1, 0, 4, tzinfo=CHINA), date(2025, 12, 31)),
        (datetime(2026, 1, 1, 0, 5, tzinfo=CHINA), date(2026, 1, 1)),
        (datetime(2026, 1, 1, 23, 59, tzinfo=CHINA), date(2026, 1, 1)),
    ],
)
def test_a_partition_is_swept_to_a_day_from_five_minutes_past_its_midnight(
    at: datetime, to: date
) -> None:
    assert sweep_day(at) == to
