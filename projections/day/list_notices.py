"""Which notice (列入告知) a list entry rests on, and when the subject's defence is over. Pure."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 - mypyc needs it at run time
from datetime import date, timedelta
from typing import TYPE_CHECKING, final

from events.dates import FOREVER, add_months
from events.numbers import number_key
from projections.calendar.rules import list_version
from projections.record.matters import Listing, NoticeGiven

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.day.effects import Effect
    from projections.day.record_on_day import RecordOnDay


def notices_of(on_day: RecordOnDay) -> Mapping[str, NoticeGiven]:
    """Give the notice that each entry rests on, by the entry's id.

    A notice serves one decision: who is listed again needs another, unless the decision names it.
    """
    notices = on_day.of(NoticeGiven)
    if not notices or not on_day.of(Listing):
        return {}
    offered = _Offered(notices)
    resting: dict[str, NoticeGiven] = {}
    for listing in on_day.of(Listing):
        fitting = [
            latest
            for among in offered.to(listing)
            if (latest := _latest(among, listing, on_day)) is not None
        ]
        if fitting:
            is_over, _, _, notice = max(fitting, key=lambda latest: latest[:3])
            resting[listing.event_id] = notice
            if is_over:
                offered.spend(notice, listing)
    return resting


@final
class _Offered:
    """Notices by what a decision may rest on, so that none looks through those of all others."""

    def __init__(self, notices: Sequence[NoticeGiven]) -> None:
        self._by_number: dict[tuple[str, str], list[NoticeGiven]] = {}
        self._by_ground: dict[tuple[str, str], list[NoticeGiven]] = {}
        self._spent: dict[tuple[str, str, str], list[NoticeGiven]] = {}
        self._spent_ids: set[str] = set()
        for notice in notices:
            self._by_ground.setdefault((notice.list, notice.ground), []).append(notice)
            if notice.document_no is not None:
                number = notice.list, number_key(notice.document_no)
                self._by_number.setdefault(number, []).append(notice)

    def to(self, listing: Listing) -> list[list[NoticeGiven]]:
        """Give what a decision may rest on: what it names, or what none or itself has spent."""
        if listing.notice_no is not None:
            return [self._by_number.get((listing.list, number_key(listing.notice_no)), [])]
        place = listing.list, listing.ground
        return [
            self._by_ground.get(place, []),
            self._spent.get((*place, listing.document_no), []),
        ]

    def spend(self, notice: NoticeGiven, listing: Listing) -> None:
        """Keep a notice for the first decision that rests on it."""
        if notice.event_id not in self._spent_ids:
            self._spent_ids.add(notice.event_id)
            place = notice.list, notice.ground
            self._by_ground[place].remove(notice)
            spent = self._spent.setdefault((*place, listing.document_no), [])
            spent.append(notice)
            spent.sort(key=lambda each: (each.day, each.event_id))


def _latest(
    notices: Sequence[NoticeGiven], listing: Listing, on_day: RecordOnDay
) -> tuple[bool, date, str, NoticeGiven] | None:
    """Give the latest notice that the subject could answer, else the latest, and which it is."""
    latest: tuple[bool, date, str, NoticeGiven] | None = None
    for notice in reversed(notices):
        if _fits(notice, listing, on_day):
            is_over = defence_is_over(notice, listing.day, on_day)
            if is_over or latest is None:
                latest = is_over, notice.day, notice.event_id, notice
            if is_over:
                break
    return latest


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


def _fits(notice: NoticeGiven, listing: Listing, on_day: RecordOnDay) -> bool:
    if notice.day > listing.day or ends_on(notice, on_day.effect(notice)) <= listing.day:
        return False
    return listing.notice_no is not None or listing.day < lapses_on(notice, on_day)
