"""A notice of listing goes through its stages, and a list changes by time alone on announced days only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from events.dates import FOREVER
from projections.day.list_notices import notices_of
from projections.day.lists import memberships, next_list_change, notices_given, pending_notices
from projections.day.shapes import Membership, PendingNotice
from projections.record.matters import AnyMatter
from tests.support.listed import a_court_entry, a_notice, an_entry
from tests.support.matters import effect, on_day


def pending(when: str | date, *matters: AnyMatter) -> PendingNotice:
    (notice,) = notices_given(on_day(when, *matters))
    return notice


# Notices that wait for a decision.


@pytest.mark.parametrize(
    ("fields", "when", "stage"),
    [
        ({}, "2025-01-02", "notified"),
        ({"heard_on": "2025-01-05"}, "2025-01-04", "notified"),
        ({"heard_on": "2025-01-05"}, "2025-01-05", "defence_over"),
        ({"defence_until": "2025-01-10"}, "2025-01-10", "defence_open"),
        ({"defence_until": "2025-01-10"}, "2025-01-11", "defence_over"),
        ({"defence_until": "2025-01-10", "heard_on": "2025-01-05"}, "2025-01-04", "defence_open"),
        ({"defence_until": "2025-01-10", "heard_on": "2025-01-05"}, "2025-01-05", "defence_over"),
        ({}, "2026-01-01", "notified"),
        ({}, "2026-01-02", "lapsed"),
        ({"ended_on": "2025-03-01"}, "2025-02-28", "notified"),
        ({"ended_on": "2025-03-01"}, "2025-03-01", "withdrawn"),
    ],
)
def test_a_notice_goes_through_its_stages_day_by_day(
    fields: dict[str, str], when: str, stage: str
) -> None:
    notice = a_notice("2025-01-02", **fields)

    assert pending(when, notice).stage == stage
    is_pending = stage in ("notified", "defence_open", "defence_over")
    assert len(pending_notices(on_day(when, notice))) == is_pending


@pytest.mark.parametrize(
    ("decided", "entry_id", "stage", "until"),
    [
        ("2025-01-10", None, "defence_over", date(2026, 1, 2)),
        ("2025-01-11", "entry", "decided", date(2025, 1, 11)),
    ],
)
def test_a_notice_is_decided_by_an_entry_that_waited_for_the_defence(
    decided: str, entry_id: str | None, stage: str, until: date
) -> None:
    notice = pending("2025-02-01", a_notice(defence_until="2025-01-10"), an_entry(decided))

    assert (notice.entry_id, notice.stage, notice.until) == (entry_id, stage, until)
    assert notice.decided == (entry_id is not None)


def test_a_notice_shows_the_last_day_of_the_defence_that_the_rule_gives() -> None:
    notice = a_notice("2025-03-01", list="market_serious", ground="food")

    assert pending("2025-03-02", notice).defence_until == date(2025, 3, 6)
    assert pending("2025-03-02", notice).rule == "list.market_serious@2024-05-01"


# Time alone.

LIFE: tuple[AnyMatter, ...] = (
    a_notice("2024-02-20", event_id="1", defence_until="2024-02-29"),
    an_entry("2024-03-05", event_id="2", term_months=1),
    a_notice("2024-03-10", event_id="3", ground="fled", heard_on="2024-03-20"),
    a_notice("2024-03-10", event_id="4", ground="violence", ended_on="2024-04-01"),
    an_entry("2024-03-12", event_id="5", notified_on="2024-03-01", ended_on="2024-03-31"),
    a_court_entry("2024-03-15", event_id="6", ended_on="2024-05-01"),
    a_notice("2024-03-15", event_id="7", ground="other", defence_until="2024-03-25"),
)


def test_a_day_on_which_time_alone_changes_something_is_announced_and_no_other() -> None:
    """Everything is known from the start, as to one who asks the past as known today."""
    known = [m for m in LIFE if m.day <= date(2024, 3, 15)]
    today = date(2024, 3, 15)
    announced = _announced(today, known)
    days: list[date] = []
    while today < date(2025, 12, 31):
        before = _concluded(today, known)
        today += timedelta(days=1)
        if today == announced:
            days.append(today)
            assert _concluded(today, known) != before, today
            announced = _announced(today, known)
        else:
            assert _concluded(today, known) == before, today

    assert announced == FOREVER
    assert [day.isoformat() for day in days] == [
        "2024-03-20",
        "2024-03-26",
        "2024-03-31",
        "2024-04-01",
        "2024-04-05",
        "2024-05-01",
        "2025-03-10",
        "2025-03-15",
    ]


def _announced(today: date, known: list[AnyMatter]) -> date:
    on = on_day(today, *known)
    return next_list_change(on, memberships(on))


def _concluded(today: date, known: list[AnyMatter]) -> tuple[list[Membership], list[PendingNotice]]:
    on = on_day(today, *known)
    return memberships(on), pending_notices(on)


# A record with many of them.


class Looks(dict[str, Any]):
    """What is done to some records whatever they say: nothing; counts how often it is asked."""

    def __init__(self) -> None:
        """Nobody has asked; what is empty would not be asked at all."""
        super().__init__({"another": effect()})
        self.count = 0

    def get(self, event_id: str, default: Any = None, /) -> Any:
        """Find nothing, and count it."""
        self.count += 1
        return super().get(event_id, default)


@pytest.mark.parametrize("named", [True, False])
def test_what_each_entry_rests_on_costs_what_their_number_is_and_not_its_square(
    named: bool,  # noqa: FBT001 - a case of the test
) -> None:
    def looks(count: int) -> int:
        first = date(2024, 1, 1)
        notices = [
            a_notice(str(first), event_id=f"notice {n}", document_no=f"告{n}") for n in range(count)
        ]
        entries = [
            an_entry(
                str(first + timedelta(days=90 + n)),
                event_id=f"entry {n}",
                document_no=f"列{n}",
                notice_no=f"告{n}" if named else None,
            )
            for n in range(count)
        ]
        asked = Looks()
        day = on_day("2025-01-01", *notices, *entries, effects=asked)
        rested_on = {notice.event_id for notice in notices_of(day).values()}
        assert len(rested_on) == count
        return asked.count

    assert looks(80) <= 2 * looks(40)
