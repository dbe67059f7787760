"""A joint measure ends with what it rests on: a removal, a repair, an honour, a grade, a payment."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from projections.record.matters import (
    Commitment,
    Default,
    Grade,
    Honour,
    Listing,
    Measure,
)
from tests.support.matters import a_matter, a_payment, effect
from tests.support.measured import STARTED, a_listing, a_measure, only, standing


def a_reward(
    day: str = "2025-02-01", *, measure: str = "tax_convenience", **fields: Any
) -> Measure:
    department = "market-zj" if measure == "inspection_exemption" else "tax-zj"
    return a_measure(day, **({"measure": measure, "department": department} | fields))


# What ends it.

EVASION = {"list": "major_tax_violator", "ground": "evasion", "notified_on": "2024-01-01"}
REPAIRED = effect(counts_until=date(2025, 6, 1), repaired_on=date(2025, 6, 1), repair="granted")


@pytest.mark.requirement(43)
@pytest.mark.parametrize(
    ("basis", "measure", "done", "lifted", "why"),
    [
        (a_listing(ended_on="2025-06-01"), {}, {}, "2025-06-01", "basis_ended"),
        (a_listing(), {}, {"listing": REPAIRED}, "2025-06-01", "basis_ended"),
        (a_listing("2024-02-29", **EVASION), {}, {}, "2027-02-28", "basis_ended"),
        (a_listing("2024-02-29", term_months=48), {}, {}, "2028-02-29", "basis_ended"),
        (a_listing(), {"until": "2025-06-30"}, {}, "2025-07-01", "term_over"),
        (a_listing(), {"until": "2028-02-28"}, {}, "2028-02-29", "term_over"),
        (a_listing(), {"ended_on": "2025-05-01"}, {}, "2025-05-01", "decision"),
        (
            a_listing(ended_on="2025-05-01"),
            {"ended_on": "2025-05-01"},
            {},
            "2025-05-01",
            "decision",
        ),
    ],
)
def test_a_measure_is_lifted_on_the_first_day_on_which_something_ends_it(
    basis: Listing, measure: dict[str, str], done: dict[str, Any], lifted: str, why: str
) -> None:
    end = date.fromisoformat(lifted)
    matters = (basis, a_measure(**measure))

    assert standing(end - timedelta(days=1), *matters, **done) == STARTED
    for day in (end, end + timedelta(days=1)):
        assert standing(day, *matters, **done) == ("lifted", why)
    assert only(end, *matters, **done).until == end
    assert only(end - timedelta(days=1), *matters, **done).until == end


def test_a_measure_comes_back_with_a_basis_whose_repair_lapsed() -> None:
    matters = (a_listing(), a_measure())

    assert standing("2025-07-01", *matters, listing=REPAIRED) == ("lifted", "basis_ended")
    assert standing("2025-09-01", *matters, listing=effect(repair="lapsed")) == STARTED


@pytest.mark.requirement(43)
@pytest.mark.parametrize(
    ("honour", "last", "first_without"),
    [
        ({"valid_until": "2025-12-31"}, "2025-12-31", "2026-01-01"),
        ({"valid_until": "2028-02-29"}, "2028-02-29", "2028-03-01"),
        ({"ended_on": "2025-06-01"}, "2025-05-31", "2025-06-01"),
    ],
)
def test_a_reward_ends_with_the_honour_that_it_rests_on(
    honour: dict[str, str], last: str, first_without: str
) -> None:
    matters = (
        a_matter(Honour, "2025-01-10", **honour),
        a_measure(measure="fast_lane", because="honour"),
    )

    assert standing(last, *matters) == STARTED
    assert standing(first_without, *matters) == ("lifted", "basis_ended")


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([("2026-04-01", "A", None)], STARTED),
        ([("2026-04-01", "B", None)], ("lifted", "basis_ended")),
        ([("2026-04-01", "A", None), ("2027-04-01", "C", None)], ("lifted", "basis_ended")),
        ([], STARTED),
    ],
    ids=["carried on", "fell", "carried on, then fell", "alone"],
)
def test_a_reward_for_a_grade_lasts_while_the_later_grades_deserve_it(
    later: list[tuple[str, str, str | None]], expected: tuple[str, str]
) -> None:
    grades = [
        a_matter(Grade, day, event_id=f"grade of {day}", grade=grade, valid_until=until)
        for day, grade, until in [("2025-01-10", "A", None), *later]
    ]
    of_labour = a_matter(Grade, "2026-01-01", event_id="labour", scheme="labour", grade="C")

    reward = a_reward(because="grade of 2025-01-10")
    assert standing("2028-01-01", *grades, of_labour, reward) == expected
    if expected != STARTED:
        fell = grades[-1].day
        assert standing(fell - timedelta(days=1), *grades[:-1], reward) == STARTED
        assert only("2028-01-01", *grades, reward).until == fell


def test_a_grade_of_limited_validity_carries_a_reward_to_its_last_day_or_to_the_next_grade() -> (
    None
):
    first = a_matter(Grade, "2025-01-10", event_id="1", valid_until="2025-12-31")
    next_one = a_matter(Grade, "2026-01-01", event_id="2", valid_until="2026-12-31")
    too_late = a_matter(Grade, "2026-01-02", event_id="3")
    reward = a_reward(because="1")

    assert only("2025-06-01", first, reward).until == date(2026, 1, 1)
    assert only("2026-06-01", first, next_one, reward).until == date(2027, 1, 1)
    assert only("2026-06-01", first, too_late, reward).until == date(2026, 1, 1)


def test_a_grade_given_before_the_one_that_a_reward_rests_on_does_not_end_it() -> None:
    earlier = a_matter(Grade, "2024-04-01", event_id="1", grade="D")
    grade = a_matter(Grade, "2025-01-10", event_id="2")

    assert standing("2025-06-01", earlier, grade, a_reward(because="2")) == STARTED


@pytest.mark.parametrize(
    ("initiated", "when", "expected"),
    [
        ("2014-09-30", "2014-09-30", STARTED),
        ("2014-09-30", "2014-10-01", ("lifted", "withdrawn")),
        ("2014-10-01", "2014-10-01", ("no_effect", "not_published")),
    ],
)
def test_a_measure_taken_from_the_published_list_is_taken_no_longer(
    initiated: str, when: str, expected: tuple[str, str]
) -> None:
    grade = a_matter(Grade, "2014-01-10", scheme="market", category="grade.market")
    reward = a_reward(initiated, measure="inspection_exemption", because="grade")

    assert standing(when, grade, reward) == expected


def test_a_measure_for_what_is_owed_ends_with_its_payment() -> None:
    owed = a_matter(Default, "2025-01-10", payments=(a_payment("2025-05-01"),))
    measure = a_measure(measure="key_supervision", because="default")

    assert standing("2025-04-30", owed, measure) == STARTED
    assert standing("2025-05-01", owed, measure) == ("lifted", "basis_ended")


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (None, ("no_effect", "basis_without_effect")),
        ("2025-02-01", STARTED),
        ("2025-02-02", ("no_effect", "before_basis")),
    ],
)
def test_a_commitment_is_a_basis_from_the_day_on_which_it_was_broken(
    broken: str | None, expected: tuple[str, str]
) -> None:
    payments = () if broken is None else (a_payment(broken, cleared=False, breached=True),)
    promise = a_matter(Commitment, "2025-01-10", payments=payments)
    measure = a_measure(measure="no_simplified_procedure", because="commitment")

    assert standing("2025-03-01", promise, measure) == expected
