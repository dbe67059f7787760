"""Which early warnings hold, at which level, and what subscribers are told."""

from __future__ import annotations

import pytest

from events.types import Event
from tests.support import builders as a
from tests.support.given import Given, given


def level(asked: Given, on: str, rule: str = "warning.penalties") -> str | None:
    return next((w.level.value for w in asked.on(on).warnings if w.rule == rule), None)


@pytest.mark.parametrize(
    ("days", "on", "expected"),
    [
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
    assert level(given(*(a.a_penalty(n, day) for n, day in enumerate(days))), on) == expected


def three_departments() -> list[Event]:
    places = [
        ("market-zj", "penalty.market"),
        ("ecology-zj", "penalty.environment"),
        ("labour-zj", "penalty.labour"),
    ]
    return [
        a.a_penalty(n, f"2025-0{n}-10", department=department, category=category)
        for n, (department, category) in enumerate(places, 1)
    ]


def test_three_departments_in_a_year_are_orange_and_two_are_not() -> None:
    assert level(given(*three_departments()), "2025-04-01") == "orange"
    two = [*three_departments()[:2], a.a_penalty(4, "2025-03-10")]
    assert level(given(*two), "2025-04-01") == "yellow"


def test_a_penalty_decided_on_the_spot_warns_of_nothing() -> None:
    assert given(a.a_penalty(simple_procedure=True)).on("2025-02-01").warnings == []


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
    asked = given(a.arrears(balance_fen=balance_fen))
    assert level(asked, "2025-02-01", "warning.tax_arrears") == expected


def test_arrears_of_several_announcements_add_up() -> None:
    asked = given(a.arrears(1, balance_fen=2_500_000), a.arrears(2, balance_fen=2_500_000))
    assert level(asked, "2025-02-01", "warning.tax_arrears") == "yellow"


def test_a_payment_eases_and_a_settlement_lifts() -> None:
    owed = a.arrears(1, "2025-01-10", balance_fen=60_000_000)
    asked = given(
        owed,
        a.a_settlement(owed, "2025-02-01", 50_000_000),
        a.a_settlement(owed, "2025-03-01", None, cleared=True),
    )

    assert asked.warnings_told("2025-12-31") == [
        ("2025-01-10", "raised", "orange"),
        ("2025-02-01", "eased", "yellow"),
        ("2025-03-01", "lifted", None),
    ]


def test_the_passing_of_time_alone_eases_and_lifts() -> None:
    asked = given(a.a_penalty(1, "2025-01-10"), a.a_penalty(2, "2025-03-01"))

    assert asked.warnings_told("2026-12-31") == [
        ("2025-01-10", "raised", "blue"),
        ("2025-03-01", "escalated", "yellow"),
        ("2025-07-10", "eased", "blue"),
        ("2026-03-01", "lifted", None),
    ]


def test_a_warning_raised_again_is_another_episode() -> None:
    asked = given(a.a_penalty(1, "2025-01-10"), a.a_penalty(2, "2026-06-01"))
    asked.warnings_told("2026-06-30")
    episodes = [getattr(n, "episode_id", None) for n in asked.projection.notices]

    assert len(episodes) == 3
    assert episodes[0] == episodes[1] != episodes[2]


def test_a_late_report_warns_on_the_day_it_was_recorded_and_counts_from_its_own() -> None:
    asked = given((a.a_penalty(1, "2025-01-10"), "2025-12-01"))

    assert asked.warnings_told("2026-12-31") == [
        ("2025-12-01", "raised", "blue"),
        ("2026-01-10", "lifted", None),
    ]


def test_a_report_older_than_every_window_warns_of_nothing() -> None:
    assert given((a.a_penalty(1, "2023-01-10"), "2025-12-01")).warnings_told("2026-12-31") == []


def test_a_warning_names_its_evidence_oldest_first_and_the_place_of_the_newest() -> None:
    old = a.a_penalty(1, "2025-01-10", region="330100")
    new = a.a_penalty(2, "2025-03-01", region="330200")
    (warning,) = given(new, old).on("2025-04-01").warnings

    assert warning.evidence == (old.envelope.event_id, new.envelope.event_id)
    assert (warning.region, warning.domain) == ("330200", "market")


def test_contagion_between_firms_is_not_concluded_yet() -> None:
    """One firm's red warning says nothing of another: no rule of the book measures relations."""
    asked = given(a.a_court_listing())
    measures = {rule.measure for rule in asked.projection.calendar.rulebook.warnings}

    assert level(asked, "2025-02-01", "warning.list_entry") == "red"
    assert measures == {"penalties", "arrears_fen", "serious_lists"}
