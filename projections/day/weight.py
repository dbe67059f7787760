"""What a record weighs: its severity, its amount, and what of it is still owed. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from events.dates import FOREVER
from projections.record.matters import (
    AnyMatter,
    Arrears,
    Conduct,
    Inspection,
    Penalty,
)
from projections.record.traits import TRAITS, amount_fen, left_fen

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from projections.calendar.rules import RulesOfDay

GENERAL: Final = "general"
"""The severity of a record that has none of its own."""


def tier_of(matter: AnyMatter, rules: RulesOfDay, on: date | None = None) -> tuple[str, str]:
    """Give the severity of a record and the rule that weighs it ("" where it is not weighed).

    It is weighed by the rules of a day where one is given.
    """
    if type(matter) is Penalty:
        return rules.tier(matter, on)
    if type(matter) is Conduct:
        return matter.seriousness.value, ""
    if type(matter) is Inspection and matter.risk is not None:
        return matter.risk.value, ""
    return GENERAL, ""


def amounts_fen(matter: AnyMatter, on: date) -> tuple[int | None, int | None]:
    """Give the amount of a record and what of it is still owed on a day; None is unknown.

    Both are 0 for a record that is about no amount.
    """
    amount = amount_fen(matter)
    if not TRAITS[type(matter)].is_owed or (matter.ended_on or FOREVER) <= on:
        return amount, 0
    return amount, left_fen(matter, on)


def replaced_on(arrears: Iterable[Arrears]) -> dict[str, date]:
    """Give, by event id, the day from which an announced balance (欠税余额) is another's.

    What a department announces for a period is all that is then owed, so the next period's balance
    takes its place. Arrears that name no period are debts of their own, and add up.
    """
    periods: dict[str, dict[str, list[Arrears]]] = {}
    for each in arrears:
        if each.period is not None:
            periods.setdefault(each.department, {}).setdefault(each.period, []).append(each)
    replaced: dict[str, date] = {}
    for of_department in periods.values():
        if len(of_department) < 2:  # noqa: PLR2004 - it takes two for one to replace the other
            continue
        in_order = sorted(of_department.values(), key=lambda items: items[0].day)
        for items, following in pairwise(in_order):
            for item in items:
                replaced[item.event_id] = max(item.day, following[0].day)
    return replaced
