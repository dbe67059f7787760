"""What follows of what kinds of matter have in common: owed, paid, closed, run out. Pure.

Days are days in China, amounts fen; None is unknown. What holds of a kind is said at its class.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - mypyc needs it at run time
from typing import TYPE_CHECKING, Final

from events.dates import FOREVER, day_after
from projections.record.kinds import KINDS
from projections.record.matter import traits_of
from projections.record.matters import Arrears, Commitment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.record.marks import Payment
    from projections.record.matter import Matter, Traits

TRAITS: Final[Mapping[type, Traits]] = {kind: traits_of(kind) for kind in KINDS}


def amount_fen(matter: Matter) -> int | None:
    """Give what a matter is about; None is unknown, 0 about no amount."""
    amount = TRAITS[type(matter)].amount
    return 0 if amount is None else amount(matter)


def payments_of(matter: Matter) -> tuple[Payment, ...]:
    """Give what was paid or done of a matter, in the order of days."""
    payments: tuple[Payment, ...] = ()
    if TRAITS[type(matter)].is_paid:
        payments = matter.payments  # type: ignore[attr-defined]  # what is paid has them
    return payments


def left_fen(matter: Matter, on: date) -> int | None:
    """Give what payments have left of a matter's amount on a day; None where that is unknown."""
    if type(matter) is Commitment:
        return owed_fen(None, matter.payments, on)
    return owed_fen(amount_fen(matter), payments_of(matter), on)


def owed_fen(amount: int | None, payments: tuple[Payment, ...], on: date) -> int | None:
    """Give what is left of an amount on a day; None where unknown and not cleared."""
    paid = 0
    for payment in payments:
        if payment.on <= on:
            if payment.cleared:
                return 0
            paid += payment.paid_fen or 0
    return None if amount is None else max(0, amount - paid)


def cleared_on(matter: Matter) -> date:
    """Give the first day on which nothing is left of a matter's amount, or `FOREVER`.

    What is announced as nothing (欠税公告 of a balance of 0) is not owed for a day.
    """
    left = None if type(matter) is Commitment else amount_fen(matter)
    if left == 0 and type(matter) is Arrears:
        return matter.day
    for payment in payments_of(matter):
        if left is not None:
            left -= payment.paid_fen or 0
        if payment.cleared or (left is not None and left <= 0):
            return payment.on
    return FOREVER


def closed_on(matter: Matter) -> date:
    """Give the first day on which an obligation is over: paid, performed, or ended otherwise."""
    return min(cleared_on(matter), matter.ended_on or FOREVER)


def run_out_on(matter: Matter) -> date:
    """Give the first day after the last on which a matter is valid; `FOREVER` where it has none."""
    field = TRAITS[type(matter)].last_day
    if field is None:
        return FOREVER
    last: date | None = getattr(matter, field)
    return FOREVER if last is None else day_after(last)
