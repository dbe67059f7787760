"""Signals from what is owed or promised: arrears, defaults, enforcement, commitments. Pure.

An unknown amount has no weight in a sum of fen; it does count where cases are counted.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from events.dates import FOREVER, day_after
from projections.day.weight import BalanceSuccession, announcer
from projections.record.marks import Payment  # noqa: TC001 - mypyc needs it at run time
from projections.record.traits import cleared_on, owed_fen
from projections.signals.evidence import Evidence, months_after, put
from projections.signals.in_turn import InTurn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from projections.day.record_on_day import RecordOnDay
    from projections.record.matter import Matter
    from projections.record.matters import Arrears, Commitment, Default, Enforcement

WAGE: Final = "default.wage"
"""The category of wages in arrears; all other defaults are of other obligations."""

OLD_ENFORCEMENT_MONTHS: Final = 6
"""After so long an enforcement case that is still open counts as old; an assumption."""


def _owed(
    evidence: list[Evidence],
    on_day: RecordOnDay,
    matter: Matter,
    amount_fen: int | None,
    payments: tuple[Payment, ...],
    until: date = FOREVER,
) -> None:
    """Add what is owed of a matter until a day: one piece of evidence for each balance, in fen."""
    if amount_fen is None:
        return
    paid_on = sorted({payment.on for payment in payments if payment.on > matter.day})
    for start, end in pairwise([matter.day, *paid_on, FOREVER]):
        owed = owed_fen(amount_fen, payments, start)
        if owed:
            put(evidence, on_day, matter, start, min(end, until), owed)


def _balance(on_day: RecordOnDay, place: tuple[Arrears, date]) -> list[Evidence]:
    evidence: list[Evidence] = []
    arrears, until = place
    _owed(evidence, on_day, arrears, arrears.balance_fen, arrears.payments, until)
    return evidence


arrears_fen: Final[InTurn] = InTurn(announcer, BalanceSuccession, _balance)
"""Tax owed, in fen."""


def _defaults(matters: Iterable[Default], *, wage: bool) -> list[Default]:
    return [d for d in matters if (d.category == WAGE) is wage]


def _open(on_day: RecordOnDay, defaults: Iterable[Default]) -> list[Evidence]:
    evidence: list[Evidence] = []
    for each in defaults:
        put(evidence, on_day, each, each.day, cleared_on(each))
    return evidence


def _open_fen(on_day: RecordOnDay, defaults: Iterable[Default]) -> list[Evidence]:
    evidence: list[Evidence] = []
    for each in defaults:
        _owed(evidence, on_day, each, each.amount_fen, each.payments)
    return evidence


def wage_arrears(on_day: RecordOnDay, matters: Sequence[Default]) -> list[Evidence]:
    """Find open cases of wages in arrears (拖欠工资)."""
    return _open(on_day, _defaults(matters, wage=True))


def wage_orders(on_day: RecordOnDay, matters: Sequence[Default]) -> list[Evidence]:
    """Find those of them in which payment was ordered by a day (责令限期支付)."""
    ordered = [d for d in _defaults(matters, wage=True) if d.ordered_by is not None]
    return _open(on_day, ordered)


def wage_arrears_fen(on_day: RecordOnDay, matters: Sequence[Default]) -> list[Evidence]:
    """Find wages owed, in fen."""
    return _open_fen(on_day, _defaults(matters, wage=True))


def wage_arrears_overdue(on_day: RecordOnDay, matters: Sequence[Default]) -> list[Evidence]:
    """Find wages still owed after the last day by which payment was ordered."""
    evidence: list[Evidence] = []
    for each in _defaults(matters, wage=True):
        if each.ordered_by is not None:
            start = max(day_after(each.ordered_by), each.day)
            put(evidence, on_day, each, start, cleared_on(each))
    return evidence


def defaults(on_day: RecordOnDay, matters: Sequence[Default]) -> list[Evidence]:
    """Find open defaults of other obligations: loans, bills, contributions, contracts."""
    return _open(on_day, _defaults(matters, wage=False))


def default_fen(on_day: RecordOnDay, matters: Sequence[Default]) -> list[Evidence]:
    """Find what is owed of them, in fen."""
    return _open_fen(on_day, _defaults(matters, wage=False))


def enforcements(on_day: RecordOnDay, matters: Sequence[Enforcement]) -> list[Evidence]:
    """Find enforcement cases (执行案件), while they are open."""
    evidence: list[Evidence] = []
    for case in matters:
        put(evidence, on_day, case, case.day, cleared_on(case))
    return evidence


def enforcements_old(on_day: RecordOnDay, matters: Sequence[Enforcement]) -> list[Evidence]:
    """Find those still open after half a year, from the day on which that is so."""
    evidence: list[Evidence] = []
    for case in matters:
        start = months_after(case.day, OLD_ENFORCEMENT_MONTHS)
        put(evidence, on_day, case, start, cleared_on(case))
    return evidence


def enforcement_fen(on_day: RecordOnDay, matters: Sequence[Enforcement]) -> list[Evidence]:
    """Find what is still to be performed in them, in fen."""
    evidence: list[Evidence] = []
    for case in matters:
        _owed(evidence, on_day, case, case.target_fen, case.payments)
    return evidence


def breaches(on_day: RecordOnDay, matters: Sequence[Commitment]) -> list[Evidence]:
    """Find broken commitments and contracts, from the day of the breach; none is mended later."""
    evidence: list[Evidence] = []
    for each in matters:
        broken = next((payment.on for payment in each.payments if payment.breached), None)
        if broken is not None:
            put(evidence, on_day, each, broken)
    return evidence
