"""Blacklist status (名单状态): which list entries hold on a day, and when that changes. Pure.

An entry that needs prior notice and had none is kept, shown, and has no effect until a correction
gives the day of notice (警示在先、惩戒在后).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from projections.rules import FOREVER, add_months

if TYPE_CHECKING:
    from projections.credit_record import CreditRecord, Listing
    from projections.rules import RulesOfDay


class ListStatus(StrEnum):
    """Where a list entry stands."""

    IN_EFFECT = "in_effect"
    NO_EFFECT = "no_effect"
    ENDED = "ended"


class Membership(msgspec.Struct, frozen=True, gc=False):
    """A list entry as it stands on a day; `until` is the first day after it."""

    entry_id: str
    list: str
    status: ListStatus
    serious: bool
    ground: str
    document_no: str
    region: str
    domain: str
    since: date
    since_basis: str
    until: date | None
    why: str
    rule: str


def memberships(record: CreditRecord, rules: RulesOfDay) -> list[Membership]:
    """Give every list entry of the subject as it stands on the day of the rules, oldest first."""
    found = [_membership(listing, rules) for listing in record.listings.values()]
    return sorted(found, key=lambda m: (m.since, m.entry_id))


def _membership(listing: Listing, rules: RulesOfDay) -> Membership:
    rule, version = rules.lists[listing.list]
    term = listing.term_months
    if term is None and version is not None:
        by_ground = version.grounds.get(listing.ground)
        term = by_ground if isinstance(by_ground, int) else None
    until = add_months(listing.day, term) if term is not None else None
    why = "term_over" if until is not None else ""
    if listing.ended_on is not None and (until is None or listing.ended_on <= until):
        until, why = listing.ended_on, "removed"
    if version is not None and version.notice_required and not _was_notified(listing):
        status, why = ListStatus.NO_EFFECT, "no_prior_notice"
    elif until is not None and until <= rules.on:
        status = ListStatus.ENDED
    else:
        status, why = ListStatus.IN_EFFECT, ""
    return Membership(
        listing.event_id,
        listing.list,
        status,
        rule.serious,
        listing.ground,
        listing.document_no,
        listing.region,
        rule.domain,
        listing.day,
        listing.day_basis,
        until,
        why,
        f"list.{rule.code}@{version.start if version else 'none'}",
    )


def _was_notified(listing: Listing) -> bool:
    return listing.notified_on is not None and listing.notified_on <= listing.day


def next_list_change(found: list[Membership], on: date) -> date:
    """Give the first day after `on` on which a membership ends by itself."""
    ends = (m.until for m in found if m.until is not None and m.status is ListStatus.IN_EFFECT)
    return min((day for day in ends if day > on), default=FOREVER)
