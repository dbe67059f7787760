"""From when the months run after which an entry on a list may be repaired. Pure.

They run from the entry. Where the list asks that what it rests on be paid first, they run from that
payment: of the debts of the kind that the list names, those that were owed when it was decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.dates import FOREVER, add_months
from projections.day.list_notices import version_of
from projections.day.weight import cleared_on
from projections.record.matters import AnyMatter, Default, Listing

if TYPE_CHECKING:
    from datetime import date

    from events.rules.versions import ListVersion
    from projections.day.record_on_day import RecordOnDay


def repairable_from(listing: Listing, version: ListVersion, on_day: RecordOnDay) -> date | None:
    """Give the first day on which an entry may be repaired; None where not known, or never."""
    start, months = _clock(listing, version, on_day), version.repair_after_months
    return None if months is None or start == FOREVER else add_months(start, months)


def payment_flaws(matter: AnyMatter, on_day: RecordOnDay) -> dict[str, str]:
    """Say of which repairs of a list entry the payment behind it takes the effect, and why."""
    flaws: dict[str, str] = {}
    if not isinstance(matter, Listing) or matter.marks is None:
        return flaws
    version = version_of(on_day.rules.rulebook.lists[matter.list], matter.day)
    months = version.repair_after_months
    if months is None or not version.repair_after_payment_of:
        return flaws
    start = _clock(matter, version, on_day)
    for repair in matter.marks.repairs:
        if repair.until is None and repair.day < start:
            flaws[repair.event_id] = "not_performed"
        elif repair.until is None and repair.day < add_months(start, months):
            flaws[repair.event_id] = "before_minimum"
    return flaws


def _clock(listing: Listing, version: ListVersion, on_day: RecordOnDay) -> date:
    """Give the day from which the months run; `FOREVER` while a debt behind the entry is owed.

    Where no such debt is known, it is the day of the entry.
    """
    kinds = version.repair_after_payment_of
    paid = [
        min(cleared_on(debt.amount_fen, debt.payments) or FOREVER, debt.ended_on or FOREVER)
        for debt in (on_day.counting(Default) if kinds else ())
        if debt.category in kinds and debt.day <= listing.day
    ]
    return max([listing.day, *paid])
