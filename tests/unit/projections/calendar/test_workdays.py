"""Which days are worked in China, and when a period of working days is over."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256

import pytest
from holidays.countries.china import China
from hypothesis import given
from hypothesis import strategies as st

from projections.calendar.workdays import (
    KNOWN_FROM,
    KNOWN_UNTIL,
    after_working_days,
    is_provisional,
    is_working_day,
    working_days_between,
)


def day(text: str) -> date:
    return date.fromisoformat(text)


def year_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(n) for n in range((date(year + 1, 1, 1) - first).days)]


# As announced: the weekends that are worked, and the other days that are free.
ANNOUNCED = [
    (
        2020,
        "01-19 04-26 05-09 06-28 09-27 10-10",
        (
            "01-01 01-24 01-27 01-28 01-29 01-30 01-31 04-06 05-01 05-04 05-05 06-25 06-26 "
            "10-01 10-02 10-05 10-06 10-07 10-08"
        ),
    ),
    (
        2021,
        "02-07 02-20 04-25 05-08 09-18 09-26 10-09",
        (
            "01-01 02-11 02-12 02-15 02-16 02-17 04-05 05-03 05-04 05-05 06-14 09-20 09-21 "
            "10-01 10-04 10-05 10-06 10-07"
        ),
    ),
    (
        2022,
        "01-29 01-30 04-02 04-24 05-07 10-08 10-09",
        (
            "01-03 01-31 02-01 02-02 02-03 02-04 04-04 04-05 05-02 05-03 05-04 06-03 09-12 "
            "10-03 10-04 10-05 10-06 10-07"
        ),
    ),
    (
        2023,
        "01-28 01-29 04-23 05-06 06-25 10-07 10-08",
        (
            "01-02 01-23 01-24 01-25 01-26 01-27 04-05 05-01 05-02 05-03 06-22 06-23 09-29 "
            "10-02 10-03 10-04 10-05 10-06"
        ),
    ),
    (
        2024,
        "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
        (
            "01-01 02-12 02-13 02-14 02-15 02-16 04-04 04-05 05-01 05-02 05-03 06-10 09-16 09-17 "
            "10-01 10-02 10-03 10-04 10-07"
        ),
    ),
    (
        2025,
        "01-26 02-08 04-27 09-28 10-11",
        (
            "01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 "
            "10-01 10-02 10-03 10-06 10-07 10-08"
        ),
    ),
    (
        2026,
        "01-04 02-14 02-28 05-09 09-20 10-10",
        (
            "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 "
            "10-01 10-02 10-05 10-06 10-07"
        ),
    ),
]


@pytest.mark.parametrize(("year", "worked", "free"), ANNOUNCED)
def test_the_days_of_a_year_are_those_announced(year: int, worked: str, free: str) -> None:
    days = year_of(year)

    assert [f"{d:%m-%d}" for d in days if d.weekday() >= 5 and is_working_day(d)] == worked.split()
    assert [f"{d:%m-%d}" for d in days if d.weekday() < 5 and not is_working_day(d)] == free.split()


COUNTS = [
    *(253, 249, 251, 252, 251, 251, 249, 251, 250, 250),  # 2001 to 2010
    *(250, 249, 250, 250, 249, 250, 249, 250, 250),
]
DIGEST = "f1d3ccc4554b590134acbc37702f39da74bda7188932f2332db0726acd4ee9f9"


def test_an_upgrade_of_the_library_does_not_edit_the_years_before() -> None:
    """The counts say which year differs, the digest that a day does."""
    worked = [[d for d in year_of(year) if is_working_day(d)] for year in range(2001, 2020)]
    written = " ".join(d.isoformat() for year in worked for d in year)

    assert [len(year) for year in worked] == COUNTS
    assert sha256(written.encode()).hexdigest() == DIGEST


def test_a_weekend_worked_for_the_year_to_come_is_worked() -> None:
    assert is_working_day(day("2005-12-31"))
    assert is_working_day(day("2007-12-29"))


# By 全国年节及纪念日放假办法 of 2024, the festivals by the moon as almanacs have them; of what falls on
# a weekend the next working day is free.
BY_LAW = [
    (2027, "01-01 02-05 02-08 02-09 02-10 04-05 05-03 05-04 06-09 09-15 10-01 10-04 10-05"),
    (2028, "01-03 01-25 01-26 01-27 01-28 04-04 05-01 05-02 05-29 10-02 10-03 10-04"),
    (2029, "01-01 02-12 02-13 02-14 02-15 04-04 05-01 05-02 06-18 09-24 10-01 10-02 10-03"),
]


@pytest.mark.parametrize(("year", "free"), BY_LAW)
def test_in_a_year_not_announced_yet_the_days_of_the_law_are_free(year: int, free: str) -> None:
    days = year_of(year)

    assert not any(is_working_day(d) for d in days if d.weekday() >= 5), "no weekend is known"
    assert [f"{d:%m-%d}" for d in days if d.weekday() < 5 and not is_working_day(d)] == free.split()


def test_what_ends_in_a_year_not_announced_yet_is_provisional() -> None:
    assert not is_provisional(KNOWN_UNTIL)
    assert is_provisional(KNOWN_UNTIL + timedelta(1))


def test_beyond_the_almanac_only_weekends_are_free() -> None:
    for year in (1949, 2101):
        assert all(is_working_day(d) == (d.weekday() < 5) for d in year_of(year))


def test_what_is_called_known_has_weekends_that_are_worked() -> None:
    """Where a year is announced some are; so a library that holds the next year shows here."""

    def weekends_worked(year: int) -> int:
        announced = China(years=year)
        return sum(announced.is_working_day(d) for d in year_of(year) if d.weekday() >= 5)

    assert weekends_worked(KNOWN_FROM.year) > 0
    assert weekends_worked(KNOWN_UNTIL.year) > 0
    assert weekends_worked(KNOWN_FROM.year - 1) == 0
    assert weekends_worked(KNOWN_UNTIL.year + 1) == 0


@pytest.mark.parametrize(
    ("since", "count", "last", "why"),
    [
        ("2024-03-04", 1, "2024-03-05", "the day after"),
        ("2024-03-08", 1, "2024-03-11", "a Friday, then a weekend"),
        ("2024-03-09", 1, "2024-03-11", "a Saturday"),
        ("2024-02-28", 1, "2024-02-29", "a leap day"),
        ("2023-02-28", 1, "2023-03-01", "no leap day"),
        ("2024-09-30", 1, "2024-10-08", "the week of the National Day"),
        ("2024-09-27", 1, "2024-09-29", "a Friday before it, and a Sunday that is worked"),
        ("2024-09-27", 7, "2024-10-12", "with a Saturday that is worked at its end"),
        ("2024-12-31", 1, "2025-01-02", "into a new year"),
        ("2020-01-23", 5, "2020-02-07", "the holidays of 2020, which were made longer"),
        ("2024-03-04", 0, "2024-03-04", "no period"),
        ("2026-12-31", 1, "2027-01-04", "New Year is free by law, and it is a Friday"),
        ("2027-02-04", 1, "2027-02-11", "the Spring Festival, of which two days are a weekend"),
    ],
)
def test_a_period_begins_the_day_after_and_ends_on_a_working_day(
    since: str, count: int, last: str, why: str
) -> None:
    assert after_working_days(day(since), count) == day(last), why


@given(
    st.dates(date(1999, 1, 1), date(2029, 12, 31)),
    st.integers(min_value=1, max_value=600),
)
def test_between_a_day_and_the_end_of_a_period_lie_its_working_days(
    since: date, count: int
) -> None:
    last = after_working_days(since, count)

    assert is_working_day(last)
    assert working_days_between(since, last) == count
    assert working_days_between(since, last - timedelta(1)) == count - 1


def test_of_no_time_there_are_no_working_days() -> None:
    assert working_days_between(day("2024-03-05"), day("2024-03-05")) == 0
    assert working_days_between(day("2024-03-06"), day("2024-03-05")) == 0


def test_a_period_beyond_the_end_of_time_has_no_end() -> None:
    assert after_working_days(date(9999, 12, 30), 20) == date.max
