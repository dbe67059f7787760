"""Who may see the records of a tally: by their day, as if each record were asked by itself."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from events.dates import FOREVER, add_months
from events.envelope import Disclosure
from events.rules.versions import Clock, Periods
from projections.calendar.rules import RulesOfDay
from projections.profile.disclosure import UNLIMITED, Limits, NoDisclosureRuleError
from projections.profile.tallies import NO_DAY, ShownFrom, shown_tallies
from projections.record.credit_record import Kind
from tests.support.given import CALENDAR

CASES = Kind("CaseFiled", "case.filed", Disclosure.SHARED, None)
ON = date(2026, 2, 28)


def test_cases_are_counted_for_state_organs_for_five_years() -> None:
    day = date(2021, 1, 10).toordinal()

    found = shown_tallies(CASES, CALENDAR.on(date(2026, 1, 9)))
    assert (found.public_since, found.shared_since) == (NO_DAY, day)
    assert found.changes_on(NO_DAY, day) == date(2026, 1, 10)
    over = shown_tallies(CASES, CALENDAR.on(date(2026, 1, 10)))
    assert (over.public_since, over.shared_since) == (NO_DAY, day + 1)
    assert over.changes_on(NO_DAY, NO_DAY) == FOREVER


@pytest.mark.parametrize("general", [0, 1, 6, 12, 36, 60, "open", "term", "always"])
@pytest.mark.parametrize("ended", [None, ON, ON + timedelta(days=1)])
def test_the_first_day_shown_is_found_as_by_asking_each_day(
    general: int | str, ended: date | None
) -> None:
    periods = msgspec.convert({"clock": Clock.RECOGNISED, "general": general}, Periods)
    limits = UNLIMITED if ended is None else Limits(ended, ended, FOREVER, None)
    found = ShownFrom(periods, limits, limits.public_latest, ON)

    def is_shown(day: date) -> bool:
        latest = limits.public_latest
        if general == "open":
            return latest > ON
        if general == "always":
            return latest > ON
        months = 36 if general == "term" else general
        assert isinstance(months, int)
        return months > 0 and min(add_months(day, months), latest) > ON

    days = [ON - timedelta(days=days) for days in range(2_000)]
    assert [day.toordinal() >= found.since for day in days] == [is_shown(day) for day in days]


def test_what_a_subject_must_authorise_is_shown_of_no_day() -> None:
    hidden = shown_tallies(
        Kind("CaseFiled", "case.filed", Disclosure.AUTHORISED, None), CALENDAR.on(ON)
    )

    assert (hidden.public_since, hidden.shared_since) == (NO_DAY, NO_DAY)


def test_a_record_that_no_rule_holds_is_an_error_that_names_it() -> None:
    rulebook = msgspec.structs.replace(CALENDAR.rulebook, disclosure=[])

    with pytest.raises(NoDisclosureRuleError, match=r"CaseFiled of case\.filed on 2025-01-01"):
        shown_tallies(CASES, RulesOfDay(rulebook, date(2025, 1, 1)))
