"""Across lists, fold and notices: what is told of list entries as they are cured, annulled, removed and run out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from projections.notices.notice import ListNotice
from projections.signals.kept import KEPT_FROM
from tests.support import builders as a
from tests.support.given import Given, Projection, given, message

if TYPE_CHECKING:
    from events.event import Event
    from projections.day.shapes import Membership


def only(asked: Given, on: str) -> Membership:
    (member,) = asked.on(on).lists
    return member


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


def test_an_entry_is_told_when_it_begins_and_when_its_term_is_over() -> None:
    asked = given(a.a_tax_listing(on="2022-02-28", notified_on="2022-02-01"))

    assert asked.lists_told("2025-02-27") == [("2022-02-28", "in_effect")]
    assert asked.lists_told("2025-03-01") == [
        ("2022-02-28", "in_effect"),
        ("2025-02-28", "ended"),
    ]


def test_of_two_removals_the_earlier_day_counts_whichever_came_first() -> None:
    listing = a.a_court_listing(on="2025-01-10")
    earlier, later = (a.a_removal(listing, on) for on in ("2025-03-01", "2025-05-01"))

    for said in ((earlier, later), (later, (earlier, "2025-06-01"))):
        assert only(given(listing, *said), "2025-04-01").until == a.day("2025-03-01")


def test_an_annulled_entry_is_told_as_void() -> None:
    listing = a.a_court_listing(on="2025-01-10")
    asked = given(listing, a.a_revocation(listing, "2025-04-01"))

    assert asked.on("2025-02-01").lists == []
    assert asked.lists_told("2025-12-31") == [("2025-01-10", "in_effect"), ("2025-04-01", "void")]


def test_a_removal_taken_back_leaves_the_entry_in_effect() -> None:
    listing = a.a_court_listing(on="2025-01-10")
    removal = a.a_removal(listing, "2025-03-01")
    back = a.a_revocation(listing, "2025-04-01", amendment=removal)

    assert only(given(listing, removal, back), "2025-05-01").status == "in_effect"


def test_a_penalty_cannot_be_removed_from_a_list() -> None:
    penalty = a.a_penalty(department="tax-zj", category="penalty.tax")
    asked = given(penalty, a.a_removal(penalty, "2025-03-01")).on("2025-04-01")

    assert asked.anomalies == {"type_not_of_record": 1}
    assert asked.of("PenaltyImposed")[0].shown.public


def test_of_many_entries_each_change_is_told_as_where_nothing_of_them_is_kept() -> None:
    """In one batch what was concluded is kept from event to event; between batches it is not."""
    entries = [
        a.a_court_listing(n, f"2025-01-{n % 28 + 1:02}", ground=("fled", "violence")[n % 2])
        for n in range(2 * KEPT_FROM)
    ]
    changes: list[Event] = [
        a.a_removal(entries[3], "2025-02-01"),
        a.a_revocation(entries[5], "2025-03-01"),
        a.a_correction(entries[7], "2025-03-02", envelope__occurred_on="2025-01-02"),
        a.a_default(1, "2025-03-03"),
        a.a_revocation(entries[9], "2025-03-03"),
        a.a_revocation(a.a_default(1, "2025-03-03"), "2025-03-04"),
        a.a_court_listing(99, "2025-01-02"),
        a.a_removal(entries[11], "2025-03-05"),
    ]
    said = [
        message(event, offset, date(2025, 4, 1))
        for offset, event in enumerate([*entries, *changes])
    ]
    kept, not_kept = Projection(), Projection()
    kept.apply(said)
    for each in said:
        not_kept.apply([each])
    assert kept.notices == not_kept.notices
    told = [(n.entry_id, n.status) for n in kept.notices if isinstance(n, ListNotice)]
    assert len(told) == len(entries) + 5, "each entry, and each change that reaches one"
