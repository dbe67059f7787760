"""What a record weighs: its severity, its amount, and what of it is still owed. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from events.types.penalty import PenaltyKind
from projections.record.matters import (
    AnyMatter,
    Arrears,
    Conduct,
    Default,
    Enforcement,
    Inspection,
    Marked,
    Penalty,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from projections.calendar.rules import RulesOfDay
    from projections.record.marks import Payment

_FINE: Final = PenaltyKind.FINE
_CONFISCATION: Final = PenaltyKind.CONFISCATION


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
    if type(matter) is Penalty:
        fine, taken = matter.fine_fen, matter.confiscated_fen
        fined = _FINE in matter.kinds and fine is None
        if fined or (_CONFISCATION in matter.kinds and taken is None):
            return None, 0
        return (fine or 0) + (taken or 0), 0
    if type(matter) is Arrears:
        return matter.balance_fen, _still_owed(matter, matter.balance_fen, on)
    if type(matter) is Default:
        return matter.amount_fen, _still_owed(matter, matter.amount_fen, on)
    if type(matter) is Enforcement:
        return matter.target_fen, _still_owed(matter, matter.target_fen, on)
    if type(matter) is Marked:
        return matter.amount_fen, 0
    return 0, 0


def _still_owed(
    matter: Arrears | Default | Enforcement, amount: int | None, on: date
) -> int | None:
    if matter.ended_on is not None and matter.ended_on <= on:
        return 0
    return owed_fen(amount, matter.payments, on)


def owed_fen(amount_fen: int | None, payments: tuple[Payment, ...], on: date) -> int | None:
    """Give what is still owed on a day, in fen; None where unknown and not cleared."""
    paid = 0
    for payment in payments:
        if payment.on <= on:
            if payment.cleared:
                return 0
            paid += payment.paid_fen or 0
    return None if amount_fen is None else max(0, amount_fen - paid)


def cleared_on(amount_fen: int | None, payments: tuple[Payment, ...]) -> date | None:
    """Give the first day on which nothing is owed any more, or None."""
    left = amount_fen
    for payment in payments:
        if left is not None:
            left -= payment.paid_fen or 0
        if payment.cleared or (left is not None and left <= 0):
            return payment.on
    return None


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
