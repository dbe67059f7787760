"""Which list entries hold on a day, which notice they rest on, and why others do not."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from projections.day.lists import memberships, notices_given
from tests.support.listed import LISTED, UNHEARD, a_court_entry, a_notice, an_entry, only, standing
from tests.support.matters import effect, on_day

# The term.


@pytest.mark.parametrize(
    ("entered", "months", "last", "over"),
    [
        ("2022-03-15", 36, "2025-03-14", "2025-03-15"),
        ("2022-02-28", 36, "2025-02-27", "2025-02-28"),
        ("2024-02-29", 12, "2025-02-27", "2025-02-28"),
        ("2024-02-29", 48, "2028-02-28", "2028-02-29"),
        ("2025-01-31", 1, "2025-02-27", "2025-02-28"),
        ("2024-01-31", 1, "2024-02-28", "2024-02-29"),
    ],
)
def test_a_term_ends_on_the_same_day_of_its_last_month_or_on_the_last_day_of_that(
    entered: str, months: int, last: str, over: str
) -> None:
    entry = an_entry(entered, notified_on="2021-12-01", term_months=months)

    assert standing(entered, entry) == LISTED
    assert standing(last, entry) == LISTED
    assert standing(over, entry) == ("ended", "term_over")
    assert only(last, entry).until == date.fromisoformat(over)
    assert only(over, entry).stage == "expired"


@pytest.mark.requirement(63)
def test_a_ground_has_its_term_and_a_decision_with_a_term_goes_before_it() -> None:
    by_ground = an_entry(notified_on="2025-01-01")
    own = an_entry(notified_on="2025-01-01", term_months=6)

    assert only("2025-02-01", by_ground).until == date(2028, 1, 10)
    assert only("2025-02-01", own).until == date(2025, 7, 10)


def test_a_ground_without_a_term_lasts_until_a_decision() -> None:
    entry = a_court_entry("2018-01-10", "able_but_refuses")

    assert only("2099-01-01", entry).until is None
    assert standing("2099-01-01", entry) == LISTED


def test_a_ground_that_the_list_does_not_know_has_no_term() -> None:
    assert only("2025-02-01", a_court_entry("2025-01-10", "corrected_to_nonsense")).until is None


# A change of the rules.


@pytest.mark.parametrize(
    ("entered", "until", "version"),
    [
        ("2010-01-01", None, "2013-10-01"),
        ("2013-10-01", None, "2013-10-01"),
        ("2017-04-30", None, "2013-10-01"),
        ("2017-05-01", date(2019, 5, 1), "2017-05-01"),
        ("2017-05-02", date(2019, 5, 2), "2017-05-01"),
    ],
)
def test_the_rule_of_the_day_of_the_decision_gives_the_term_whenever_one_asks(
    entered: str, until: date | None, version: str
) -> None:
    entry = a_court_entry(entered)

    for asked in ("2017-05-03", "2030-01-01"):
        member = only(asked, entry)
        assert member.until == until
        assert member.rule == f"list.judgment_defaulter@{version}"


@pytest.mark.parametrize(("entered", "expected"), [("2017-12-31", LISTED), ("2018-01-01", UNHEARD)])
def test_who_was_listed_before_notice_was_a_duty_needed_none(
    entered: str, expected: tuple[str, str]
) -> None:
    entry = an_entry(entered, list="market_serious", ground="abnormal_three_years")

    assert standing("2020-01-01", entry) == expected
    assert standing("2022-06-01", entry) == expected


# How it ends.


@pytest.mark.requirement(63)
@pytest.mark.parametrize(
    ("fields", "done", "until", "why", "stage"),
    [
        ({"ended_on": "2025-06-01"}, {}, "2025-06-01", "removed", "removed"),
        ({"ended_on": "2028-01-10"}, {}, "2028-01-10", "removed", "removed"),
        ({"ended_on": "2028-01-11"}, {}, "2028-01-10", "term_over", "expired"),
        (
            {},
            {"counts_until": "2026-03-01", "repaired_on": "2026-03-01", "repair": "granted"},
            "2026-03-01",
            "repaired",
            "repaired",
        ),
        ({}, {"counts_until": "2025-03-01"}, "2025-03-01", "objection", "removed"),
        (
            {"ended_on": "2025-06-01"},
            {"counts_until": "2025-06-01"},
            "2025-06-01",
            "removed",
            "removed",
        ),
    ],
)
def test_an_entry_ends_by_whatever_comes_first(
    fields: dict[str, str], done: dict[str, str], until: str, why: str, stage: str
) -> None:
    entry = an_entry("2025-01-10", notified_on="2025-01-01", **fields)
    end = date.fromisoformat(until)
    done_to = {"entry": effect(**done)} if done else {}

    assert standing(end - timedelta(days=1), entry, **done_to) == LISTED
    for after in (end, end + timedelta(days=1)):
        member = only(after, entry, **done_to)
        assert (member.status, member.why, member.stage, member.until) == ("ended", why, stage, end)


def test_a_repair_that_lapsed_leaves_the_entry_in_effect() -> None:
    entry = an_entry(notified_on="2025-01-01")

    assert standing("2025-06-01", entry, entry=effect(repair="lapsed")) == LISTED


def test_an_application_for_repair_is_a_stage_of_an_entry_in_effect() -> None:
    entry = an_entry(notified_on="2025-01-01")
    member = only("2025-06-01", entry, entry=effect(repair="applied"))

    assert (member.status, member.stage) == ("in_effect", "repair_pending")
    assert only("2025-06-01", entry).stage == "listed"


def test_an_entry_without_effect_gains_none_by_its_removal() -> None:
    entry = an_entry(ended_on="2025-03-01")

    assert standing("2025-04-01", entry) == UNHEARD
    assert only("2025-04-01", entry).stage == "decided"


def test_an_entry_deleted_upon_objection_is_not_there() -> None:
    deleted = {"entry": effect(voided=True)}

    assert memberships(on_day("2025-02-01", an_entry(), effects=deleted)) == []


def test_the_day_from_which_repair_is_open_follows_from_the_rule() -> None:
    unsafe = an_entry("2024-02-29", list="work_safety", ground="penalised_and_vile")

    assert only("2024-03-01", unsafe).repairable_from == date(2025, 2, 28)
    never = an_entry(list="procurement", ground="collusion")
    assert only("2025-02-01", never).repairable_from is None


# Whose list it is.


def test_those_responsible_are_marked_only_where_the_rule_asks_it() -> None:
    named: dict[str, Any] = {"responsible": ("P" + "0" * 32,)}
    aid = {"list": "social_aid", "ground": "aid_by_fraud"}

    assert only("2025-02-01", an_entry(**named)).responsible == named["responsible"]
    assert only("2025-02-01", an_entry(**aid, **named)).responsible == ()


def test_a_red_list_honours_needs_no_notice_and_is_not_serious() -> None:
    member = only("2025-02-01", an_entry(list="redlist_tax", ground="grade_a"))

    assert (member.status, member.honours, member.serious) == ("in_effect", True, False)
    assert only("2025-02-01", an_entry()).honours is False


@pytest.mark.requirement(63)
def test_a_blacklist_of_an_industry_names_it() -> None:
    entry = an_entry(list="industry_catering", ground="harms_industry", notified_on="2025-01-01")
    member = only("2025-02-01", entry)

    assert (member.status, member.industry, member.serious) == ("in_effect", "H", False)


def test_entries_stand_in_the_order_of_their_days_whatever_the_order_of_arrival() -> None:
    entries = [an_entry(f"2025-0{n}-10", event_id=f"entry {n}") for n in (1, 2, 3)]

    for order in permutations(entries):
        found = memberships(on_day("2025-06-01", *order))
        assert [m.entry_id for m in found] == ["entry 1", "entry 2", "entry 3"]


def test_a_list_that_the_rulebook_lacks_is_refused_by_name() -> None:
    for matter in (an_entry(list="no_such_list"), a_notice(list="no_such_list")):
        on = on_day("2025-02-01", matter)
        with pytest.raises(KeyError, match="no_such_list"):
            _ = memberships(on), notices_given(on)
