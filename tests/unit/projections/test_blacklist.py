"""Which list entries hold on a day, and why others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support import builders as a
from tests.support.given import Given, given

if TYPE_CHECKING:
    from projections.blacklist import Membership


def only(asked: Given, on: str) -> Membership:
    (member,) = asked.on(on).lists
    return member


def test_an_entry_without_prior_notice_has_no_effect() -> None:
    asked = given(a.a_tax_listing(on="2025-01-10", notified_on=None))

    assert (only(asked, "2025-02-01").status, only(asked, "2025-02-01").why) == (
        "no_effect",
        "no_prior_notice",
    )
    assert asked.on("2025-02-01").warnings == []
    assert asked.on("2025-02-01").categories["list.major_tax_violator"].public == 0


def test_notice_after_the_decision_is_no_prior_notice() -> None:
    late = given((a.a_tax_listing(on="2025-01-10", notified_on="2025-01-11"), "2025-02-01"))
    same_day = given(a.a_tax_listing(on="2025-01-10", notified_on="2025-01-10"))

    assert only(late, "2025-02-01").status == "no_effect"
    assert only(same_day, "2025-02-01").status == "in_effect"


def test_a_correction_that_gives_the_day_of_notice_cures_the_entry() -> None:
    listing = a.a_tax_listing(on="2025-01-10", notified_on=None)
    cure = a.a_correction(listing, "2025-03-01", notified_on="2024-12-01")
    asked = given(listing, cure)

    assert only(asked, "2025-02-01").status == "in_effect"
    (before,) = asked.as_of("2025-02-01", cut=1).profile.lists  # type: ignore[union-attr]
    assert before.status == "no_effect"
    assert asked.lists_told("2025-12-31") == [
        ("2025-01-10", "no_effect"),
        ("2025-03-01", "in_effect"),
    ]


def test_a_court_list_needs_no_notice_of_its_own() -> None:
    assert only(given(a.a_court_listing()), "2025-02-01").status == "in_effect"


def test_a_term_ends_on_the_same_day_of_its_last_month() -> None:
    asked = given(a.a_tax_listing(on="2022-02-28", notified_on="2022-02-01"))

    assert only(asked, "2025-02-27").status == "in_effect"
    assert (only(asked, "2025-02-28").status, only(asked, "2025-02-28").why) == (
        "ended",
        "term_over",
    )
    assert asked.lists_told("2025-03-01") == [
        ("2022-02-28", "in_effect"),
        ("2025-02-28", "ended"),
    ]


def test_a_term_of_its_own_goes_before_that_of_the_ground() -> None:
    asked = given(a.a_tax_listing(on="2025-01-31", term_months=1))

    assert only(asked, "2025-02-27").status == "in_effect"
    assert only(asked, "2025-02-28").status == "ended"


def test_a_ground_without_a_term_lasts_until_removal() -> None:
    listing = a.a_court_listing(on="2018-01-10")
    asked = given(listing, a.a_removal(listing, "2025-06-01"))

    assert only(asked, "2025-05-31").status == "in_effect"
    assert (only(asked, "2025-06-01").status, only(asked, "2025-06-01").why) == ("ended", "removed")
    assert asked.on("2025-06-01").warnings == []


def test_of_two_removals_the_earlier_day_counts_whichever_came_first() -> None:
    listing = a.a_court_listing(on="2025-01-10")
    earlier, later = (a.a_removal(listing, on) for on in ("2025-03-01", "2025-05-01"))

    for said in ((earlier, later), (later, (earlier, "2025-06-01"))):
        assert only(given(listing, *said), "2025-04-01").until == a.day("2025-03-01")


def test_a_change_of_the_rule_gives_a_term_to_who_was_listed_without_one() -> None:
    asked = given(a.a_court_listing(on="2016-01-10", ground="obstructs"))

    assert only(asked, "2017-04-30").until is None
    assert only(asked, "2017-05-01").until == a.day("2018-01-10")
    assert asked.on("2017-04-30").next_change_on == a.day("2017-05-01")


def test_an_annulled_entry_is_told_as_void() -> None:
    listing = a.a_court_listing(on="2025-01-10")
    asked = given(listing, a.a_revocation(listing, "2025-04-01"))

    assert asked.on("2025-02-01").lists == []
    assert asked.lists_told("2025-12-31") == [("2025-01-10", "in_effect"), ("2025-04-01", "void")]
    assert asked.warnings_told("2025-12-31") == [
        ("2025-01-10", "raised", "red"),
        ("2025-04-01", "lifted", None),
    ]


def test_a_removal_taken_back_leaves_the_entry_in_effect() -> None:
    listing = a.a_court_listing(on="2025-01-10")
    removal = a.a_removal(listing, "2025-03-01")
    back = a.a_revocation(listing, "2025-04-01", amendment=removal)

    assert only(given(listing, removal, back), "2025-05-01").status == "in_effect"


def test_a_penalty_cannot_be_removed_from_a_list() -> None:
    penalty = a.a_penalty(department="tax-zj", category="penalty.tax")
    asked = given(penalty, a.a_removal(penalty, "2025-03-01")).on("2025-04-01")

    assert asked.anomalies == {"type_not_of_record": 1}
    assert asked.penalties[0].shown.public
