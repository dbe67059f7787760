"""Which early warnings hold on a day, at which level, since when, on what evidence."""

from __future__ import annotations

from datetime import date

import pytest

from events.rules.versions import WarningKind
from projections.record.marks import Payment
from projections.record.matters import (
    Grade,
    Penalty,
)
from tests.support.recorded import (
    paid,
    recorded,
    ruled,
    warned_on,
)
from tests.support.warned import RED, course, level, owing, penalties


@pytest.mark.requirement(59)
@pytest.mark.parametrize(
    ("days", "on", "expected"),
    [
        (["2025-01-10"], "2025-01-09", None),
        (["2025-01-10"], "2025-01-10", "blue"),
        (["2025-01-10"], "2026-01-09", "blue"),
        (["2025-01-10"], "2026-01-10", None),
        (["2024-02-29"], "2025-02-27", "blue"),
        (["2024-02-29"], "2025-02-28", None),
        (["2025-01-10", "2025-07-09"], "2025-07-09", "yellow"),
        (["2025-01-10", "2025-07-10"], "2025-07-10", "blue"),
        (["2025-01-10", "2025-07-09"], "2025-07-10", "blue"),
        (["2025-01-10", "2025-06-10", "2026-01-09"], "2026-01-09", "yellow"),
        (["2025-01-10", "2025-06-10", "2026-01-10"], "2026-01-10", "blue"),
    ],
)
def test_penalties_count_within_sliding_windows(
    days: list[str], on: str, expected: str | None
) -> None:
    assert level(on, *penalties(*days)) == expected


def three_departments(*more: str) -> list[Penalty]:
    return [
        recorded(Penalty, f"2025-0{n}-10", department=department)
        for n, department in enumerate(("market-zj", "ecology-zj", "labour-zj", *more), 1)
    ]


@pytest.mark.requirement(90)
def test_three_departments_in_a_year_are_orange_and_two_are_not() -> None:
    assert level("2025-04-01", *three_departments()) == "orange"
    assert level("2025-04-01", *three_departments()[:2], *penalties("2025-03-10")) == "yellow"


def test_what_no_longer_comes_from_three_departments_is_no_longer_orange() -> None:
    """Three penalties are left when the first drops out, but of two departments."""
    four = three_departments("labour-zj")
    assert level("2026-01-09", *four) == "orange"
    assert level("2026-01-10", *four) == "yellow"


@pytest.mark.parametrize(
    ("balance_fen", "expected"),
    [
        (None, None),
        (0, None),
        (4_999_999, None),
        (5_000_000, "yellow"),
        (49_999_999, "yellow"),
        (50_000_000, "orange"),
        (199_999_999, "orange"),
        (200_000_000, "red"),
    ],
)
def test_arrears_reach_a_level_at_its_very_amount(
    balance_fen: int | None, expected: str | None
) -> None:
    asked = owing("2025-01-10", balance_fen)
    assert level("2025-02-01", asked, rule="warning.tax_arrears") == expected


def test_arrears_of_several_announcements_add_up() -> None:
    both = owing("2025-01-10", 2_500_000), owing("2025-01-11", 2_500_000)
    assert level("2025-01-10", *both, rule="warning.tax_arrears") is None
    assert level("2025-01-11", *both, rule="warning.tax_arrears") == "yellow"


def test_arrears_stay_warned_of_until_they_are_well_below_the_amount_since_2026() -> None:
    def at(on: str, left: int) -> str | None:
        asked = owing("2025-01-10", 6_000_000, paid("2025-06-01", 6_000_000 - left))
        return level(on, asked, rule="warning.tax_arrears")

    assert at("2025-12-31", 4_999_999) is None
    assert at("2026-01-01", 4_999_999) == "yellow"
    assert at("2026-01-01", 4_000_000) == "yellow"
    assert at("2026-01-01", 3_999_999) is None


@pytest.mark.parametrize(
    ("lift_below", "payments", "left_on"),
    [
        (40, [paid("2025-02-01", 10), paid("2025-03-01", 1)], "2025-03-01"),
        (40, [paid("2025-02-01", 11)], "2025-02-01"),
        (None, [paid("2025-02-01", 1)], "2025-02-01"),
    ],
)
def test_a_level_is_left_below_its_own_amount(
    lift_below: int | None, payments: list[Payment], left_on: str
) -> None:
    threshold = {"level": "red", "at_least": 50, "lift_below": lift_below}
    asked = owing("2025-01-10", 50, *payments)
    assert course(ruled(threshold, signal="arrears_fen"), "2025-01-09", "2025-12-31", asked) == [
        ("2025-01-09", None),
        ("2025-01-10", "red"),
        (left_on, None),
    ]


