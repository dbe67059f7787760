"""What in a record stands against a repair (信用修复): debts, lists, later records. Pure.

The months after which a list entry may be repaired run from the entry. Where the list asks that
what it rests on be paid first, they run from that payment: of the debts of the kind that the list
names, those that were owed when it was decided.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from events.dates import FOREVER, add_months
from projections.calendar.rules import list_version, place_of
from projections.day.shapes import ListStatus, RepairFlaw
from projections.record.matters import AnyMatter, Default, Listing
from projections.record.traits import closed_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from events.rules.versions import ListVersion
    from projections.calendar.rules import RulesOfDay
    from projections.day.shapes import Membership
    from projections.record.matter import Matter


def repairable_from(
    listing: Listing, version: ListVersion, debts: Iterable[Default]
) -> date | None:
    """Give the first day on which an entry may be repaired; None where not known, or never."""
    start, months = _clock(listing, version, debts), version.repair_after_months
    return None if months is None or start == FOREVER else add_months(start, months)


def payment_flaws(
    matter: AnyMatter, rules: RulesOfDay, debts: Iterable[Default]
) -> dict[str, RepairFlaw]:
    """Say of which repairs of a list entry the payment behind it takes the effect, and why."""
    flaws: dict[str, RepairFlaw] = {}
    if not isinstance(matter, Listing) or matter.marks is None:
        return flaws
    version = list_version(rules.rulebook.lists[matter.list], matter.day)
    months = version.repair_after_months
    if months is None or not version.repair_after_payment_of:
        return flaws
    start = _clock(matter, version, debts)
    for repair in matter.marks.repairs:
        if repair.until is None and repair.day < start:
            flaws[repair.event_id] = RepairFlaw.NOT_PERFORMED
        elif repair.until is None and repair.day < add_months(start, months):
            flaws[repair.event_id] = RepairFlaw.BEFORE_MINIMUM
    return flaws


def record_flaws(
    matter: AnyMatter, rules: RulesOfDay, lists: Sequence[Membership], alike: Sequence[Matter]
) -> dict[str, RepairFlaw]:
    """Say of which repairs a list, or a later record, takes the effect.

    While on a serious list other records are not repaired where the rule says so, nor where a later
    record of the category stands among those of its kind, `alike`, which are in order.
    """
    flaws: dict[str, RepairFlaw] = {}
    for repair in () if matter.marks is None else matter.marks.repairs:
        if not repair.granted or repair.until is not None:
            continue
        ruled = rules.repair(place_of(matter), repair.day)
        if ruled is None:
            continue
        rule = ruled.version
        if rule.blocked_while_listed and _is_listed(lists, repair.day, rule.blocked_by):
            flaws[repair.event_id] = RepairFlaw.WHILE_LISTED
        elif "no_new_same_kind" in rule.needs and _again(matter, repair.day, alike):
            flaws[repair.event_id] = RepairFlaw.SAME_KIND_AGAIN
    return flaws


def _clock(listing: Listing, version: ListVersion, debts: Iterable[Default]) -> date:
    """Give the day from which the months run; `FOREVER` while a debt behind the entry is owed.

    Where no such debt is known, it is the day of the entry.
    """
    kinds = version.repair_after_payment_of
    paid = [
        closed_on(debt)
        for debt in (debts if kinds else ())
        if debt.category in kinds and debt.day <= listing.day
    ]
    return max([listing.day, *paid])


def _is_listed(lists: Sequence[Membership], day: date, others: Sequence[str]) -> bool:
    """Say whether an entry on a serious list, or one of others, was in effect on a day."""
    return any(
        (member.serious or member.list in others)
        and member.status is not ListStatus.NO_EFFECT
        and member.since <= day
        and (member.until is None or day < member.until)
        for member in lists
    )


def _again(matter: AnyMatter, day: date, alike: Sequence[Matter]) -> bool:
    """Say whether a record of the category came after a matter, up to a day."""
    first, last = (bisect_right(alike, each, key=_day) for each in (matter.day, day))
    return any(other.category == matter.category for other in alike[first:last])


def _day(matter: Matter) -> date:
    return matter.day
