"""Blacklist status (名单状态): notice, defence, entry, and how it ends (警示在先、惩戒在后). Pure.

The version of a list on the day of the decision decides whether notice had to come first, and for
how long the entry lasts. An entry that needed notice and had none is kept, shown, and has no effect
until a notice or a correction says that there was one.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.dates import FOREVER, add_months, day_after
from events.envelope import Source
from projections.calendar.rules import list_version
from projections.calendar.slots import Slot
from projections.day.concluded import ConclusionKind
from projections.day.list_notices import (
    defence_is_over,
    defence_until,
    ends_on,
    lapses_on,
    notices_of,
)
from projections.day.repairs import repairable_from
from projections.day.shapes import (
    ListingStage,
    ListReason,
    ListStatus,
    Membership,
    PendingNotice,
    RepairState,
)
from projections.record.kinds import KINDS
from projections.record.matters import Default, Listing, NoticeGiven

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from events.rules.versions import ListVersion
    from projections.day.effects import Effect
    from projections.day.record_on_day import RecordOnDay


PENDING: Final = frozenset(
    {ListingStage.NOTIFIED, ListingStage.DEFENCE_OPEN, ListingStage.DEFENCE_OVER}
)
"""The stages of a notice that a decision may still follow."""

_NOTICES_GIVEN: Final = Slot[list[PendingNotice]]()

_IN_EFFECT: Final = ListStatus.IN_EFFECT

_STAGE_OF_END: Final = {
    ListReason.REMOVED: ListingStage.REMOVED,
    ListReason.OBJECTION: ListingStage.REMOVED,
    ListReason.REPAIRED: ListingStage.REPAIRED,
    ListReason.TERM_OVER: ListingStage.EXPIRED,
}


def memberships(on_day: RecordOnDay) -> list[Membership]:
    """Give every list entry of the subject as it stands on the day, oldest first.

    Raises `KeyError` for a list that the rulebook lacks.
    """
    listings = on_day.of(Listing)
    if not listings:
        return []
    resting = notices_of(on_day)
    keeping = on_day.keeping
    if keeping is not None and not resting:  # Which notice an entry rests on is for others to say.
        of = on_day.of_kind(Listing)
        return keeping.conclude(MEMBERSHIPS, of, lambda each: _membership(each, None, on_day))
    return [_membership(each, resting.get(each.event_id), on_day) for each in listings]


class ChangedEntries(NamedTuple):
    """The entries that may stand otherwise than they did, oldest first, and those that are gone."""

    standing: list[Membership]
    gone: list[str]


def changed_entries(on_day: RecordOnDay, members: list[Membership]) -> ChangedEntries | None:
    """Give what changed since this was last asked of a kept record; None if all may have."""
    kept = on_day.kept
    if kept is None:
        return None
    concluded = kept.concluded(MEMBERSHIPS)
    ids = kept.told.changed(concluded, members)
    if ids is None:
        return None
    known, changed = concluded.known, set(ids)
    standing = sorted([known[each] for each in changed if each in known], key=MEMBERSHIPS.place)
    return ChangedEntries(standing, sorted([each for each in changed if each not in known]))


def notices_given(on_day: RecordOnDay) -> list[PendingNotice]:
    """Give every notice of the subject as it stands on the day, oldest first.

    Raises `KeyError` for a list that the rulebook lacks.
    """
    notices = on_day.of(NoticeGiven)
    if not notices:
        return []
    given = _NOTICES_GIVEN.get(on_day.slots)
    if given is None:
        keeping = on_day.keeping
        if keeping is not None and not on_day.of(Listing):  # An entry may have followed any.
            of = on_day.of_kind(NoticeGiven)
            given = keeping.conclude(NOTICES, of, lambda each: _pending(each, None, on_day))
        else:
            given = _given(on_day, notices)
        _NOTICES_GIVEN.fill(on_day.slots, given)
    return given


def _given(on_day: RecordOnDay, notices: Iterable[NoticeGiven]) -> list[PendingNotice]:
    listings = {listing.event_id: listing for listing in on_day.of(Listing)}
    followed: dict[str, Listing] = {}
    for entry_id, notice in notices_of(on_day).items():
        if defence_is_over(notice, listings[entry_id].day, on_day):
            followed.setdefault(notice.event_id, listings[entry_id])
    return [_pending(each, followed.get(each.event_id), on_day) for each in notices]


def pending_notices(on_day: RecordOnDay) -> list[PendingNotice]:
    """Give the notices that a decision may still follow, oldest first."""
    return [notice for notice in notices_given(on_day) if notice.stage in PENDING]


def next_list_change(on_day: RecordOnDay, members: Sequence[Membership]) -> date:
    """Give the next day on which time alone changes a membership or a notice, or `FOREVER`.

    What objections and repairs change by time is for `projections.day.effects` to say.
    """
    notices = notices_given(on_day)
    if not members and not notices:
        return FOREVER
    return min(_next_of(MEMBERSHIPS, members, on_day), _next_of(NOTICES, notices, on_day))


def _next_of(what: ConclusionKind, given: Sequence[Any], on_day: RecordOnDay) -> date:
    concluded = None if on_day.kept is None else on_day.kept.concluded(what)
    if concluded is not None and given is concluded.given:
        return concluded.next_day()
    changes_on, on = what.changes_on, on_day.rules.on
    return min([changes_on(each, on) for each in given], default=FOREVER)


def _entry_changes_on(member: Membership, on: date) -> date:
    until = member.until
    return until if member.status is _IN_EFFECT and until is not None and until > on else FOREVER


def _notice_changes_on(notice: PendingNotice, on: date) -> date:
    if notice.stage not in PENDING:
        return FOREVER
    last = notice.defence_until
    days = (notice.until, notice.heard_on, None if last is None else day_after(last))
    return min([day for day in days if day is not None and day > on], default=FOREVER)


MEMBERSHIPS: Final = ConclusionKind(
    Listing,
    attrgetter("since", "entry_id"),
    _entry_changes_on,
    beside=frozenset({KINDS[Default]}),
)
"""How entries stand on lists, where none rests on a notice; debts are behind some."""

NOTICES: Final = ConclusionKind(NoticeGiven, attrgetter("day", "event_id"), _notice_changes_on)
"""How notices stand that no entry followed."""


def _membership(listing: Listing, notice: NoticeGiven | None, on_day: RecordOnDay) -> Membership:
    rule = on_day.rules.rulebook.lists[listing.list]
    version = list_version(rule, listing.day)
    effect = on_day.effect(listing)
    until, ended_by = _end(listing, version, effect)
    flaw = _flaw(listing, version, notice, on_day)
    if flaw:
        status, stage, why = ListStatus.NO_EFFECT, ListingStage.DECIDED, flaw
    elif until <= on_day.rules.on:
        status, stage, why = ListStatus.ENDED, _STAGE_OF_END[ended_by], ended_by
    else:
        applied = effect.repair is RepairState.APPLIED
        stage = ListingStage.REPAIR_PENDING if applied else ListingStage.LISTED
        status, why = ListStatus.IN_EFFECT, ListReason.NONE
    return Membership(
        listing.event_id,
        listing.list,
        status,
        rule.is_serious(version),
        listing.ground,
        listing.document_no,
        listing.region,
        rule.domain,
        listing.day,
        listing.day_basis,
        None if until == FOREVER else until,
        why,
        f"list.{rule.code}@{version.start}",
        listing.department,
        rule.industry,
        rule.honours,
        stage,
        None if notice is None else notice.event_id,
        listing.responsible if version.responsible_persons else (),
        repairable_from(listing, version, on_day.counting(Default)),
        effect.repaired_on,
    )


def _end(listing: Listing, version: ListVersion, effect: Effect) -> tuple[date, ListReason]:
    """Give the first day after the membership and what ends it; of one day the decision counts."""
    term = listing.term_months
    if term is None:
        by_ground = version.grounds.get(listing.ground)
        term = by_ground if isinstance(by_ground, int) else None
    repaired = effect.repaired_on is not None and effect.repaired_on == effect.counts_until
    ends = (
        (listing.ended_on or FOREVER, ListReason.REMOVED),
        (effect.counts_until, ListReason.REPAIRED if repaired else ListReason.OBJECTION),
        (FOREVER if term is None else add_months(listing.day, term), ListReason.TERM_OVER),
    )
    return min(ends, key=lambda end: end[0])


def _flaw(
    listing: Listing, version: ListVersion, notice: NoticeGiven | None, on_day: RecordOnDay
) -> ListReason:
    """Say why an entry has no effect."""
    if not version.notice_required:
        return ListReason.NONE
    if version.imports_exempt and listing.source is Source.IMPORTED:
        return ListReason.NONE
    if notice is not None:
        # The notice itself is known, and what the entry says of it cannot shorten the defence.
        is_over = defence_is_over(notice, listing.day, on_day)
        return ListReason.NONE if is_over else ListReason.DEFENCE_PERIOD_OPEN
    told_on = listing.notified_on
    was_told = told_on is not None and told_on < listing.day
    return ListReason.NONE if was_told else ListReason.NO_PRIOR_NOTICE


def _pending(notice: NoticeGiven, entry: Listing | None, on_day: RecordOnDay) -> PendingNotice:
    rule = on_day.rules.rulebook.lists[notice.list]
    on = on_day.rules.on
    ends = (
        (FOREVER if entry is None else entry.day, ListingStage.DECIDED),
        (ends_on(notice, on_day.effect(notice)), ListingStage.WITHDRAWN),
        (lapses_on(notice, on_day), ListingStage.LAPSED),
    )
    until, ended = min(ends, key=lambda end: end[0])
    last = defence_until(notice, on_day)
    if until <= on:
        stage = ended
    elif last is None and (notice.heard_on is None or notice.heard_on > on):
        stage = ListingStage.NOTIFIED
    elif defence_is_over(notice, on, on_day):
        stage = ListingStage.DEFENCE_OVER
    else:
        stage = ListingStage.DEFENCE_OPEN
    return PendingNotice(
        notice.event_id,
        notice.list,
        notice.ground,
        notice.document_no,
        notice.department,
        notice.region,
        rule.domain,
        notice.day,
        last,
        notice.heard_on,
        None if until == FOREVER else until,
        None if entry is None else entry.event_id,
        stage,
        f"list.{rule.code}@{list_version(rule, notice.day).start}",
    )
