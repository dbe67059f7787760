"""Evidence: from when until when a record counts in a signal, and how much. Pure."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - mypyc needs it at run time
from typing import TYPE_CHECKING, Final, NamedTuple

from events.dates import FOREVER, add_months

if TYPE_CHECKING:
    from projections.day.record_on_day import RecordOnDay
    from projections.record.matter import Matter


class Evidence(NamedTuple):
    """One record, or one balance of it: it counts from `start` to the day before `end`.

    The weight is 1, or fen for amounts. Evidence sorts by its start and the event's id.
    """

    start: date
    event_id: str
    end: date
    weight: int
    department: str
    region: str
    domain: str


def put(
    evidence: list[Evidence],
    on_day: RecordOnDay,
    matter: Matter,
    start: date,
    end: date = FOREVER,
    weight: int = 1,
) -> None:
    """Add a matter's evidence to what was found; its end, or its repair, cuts it short."""
    end = min(end, on_day.counts_until(matter))
    if start < end:
        domain = on_day.rules.domain(matter.category)
        # As `Evidence(...)` does, without the call into Python that a named tuple's class costs.
        evidence.append(
            tuple.__new__(
                Evidence,
                (start, matter.event_id, end, weight, matter.department, matter.region, domain),
            )
        )


def months_after(day: date, months: int) -> date:
    """Give the same day of a later month; beyond the end of time, `FOREVER`."""
    return FOREVER if day.year + months // 12 + 1 > _LAST_YEAR else add_months(day, months)


_LAST_YEAR: Final = FOREVER.year
