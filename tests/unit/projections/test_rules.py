"""Rules by day: months on the calendar, and one arrangement for all days between two changes."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from events.rulebook import load_rulebook
from projections.rules import RuleCalendar, RulesOfDay, add_months

_DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@given(_DAYS, st.integers(-1_200, 2_400))
def test_months_are_added_as_dateutil_adds_them(day: date, months: int) -> None:
    assert add_months(day, months) == day + relativedelta(months=months)


def test_a_month_that_lacks_the_day_ends_on_its_last() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2023, 1, 31), 1) == date(2023, 2, 28)
    assert add_months(date(2024, 8, 31), 3) == date(2024, 11, 30)


@settings(deadline=None)
@given(_DAYS)
def test_a_calendar_gives_a_day_the_rules_that_looking_them_up_gives(day: date) -> None:
    rulebook = load_rulebook()

    found, looked_up = RuleCalendar(rulebook).on(day), RulesOfDay(rulebook, day)

    assert found.on == looked_up.on == day
    assert found.warnings == looked_up.warnings
    assert found.supervision == looked_up.supervision
    assert found.scores == looked_up.scores
    assert found.next_change_on == looked_up.next_change_on


def test_the_past_seen_by_the_rules_of_today_has_their_versions() -> None:
    rules = RulesOfDay(load_rulebook(), date(2026, 11, 1))

    past = rules.seen_from(date(2010, 1, 1))

    assert past.on == date(2010, 1, 1)
    assert past.versions_on == rules.versions_on == date(2026, 11, 1)
    assert past.warnings == rules.warnings
    assert rules.seen_from(rules.on) is rules
