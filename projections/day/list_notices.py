"""Which notice (列入告知) a list entry rests on, and when the subject's defence is over. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from events.dates import FOREVER, add_months
from events.numbers import same_number
from projections.calendar.rules import list_version
from projections.record.matters import Listing, NoticeGiven

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from projections.day.effects import Effect
    from projections.day.record_on_day import RecordOnDay


def notices_of(on_day: RecordOnDay) -> Mapping[str, NoticeGiven]:
    """Give the notice that each entry rests on, by the entry's id.

    A notice serves one decision: who is listed again needs another, unless the decision names it.
    """
    notices = on_day.of(NoticeGiven)
    resting: dict[str, NoticeGiven] = {}
    spent: dict[str, str] = {}
    for listing in on_day.of(Listing) if notices else ():
        fitting = [
            (defence_is_over(notice, listing.day, on_day), notice.day, notice.event_id, notice)
            for notice in notices
            if _fits(notice, listing, spent.get(notice.event_id), on_day)
        ]
        if fitting:
            # Of several the latest of those that the subject could answer counts.
            is_over, _, notice_id, notice = max(fitting, key=lambda found: found[:3])
            resting[listing.event_id] = notice
            if is_over:
                spent.setdefault(notice_id, listing.document_no)
    return resting


def defence_until(notice: NoticeGiven, on_day: RecordOnDay) -> date | None:
    """Give the last day of the defence: the notice's own, else by the rule; None is not known."""
    if notice.defence_until is not None:
        return notice.defence_until
    days = list_version(on_day.rules.rulebook.lists[notice.list], notice.day).defence_days
    return notice.day + timedelta(days=days) if days else None


def defence_is_over(notice: NoticeGiven, day: date, on_day: RecordOnDay) -> bool:
    """Say whether by a day the time for a defence is over, or the subject was heard or waived.

    Where no such time is known, it is taken as over from the day after the notice on.
    """
    last = defence_until(notice, on_day)
    was_heard = notice.heard_on is not None and notice.heard_on <= day
    return (notice.day if last is None else last) < day or was_heard


def lapses_on(notice: NoticeGiven, on_day: RecordOnDay) -> date:
    """Give the first day on which a notice that no entry followed is no longer pending."""
    months = list_version(on_day.rules.rulebook.lists[notice.list], notice.day).notice_stands_months
    return FOREVER if months is None else add_months(notice.day, months)


def ends_on(notice: NoticeGiven, effect: Effect) -> date:
    """Give the first day on which a notice no longer stands, withdrawn or upon objection."""
    return min(notice.ended_on or FOREVER, effect.counts_until)


def _fits(notice: NoticeGiven, listing: Listing, spent_on: str | None, on_day: RecordOnDay) -> bool:
    if notice.list != listing.list or notice.day > listing.day:
        return False
    if ends_on(notice, on_day.effect(notice)) <= listing.day:
        return False
    if listing.notice_no is not None:
        return same_number(listing.notice_no, notice.document_no)
    return (
        notice.ground == listing.ground
        and listing.day < lapses_on(notice, on_day)
        and spent_on in (None, listing.document_no)
    )
