"""Rules by day: months on the calendar, and one arrangement for all days between two changes."""

from __future__ import annotations

from datetime import date

import msgspec
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from events.dates import add_months
from events.rules.dated import version_on
from events.rules.rulebook import Rulebook, load_rulebook
from events.rules.scope import Scope
from projections.calendar.rules import RuleCalendar, RulePlace, RulesOfDay

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


def _looked_up(kind: str, place: RulePlace, on: date) -> str | None:
    """Find the first rule of a kind that applies, as its scopes say, and keep nothing."""
    category = NARROWED.category_of(place[1])
    for rule in getattr(NARROWED, kind):
        if rule.scope.applies_to(place[0], category, place[2]):
            version = version_on(rule.in_force, on)
            if version is not None:
                return f"{rule.id}@{version.start}"
    return None


def _narrowed() -> Rulebook:
    """Give the rules with two more of disclosure, of a province and of a city of it."""
    rules = load_rulebook()
    whole = rules.disclosure[-1]
    narrow = [
        msgspec.structs.replace(whole, id=f"disclosure.{region}", scope=Scope(regions=[region]))
        for region in ("3301", "33")
    ]
    return msgspec.structs.replace(rules, disclosure=[*narrow, *rules.disclosure])


NARROWED = _narrowed()
NARROW_DAYS = [date(2015, 5, 5), date(2024, 6, 1), date(2026, 5, 1)]
SAME = {day: RulesOfDay(NARROWED, day) for day in NARROW_DAYS}


@given(
    st.sampled_from(["PenaltyImposed", "ObligationDefaulted", "GradeAssigned"]),
    st.sampled_from(["penalty.market", "default.loan", "default.wage", "grade.tax", "none"]),
    st.sampled_from(["330106", "330200", "331002", "310101", "110101", "33", "3301", ""]),
    st.sampled_from(NARROW_DAYS),
)
def test_a_rule_is_found_by_all_that_rules_tell_of_a_region(
    event_type: str, category: str, region: str, on: date
) -> None:
    place = (event_type, category, region)
    rules = SAME[on]
    found = rules.disclosure(place), rules.objection(place, on), rules.repair(place, on)

    assert [None if each is None else each.name for each in found] == [
        _looked_up(kind, place, on) for kind in ("disclosure", "objections", "repairs")
    ]
