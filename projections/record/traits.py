"""What kinds of matter have in common: what is owed, what ends them, their last day. Pure.

Days are days in China, amounts fen; None is unknown. A new kind of matter has a line here, or a
test fails.
"""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - mypyc needs it at run time
from datetime import date  # noqa: TC003 - likewise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.dates import FOREVER, day_after
from events.types.penalty import PenaltyKind
from projections.record.matters import (
    Acknowledgement,
    Arrears,
    Commitment,
    Conduct,
    Conviction,
    Declaration,
    Default,
    Enforcement,
    Grade,
    Honour,
    Inspection,
    Licence,
    Listing,
    Marked,
    Matter,
    Measure,
    Merger,
    Notice,
    Penalty,
    Reading,
    Recall,
    Relation,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.record.marks import Payment


class Traits(NamedTuple):
    """What holds of all matters of a kind.

    `amount` gives what they are about, in fen. `is_paid` says that payments, or what else is done
    of them, stand beside them; `is_open` that they are open until that is done, and `is_owed` that
    what is left of the amount is owed meanwhile. `last_day` names the field of the last day on
    which they are valid, `ends_publication` that from the day after they are no longer published,
    whatever the period says.
    """

    amount: Callable[[Any], int | None] | None = None
    is_paid: bool = False
    is_open: bool = False
    is_owed: bool = False
    last_day: str | None = None
    ends_publication: bool = False


def _fined(penalty: Penalty) -> int | None:
    fine, taken = penalty.fine_fen, penalty.confiscated_fen
    if fine is None and _FINE in penalty.kinds:
        return None
    if taken is None and _CONFISCATION in penalty.kinds:
        return None
    return (fine or 0) + (taken or 0)


def _balance(arrears: Arrears) -> int | None:
    return arrears.balance_fen


def _defaulted(default: Default) -> int | None:
    return default.amount_fen


def _target(case: Enforcement) -> int | None:
    return case.target_fen


def _tallied(marked: Marked) -> int | None:
    return marked.amount_fen


_FINE: Final = PenaltyKind.FINE
_CONFISCATION: Final = PenaltyKind.CONFISCATION
_PLAIN: Final = Traits()

TRAITS: Final[Mapping[type, Traits]] = {
    Penalty: Traits(amount=_fined, is_paid=True),
    Arrears: Traits(amount=_balance, is_paid=True, is_open=True, is_owed=True),
    Default: Traits(amount=_defaulted, is_paid=True, is_open=True, is_owed=True),
    Enforcement: Traits(amount=_target, is_paid=True, is_open=True, is_owed=True),
    Commitment: Traits(is_paid=True, is_open=True),
    # A licence that was not renewed is to be cancelled (行政许可法 art. 70 no. 1).
    Licence: Traits(last_day="valid_until"),
    Grade: Traits(last_day="valid_until"),
    # An honour is known of after it, among agencies, and no longer published: an assumption.
    Honour: Traits(last_day="valid_until", ends_publication=True),
    Relation: Traits(last_day="until"),
    Measure: Traits(last_day="until"),
    Marked: Traits(amount=_tallied),
    # What a list entry and its notice come to follows from the list (`day.lists`).
    Listing: _PLAIN,
    Notice: _PLAIN,
    Inspection: _PLAIN,
    Recall: _PLAIN,
    Conduct: _PLAIN,
    Conviction: _PLAIN,
    Merger: _PLAIN,
    Declaration: _PLAIN,
    Reading: _PLAIN,
    Acknowledgement: _PLAIN,
}


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
