"""Early warnings (预警): which hold on a day, at which level, on what evidence. Pure.

Windows slide over event time. A warning is a conclusion of the day, never a stored fact; what has
been told to subscribers is kept beside it, so that each change is told once (`projections.notice`).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from events.rulebook import Level
from projections.blacklist import ListStatus
from projections.rules import FOREVER, add_months

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.rulebook import Threshold
    from projections.blacklist import Membership
    from projections.credit_record import Arrears, CreditRecord
    from projections.rules import RulesOfDay


class ActiveWarning(msgspec.Struct, frozen=True, gc=False):
    """A warning that holds on a day."""

    rule: str
    rule_from: date
    level: Level
    region: str
    domain: str
    evidence: tuple[str, ...]


class Evidence(msgspec.Struct, frozen=True, gc=False, order=True):
    """One record that a warning may rest on: its day, its weight in the measure."""

    day: date
    event_id: str
    weight: int
    department: str
    region: str
    domain: str


def warnings_on(
    record: CreditRecord, found: Sequence[Membership], rules: RulesOfDay
) -> tuple[list[ActiveWarning], date]:
    """Give the warnings that hold on the day of the rules, and the next day time changes one."""
    active: list[ActiveWarning] = []
    next_change = FOREVER
    for rule, version in rules.warnings:
        measured = sorted(_measured(rule.measure, record, found, rules.on))
        if not measured:
            continue
        best: tuple[Level, list[Evidence]] | None = None
        for threshold in version.levels:
            window, ends_on = _window(measured, threshold, rules.on)
            next_change = min(next_change, ends_on)
            if _reaches(window, threshold) and (
                best is None or threshold.level.height > best[0].height
            ):
                best = threshold.level, window
        if best is not None:
            level, evidence = best
            latest = evidence[-1]
            ids = tuple(item.event_id for item in evidence)
            active.append(
                ActiveWarning(rule.id, version.start, level, latest.region, latest.domain, ids)
            )
    return active, next_change


def _window(
    measured: list[Evidence], threshold: Threshold, on: date
) -> tuple[list[Evidence], date]:
    """Give what lies in the window that ends on a day, and the first day that drops some of it."""
    if threshold.window_months is None:
        return measured, FOREVER
    inside = [e for e in measured if add_months(e.day, threshold.window_months) > on]
    if not inside:
        return [], FOREVER
    return inside, add_months(inside[0].day, threshold.window_months)


def _reaches(window: list[Evidence], threshold: Threshold) -> bool:
    if sum(item.weight for item in window) < threshold.at_least:
        return False
    return len({item.department for item in window}) >= threshold.departments


def _measured(
    measure: str, record: CreditRecord, found: Sequence[Membership], on: date
) -> list[Evidence]:
    match measure:
        case "penalties":
            return [
                Evidence(p.day, p.event_id, 1, p.department, p.region, _domain(p.category))
                for p in record.penalties.values()
                if (p.ended_on is None or p.ended_on > on) and not p.simple_procedure
            ]
        case "arrears_fen":
            return [
                Evidence(a.day, a.event_id, owed, a.department, a.region, _domain(a.category))
                for a in record.arrears.values()
                if (owed := owed_fen(a, on)) is not None and owed > 0
            ]
        case "serious_lists":
            return [
                Evidence(m.since, m.entry_id, 1, "", m.region, m.domain)
                for m in found
                if m.serious and m.status is ListStatus.IN_EFFECT
            ]
    raise ValueError(f"the rules name a measure that is not known: {measure}")


def _domain(category: str) -> str:
    return category.partition(".")[2]


def owed_fen(arrears: Arrears, on: date) -> int | None:
    """Give what is still owed on a day, in fen; None where unknown and not cleared."""
    if arrears.ended_on is not None and arrears.ended_on <= on:
        return 0
    paid = [p for p in arrears.payments if p.on <= on]
    if any(p.cleared for p in paid):
        return 0
    if arrears.balance_fen is None:
        return None
    return max(0, arrears.balance_fen - sum(p.paid_fen or 0 for p in paid))