def test_what_lies_between_the_two_amounts_does_not_reach_a_level() -> None:
    calendar = ruled({"level": "red", "at_least": 50, "lift_below": 40}, signal="arrears_fen")
    asked = [
        owing("2025-01-10", 50, paid("2025-02-01", 20), event_id="a"),
        owing("2025-03-01", 15, event_id="b"),
        owing("2025-04-01", 5, event_id="c"),
    ]
    assert course(calendar, "2025-01-10", "2025-12-31", *asked) == [
        ("2025-01-10", "red"),
        ("2025-02-01", None),
        ("2025-04-01", "red"),
    ]


def ended(first: str, last: str, event_id: str = "a") -> Penalty:
    return recorded(Penalty, first, ended_on=last, event_id=event_id)


def test_a_held_warning_is_lifted_when_it_was_below_for_all_the_days_of_hold() -> None:
    calendar = ruled(RED, hold_days=10)
    asked = ended("2025-01-10", "2025-02-01")

    assert course(calendar, "2025-01-01", "2025-12-31", asked) == [
        ("2025-01-01", None),
        ("2025-01-10", "red"),
        ("2025-02-11", None),
    ]


def test_a_held_warning_names_what_it_rested_on_last() -> None:
    asked = [ended("2025-01-10", "2025-01-20", "old"), ended("2025-01-12", "2025-02-01", "last")]
    calendar = ruled(RED, hold_days=10)
    (held,) = warned_on("2025-02-10", *asked, calendar=calendar).values()

    assert held.evidence == ("last",)
    assert held.expires_on == date(2025, 2, 11)


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        ("2025-02-10", [("2025-01-10", "red"), ("2025-03-11", None)]),
        ("2025-02-11", [("2025-01-10", "red"), ("2025-03-11", None)]),
        (
            "2025-02-12",
            [
                ("2025-01-10", "red"),
                ("2025-02-11", None),
                ("2025-02-12", "red"),
                ("2025-03-11", None),
            ],
        ),
    ],
)
def test_what_comes_back_within_the_hold_breaks_no_presence(
    again: str, expected: list[tuple[str, str | None]]
) -> None:
    calendar = ruled(RED, hold_days=10)
    asked = [ended("2025-01-10", "2025-02-01"), ended(again, "2025-03-01", "b")]

    assert course(calendar, "2025-01-10", "2025-12-31", *asked) == expected
    (warning,) = warned_on("2025-02-20", *asked, calendar=calendar).values()
    assert warning.since == date(2025, 1, 10) if len(expected) == 2 else date(2025, 2, 12)


def test_a_hold_begins_anew_with_each_fall() -> None:
    calendar = ruled(RED, hold_days=10)
    asked = [ended("2025-01-10", "2025-02-01"), ended("2025-02-05", "2025-02-06", "b")]
    assert course(calendar, "2025-01-10", "2025-12-31", *asked) == [
        ("2025-01-10", "red"),
        ("2025-02-16", None),
    ]


def test_a_warning_is_present_since_the_day_before_which_there_was_none() -> None:
    """Neither a change of level nor of evidence begins it anew."""
    found = warned_on("2025-08-01", *penalties("2024-10-01", "2025-01-10", "2025-07-01"))
    assert found["warning.penalties"].since == date(2024, 10, 1)


def test_a_warning_says_when_it_will_be_gone_if_nothing_else_is_reported() -> None:
    asked = penalties("2025-01-10", "2025-03-01")
    (warning,) = warned_on("2025-03-01", *asked).values()

    assert warning.expires_on == date(2026, 3, 1)
    assert level("2026-02-28", *asked) == "blue"
    assert level("2026-03-01", *asked) is None
    (forever,) = warned_on(
        "2025-03-01", recorded(Grade, "2025-01-10", scheme="tax", grade="D")
    ).values()
    assert forever.expires_on is None


@pytest.mark.requirement(84)
def test_a_warning_names_its_evidence_oldest_first_and_the_place_of_the_newest() -> None:
    new = recorded(Penalty, "2025-03-01", region="330200", category="penalty.tax")
    old = recorded(Penalty, "2025-01-10", region="330100")
    warning = warned_on("2025-04-01", new, old)["warning.penalties"]

    assert warning.evidence == (old.event_id, new.event_id)
    assert (warning.region, warning.domain) == ("330200", "tax")
    assert (warning.kind, warning.window_months, warning.list) == (WarningKind.WARNING, 6, None)


def test_a_warning_names_the_version_of_its_rule() -> None:
    asked = owing("2025-01-10", 6_000_000)
    before, after = (
        warned_on(on, asked)["warning.tax_arrears"] for on in ("2025-12-31", "2026-01-01")
    )
    assert before.rule_from == date(1980, 1, 1)
    assert after.rule_from == date(2026, 1, 1)
