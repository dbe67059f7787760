"""A warning waits for somebody to take note of it, and goes to those whom it concerns."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from events.dates import FOREVER
from events.rules.versions import WarningKind
from projections.conclusions.conclusions import ActiveWarning
from projections.conclusions.warnings import warnings_on
from projections.record.marks import Marks, Objection
from projections.record.matters import (
    Enforcement,
    Listing,
    Penalty,
)
from tests.support.recorded import (
    fact,
    objection,
    recorded,
    ruled,
    signals_on,
    warned_on,
)
from tests.support.warned import RED, course, noted, owing, penalties

AWAITED = ruled(
    {"level": "blue", "at_least": 1}, {"level": "yellow", "at_least": 2}, escalates_after_days=30
)


@pytest.mark.requirement(76)
def test_a_warning_that_nobody_takes_note_of_rises_by_one_level_on_the_day() -> None:
    asked = penalties("2025-01-10")
    (before,) = warned_on("2025-02-08", *asked, calendar=AWAITED).values()
    (after,) = warned_on("2025-02-09", *asked, calendar=AWAITED).values()

    assert (before.level, before.escalated, before.review_by) == ("blue", False, date(2025, 2, 9))
    assert (after.level, after.escalated, after.since) == ("yellow", True, date(2025, 1, 10))


@pytest.mark.parametrize("day", ["2025-01-14", "2025-01-15", "2025-06-01"])
def test_red_falls_due_for_review_and_does_not_rise(day: str) -> None:
    calendar = ruled(RED, escalates_after_days=5)
    signals = signals_on(day, *penalties("2025-01-10"), calendar=calendar)
    (warning,), change = warnings_on(signals)

    assert (warning.level, warning.escalated) == ("red", False)
    assert warning.review_by == date(2025, 1, 15)
    assert change == FOREVER, "nothing rises, so no day changes it"


@pytest.mark.parametrize("day", ["2025-01-10", "2025-02-09"])
def test_a_note_taken_in_time_keeps_the_level(day: str) -> None:
    asked = [*penalties("2025-01-10"), noted(day)]
    assert course(AWAITED, "2025-01-10", "2025-12-31", *asked) == [("2025-01-10", "blue")]


def test_a_note_taken_late_brings_the_level_back_from_its_own_day_on() -> None:
    asked = [*penalties("2025-01-10"), noted("2025-03-01")]
    assert course(AWAITED, "2025-01-10", "2025-12-31", *asked) == [
        ("2025-01-10", "blue"),
        ("2025-02-09", "yellow"),
        ("2025-03-01", "blue"),
    ]


def test_a_note_taken_before_the_warning_or_of_another_one_is_none() -> None:
    asked = [*penalties("2025-01-10"), noted("2025-01-09"), noted("2025-01-11", "warning.y")]
    (warning,) = warned_on("2025-02-09", *asked, calendar=AWAITED).values()
    assert warning.escalated
    assert warning.acknowledged_by == ()


def test_a_note_taken_back_no_longer_counts() -> None:
    asked = [*penalties("2025-01-10"), noted("2025-01-11", ended_on="2025-03-01")]
    assert course(AWAITED, "2025-01-10", "2025-12-31", *asked) == [
        ("2025-01-10", "blue"),
        ("2025-03-01", "yellow"),
    ]


def test_a_higher_level_asks_for_a_note_of_its_own_and_a_lower_one_does_not() -> None:
    first, second = penalties("2025-01-10", "2025-03-01")
    second = recorded(Penalty, "2025-03-01", event_id="b", ended_on="2025-03-20")
    asked = [first, second, noted("2025-01-11", department="tax-zj")]

    def at(on: str) -> ActiveWarning:
        (warning,) = warned_on(on, *asked, calendar=AWAITED).values()
        return warning

    assert at("2025-02-28").acknowledged_by == ("tax-zj",)
    assert at("2025-03-01").acknowledged_by == ()
    assert at("2025-03-01").review_by == date(2025, 3, 31)
    assert (at("2025-03-20").level, at("2025-03-20").acknowledged_by) == ("blue", ("tax-zj",))


def test_each_department_that_took_note_is_named_once_in_order() -> None:
    asked = [
        *penalties("2025-01-10"),
        noted("2025-01-12", department="tax-zj"),
        noted("2025-01-11", department="market-zj"),
        noted("2025-01-13", department="tax-zj"),
        noted("2025-01-15", department="labour-zj"),
    ]
    (warning,) = warned_on("2025-01-14", *asked, calendar=AWAITED).values()
    assert warning.acknowledged_by == ("market-zj", "tax-zj")


CANDIDATE = ruled(
    RED,
    signal="enforcements",
    kind="candidate",
    list="judgment_defaulter",
    recipients=["court-zj"],
    escalates_after_days=20,
)


def test_a_candidate_is_told_to_the_department_that_may_list() -> None:
    old = recorded(Enforcement, "2024-08-31")
    assert "candidate.judgment_defaulter" not in warned_on("2025-02-27", old)
    found = warned_on("2025-02-28", old)["candidate.judgment_defaulter"]

    assert found.kind is WarningKind.CANDIDATE
    assert (found.list, found.recipients) == ("judgment_defaulter", ("court-zj",))


def test_a_candidate_vanishes_while_the_subject_is_on_that_list() -> None:
    asked = [
        recorded(Enforcement, "2025-01-10"),
        recorded(Listing, "2025-01-20", ended_on="2025-03-01"),
    ]
    assert course(CANDIDATE, "2025-01-10", "2025-12-31", *asked) == [
        ("2025-01-10", "red"),
        ("2025-01-20", None),
        ("2025-03-01", "red"),
    ]
    (first,) = warned_on("2025-01-10", *asked, calendar=CANDIDATE).values()
    (again,) = warned_on("2025-03-01", *asked, calendar=CANDIDATE).values()
    assert first.expires_on == date(2025, 1, 20)
    assert (again.since, again.review_by) == (date(2025, 3, 1), date(2025, 3, 21))


def test_a_candidate_is_announced_to_vanish_and_to_come_back() -> None:
    asked = [
        recorded(Enforcement, "2025-01-10"),
        recorded(Listing, "2025-01-20", ended_on="2025-03-01"),
    ]
    answered = noted("2025-01-10")
    for day, announced in [("2025-01-10", "2025-01-20"), ("2025-01-20", "2025-03-01")]:
        _, change = warnings_on(signals_on(day, *asked, answered, calendar=CANDIDATE))
        assert change == date.fromisoformat(announced)


@pytest.mark.parametrize(
    "entry",
    [
        {"list": "major_tax_violator", "ground": "evasion", "notified_on": "2024-12-01"},
        {"list": "market_serious", "ground": "food"},
    ],
)
def test_an_entry_on_another_list_leaves_a_candidate(entry: dict[str, Any]) -> None:
    asked = [recorded(Enforcement, "2025-01-10"), recorded(Listing, "2025-01-20", **entry)]
    assert warned_on("2025-02-01", *asked, calendar=CANDIDATE).keys() == {"warning.x"}


def test_an_entry_without_effect_leaves_a_candidate() -> None:
    calendar = ruled(RED, signal="arrears_fen", kind="candidate", list="major_tax_violator")
    entry = {"list": "major_tax_violator", "ground": "evasion"}
    asked = [owing("2025-01-10", 1), recorded(Listing, "2025-01-20", **entry)]
    assert warned_on("2025-02-01", *asked, calendar=calendar).keys() == {"warning.x"}


def test_an_alarm_goes_to_those_who_must_act_and_to_those_who_watch() -> None:
    late = recorded(Penalty, "2025-01-10", department="tax-zj", marks=objection("2025-03-03"))
    found = warned_on("2025-03-11", late)["alarm.objections_overdue"]

    assert (found.kind, found.recipients) == (WarningKind.ALARM, ("credit-zj",))
    assert "alarm.objections_overdue" not in warned_on("2025-03-10", late)


@pytest.mark.requirement(50)
@pytest.mark.parametrize(
    ("region", "must_act"),
    [("330100", ("ndrc-zj", "credit-zj")), ("310115", ("tax-zj", "credit-zj"))],
)
def test_a_re_review_that_is_late_is_the_authoritys_above_where_the_rule_names_one(
    region: str, must_act: tuple[str, ...]
) -> None:
    answered = objection("2025-03-03", "2025-03-05")
    review = Objection("review", date(2025, 3, 6), "subjects", review_of="objection")
    marks = Marks(objections=(*answered.objections, review))
    late = recorded(Penalty, "2025-01-10", department="tax-zj", marks=marks, region=region)
    found = warned_on("2025-03-20", late)["alarm.objections_overdue"]

    assert (found.evidence, found.recipients) == (("review",), must_act)


@pytest.mark.requirement(12)
def test_a_discrepancy_goes_to_the_departments_that_differ() -> None:
    facts = (
        fact("a", "2024-01-10", "tax-zj", "甲公司"),
        fact("b", "2025-01-10", "market-zj", "乙公司"),
    )
    (found,), _ = warnings_on(signals_on("2025-02-01", facts=facts))

    assert (found.rule, found.kind) == ("discrepancy.departments", WarningKind.DISCREPANCY)
    assert found.recipients == ("market-zj", "tax-zj")
