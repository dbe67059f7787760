"""What may be shown on a day, until when, and by which rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from events.envelope import Disclosure
from events.event import Event
from tests.support import builders as a
from tests.support.given import given

if TYPE_CHECKING:
    from projections.profile.shapes import Profile, ShownRecord

GENERAL = 5_000_000  # 50,000 yuan
SERIOUS = 100_000_000  # 1,000,000 yuan


def a_penalty(*args: Any, **changes: Any) -> Event:
    """Give a penalty that falls under the general rules; those of the market have their own."""
    ours = {"department": "ecology-zj", "category": "penalty.environment"}
    return a.a_penalty(*args, **(ours | changes))


def only(profile: Profile) -> ShownRecord:
    (penalty,) = profile.of("PenaltyImposed")
    return penalty


def is_public(event: Event, on: str) -> bool:
    return only(given(event).on(on)).shown.public


@pytest.mark.requirement(42)
@pytest.mark.parametrize(
    ("decided", "fine_fen", "last_day_shown", "first_day_hidden"),
    [
        ("2026-04-10", GENERAL, "2027-04-09", "2027-04-10"),
        ("2020-02-29", GENERAL, "2021-02-27", "2021-02-28"),
        ("2020-02-28", GENERAL, "2021-02-27", "2021-02-28"),
        ("2021-12-31", GENERAL, "2022-12-30", "2022-12-31"),
        # By Order 58 three years, and not its three months, which are those before repair.
        ("2023-05-10", GENERAL, "2026-03-31", "2026-04-01"),
        ("2024-02-29", SERIOUS, "2027-02-27", "2027-02-28"),
        ("2024-08-31", SERIOUS, "2027-08-30", "2027-08-31"),
    ],
)
def test_disclosure_ends_the_day_it_says(
    decided: str, fine_fen: int, last_day_shown: str, first_day_hidden: str
) -> None:
    penalty = a_penalty(1, decided, fine_fen=fine_fen)

    assert is_public(penalty, decided)
    assert is_public(penalty, last_day_shown)
    assert not is_public(penalty, first_day_hidden)
    on_last_day = given(penalty).on(last_day_shown)
    end = only(on_last_day).shown.public_until
    assert first_day_hidden in (str(end), str(on_last_day.next_change_on))


@pytest.mark.parametrize(
    ("decided", "last_day_shown", "first_day_hidden"),
    [
        ("2022-11-30", "2023-02-27", "2023-02-28"),
        ("2023-11-29", "2024-02-28", "2024-02-29"),
        ("2023-11-30", "2024-02-28", "2024-02-29"),
        ("2022-08-31", "2022-11-29", "2022-11-30"),
        ("2024-11-30", "2025-02-27", "2025-02-28"),
    ],
)
def test_three_months_from_a_long_month_end_on_the_last_day_of_a_short_one(
    decided: str, last_day_shown: str, first_day_hidden: str
) -> None:
    """Market regulation shows small fines for three months from 2021-09-01 to 2026-03-31."""
    market = {"department": "market-zj", "category": "penalty.market"}
    minor = a_penalty(1, decided, fine_fen=1, published_on=decided, **market)

    assert is_public(minor, last_day_shown)
    assert not is_public(minor, first_day_hidden)


def test_a_change_of_law_applies_from_its_own_day_to_what_was_decided_before() -> None:
    warned = a_penalty(1, "2023-03-15", kinds=("warning",), fine_fen=None)

    assert is_public(warned, "2023-04-30")
    assert not is_public(warned, "2023-05-01")


def test_the_rule_named_is_the_one_of_the_day_asked_about() -> None:
    asked = given(a_penalty(1, "2026-01-10"))

    assert only(asked.on("2026-03-31")).shown.rule == "disclosure.penalty@2023-05-01"
    assert only(asked.on("2026-04-01")).shown.rule == "disclosure.penalty@2026-04-01"
    assert asked.on("2026-03-31").next_change_on == a.day("2026-04-01")


def test_a_department_may_end_publication_sooner_but_not_later() -> None:
    sooner = a_penalty(1, "2025-01-10", publish_until="2025-03-01")
    later = a_penalty(1, "2025-01-10", publish_until="2030-01-01")

    assert is_public(sooner, "2025-03-01")
    assert not is_public(sooner, "2025-03-02")
    assert only(given(sooner).on("2025-03-02")).shown.shared
    assert not is_public(later, "2026-04-01")


def test_state_organs_see_a_penalty_for_five_years() -> None:
    asked = given(a_penalty(1, "2020-02-29"))

    assert only(asked.on("2025-02-27")).shown.shared
    assert not only(asked.on("2025-02-28")).shown.shared


def test_a_department_may_ask_for_less_than_the_catalogue_allows() -> None:
    shared = only(given(a_penalty(disclosure=Disclosure.SHARED)).on("2025-02-01")).shown
    sealed = only(given(a_penalty(disclosure=Disclosure.AUTHORISED)).on("2025-02-01")).shown

    assert (shared.public, shared.shared) == (False, True)
    assert (sealed.public, sealed.shared) == (False, False)


@pytest.mark.parametrize(
    ("kinds", "fine_fen", "simple", "tier"),
    [
        (("warning",), None, False, "unpublished"),
        (("warning", "criticism"), None, False, "unpublished"),
        (("warning", "fine"), 1, False, "minor"),
        (("fine",), None, False, "minor"),
        (("fine",), 999_999, False, "minor"),
        (("fine",), 1_000_000, False, "general"),
        (("fine",), 99_999_999, False, "general"),
        (("fine",), 100_000_000, False, "serious"),
        (("confiscation",), None, False, "general"),
        (("warning", "closure"), 1, False, "serious"),
        (("fine",), 100_000_000, True, "outside"),
    ],
)
def test_the_severest_kind_or_the_height_of_the_fine_sets_the_tier(
    kinds: tuple[str, ...],
    fine_fen: int | None,
    simple: bool,  # noqa: FBT001 - a column of the table
    tier: str,
) -> None:
    penalty = a_penalty(kinds=kinds, fine_fen=fine_fen, simple_procedure=simple)

    assert only(given(penalty).on("2025-02-01")).tier == tier
    # What Order 58 did not publish or collect is minor before it, and by Order 36 after it.
    for on in ("2023-04-30", "2026-04-01"):
        earlier = a_penalty(
            1, "2023-04-30", kinds=kinds, fine_fen=fine_fen, simple_procedure=simple
        )
        assert only(given(earlier).on(on)).tier == ("minor" if tier == "unpublished" else tier)


def test_unknown_amounts_stay_unknown() -> None:
    asked = given(
        a_penalty(1, fine_fen=None),
        a_penalty(2, fine_fen=0),
        a_penalty(3, kinds=("warning",), fine_fen=None),
        a_penalty(4, kinds=("fine", "confiscation"), fine_fen=7, confiscated_fen=None),
        a.a_judgment(1, amount_fen=None),
        a.a_judgment(2, amount_fen=700),
        a.arrears(1, balance_fen=None),
    ).on("2025-02-01")

    fines = [
        p.details["fine_fen"]
        for p in sorted(asked.of("PenaltyImposed"), key=lambda p: p.document_no)
    ]
    assert fines == [None, 0, None, 7]
    # A warning has no amount that could be unknown; what is unknown in part is unknown.
    penalties = asked.categories["penalty.environment"]
    assert (penalties.amount_fen, penalties.amounts_unknown) == (0, 2)
    judgments = asked.categories["judgment.civil"]
    assert (judgments.count, judgments.amount_fen, judgments.amounts_unknown) == (2, 700, 1)
    assert (asked.arrears_owed_fen, asked.arrears_unknown) == (0, 1)
    assert asked.of("TaxArrearsAnnounced")[0].owed_fen is None
    assert asked.warnings[0].rule == "warning.penalties"
    assert len(asked.warnings) == 1


@pytest.mark.parametrize(
    ("days", "clock", "basis"),
    [
        ({"on": "2025-01-10", "published_on": "2025-01-20"}, "2025-01-10", "occurred_on"),
        ({"published_on": "2025-01-20", "observed_on": "2025-02-01"}, "2025-01-20", "published_on"),
        ({"observed_on": "2025-02-01"}, "2025-02-01", "observed_on"),
        ({}, "2025-03-01", "recorded_on"),
    ],
)
def test_an_unknown_decision_date_uses_the_next_known_and_says_so(
    days: dict[str, Any], clock: str, basis: str
) -> None:
    days = {"on": None} | days
    penalty = only(given((a_penalty(**days), "2025-03-01")).on("2025-04-01"))

    assert (penalty.day.isoformat(), penalty.day_basis) == (clock, basis)


def test_what_has_not_happened_yet_is_not_in_the_profile_of_an_earlier_day() -> None:
    asked = given(a_penalty(1, "2025-01-10"), a_penalty(2, "2025-03-01"))

    assert len(asked.on("2025-02-28").of("PenaltyImposed")) == 1
    assert asked.on("2025-02-28").next_change_on == a.day("2025-03-01")
    assert len(asked.on("2025-03-01").of("PenaltyImposed")) == 2


def test_an_honour_is_shown_until_its_own_last_day() -> None:
    asked = given(a.a_commendation(valid_until="2025-12-31"))

    assert asked.on("2025-12-31").categories["commendation.general"].public == 1
    assert asked.on("2025-12-31").next_change_on == a.day("2026-01-01")
    assert asked.on("2026-01-01").categories["commendation.general"].public == 0
    assert asked.on("2026-01-01").categories["commendation.general"].shared == 1


def test_judgments_are_for_state_organs_only() -> None:
    counts = given(a.a_judgment(amount_fen=1)).on("2025-02-01").categories["judgment.civil"]

    assert (counts.count, counts.public, counts.shared) == (1, 0, 1)


def test_the_name_is_the_one_last_registered() -> None:
    asked = given(
        a.a_registration("2020-01-01"),
        a.a_change(1, "2024-06-01", name="新名有限公司"),
        (a.a_change(2, "2022-06-01", name="中名有限公司"), "2024-07-01"),
        a_penalty(1, "2025-01-10"),
    )

    assert asked.on("2025-02-01").name == "新名有限公司"
    assert asked.on("2023-01-01").name == "中名有限公司"
    assert asked.on("2021-01-01").name == "杭州样例有限公司"


def test_a_name_never_registered_is_the_one_written_most_often() -> None:
    asked = given(
        a_penalty(1, "2025-01-10", subject_name="乙"),
        a_penalty(2, "2025-01-10", subject_name="甲"),
        a_penalty(3, "2025-01-10", subject_name="甲"),
    )

    assert asked.on("2025-02-01").name == "甲"
    assert asked.on("2025-02-01").names == {"乙": 1, "甲": 2}


def test_nothing_known_gives_no_profile() -> None:
    assert given(a_penalty()).as_of("2025-02-01", cut=0).profile is None
