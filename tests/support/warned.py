"""Records that warnings are raised by, and their levels from day to day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from projections.calendar.rules import RuleCalendar
from projections.record.marks import Payment
from projections.record.matters import (
    Acknowledgement,
    AnyMatter,
    Arrears,
    Penalty,
)
from tests.support.recorded import (
    recorded,
    warned_on,
)

RED = {"level": "red", "at_least": 1}


def level(on: str, *matters: AnyMatter, rule: str = "warning.penalties") -> str | None:
    found = warned_on(on, *matters).get(rule)
    return None if found is None else found.level.value


def penalties(*days: str, **fields: Any) -> list[Penalty]:
    return [recorded(Penalty, day, event_id=f"{n} {day}", **fields) for n, day in enumerate(days)]


def owing(day: str, fen: int | None, *payments: Payment, **fields: Any) -> Arrears:
    return recorded(Arrears, day, balance_fen=fen, payments=payments, **fields)


def noted(day: str, rule: str = "warning.x", **fields: Any) -> Acknowledgement:
    return recorded(Acknowledgement, day, rule=rule, **fields)


def course(
    calendar: RuleCalendar, first: str, last: str, *matters: AnyMatter
) -> list[tuple[str, str | None]]:
    """Give the level of `warning.x` on the first day and on each day on which it changes."""
    found: list[tuple[str, str | None]] = []
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        warning = warned_on(day, *matters, calendar=calendar).get("warning.x")
        now = None if warning is None else warning.level.value
        if not found or found[-1][1] != now:
            found.append((day.isoformat(), now))
        day += timedelta(days=1)
    return found
