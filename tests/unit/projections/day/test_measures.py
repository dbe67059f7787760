"""How measures of joint reward and punishment stand on a day, and what ends them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from events.dates import FOREVER
from events.envelope import Source
from projections.day.measures import next_measure_change
from projections.record.matters import (
    AnyMatter,
    Conduct,
    Grade,
    Honour,
)
from tests.support.matters import a_matter, an_answer, effect
from tests.support.measured import STARTED, a_listing, a_measure, found, only, standing

# Whether it may be taken at all.


@pytest.mark.requirement(43)
def test_a_measure_that_rests_on_an_entry_in_effect_is_under_way() -> None:
    measure = only("2025-02-01", a_listing(), a_measure())

    assert (measure.status, measure.why) == STARTED
    assert measure.because_what == "list:judgment_defaulter"
    assert measure.rule == "measure.procurement_ban@2018-01-01"
    assert (measure.reward, measure.punisher) == (False, "administrative")
    assert (measure.since, measure.until) == (date(2025, 2, 1), None)


@pytest.mark.parametrize(
    ("initiated", "expected"),
    [
        ("2017-12-31", ("no_effect", "not_published")),
        ("2018-01-01", STARTED),
    ],
)
def test_a_measure_must_be_on_the_published_list_on_its_own_day(
    initiated: str, expected: tuple[str, str]
) -> None:
    matters = (a_listing("2017-06-01"), a_measure(initiated))

    assert standing("2019-01-01", *matters) == expected
    assert standing("2025-01-01", *matters) == expected


def test_a_measure_that_nobody_published_has_no_effect() -> None:
    unknown = only("2025-02-01", a_listing(), a_measure(measure="public_shaming"))

    assert (unknown.status, unknown.why) == ("no_effect", "not_published")
    assert (unknown.rule, unknown.punisher, unknown.reward) == ("", "", False)


@pytest.mark.requirement(62)
@pytest.mark.parametrize(
    ("department", "expected"),
    [
        ("ndrc-zj", STARTED),
        ("finance-zj", STARTED),
        ("tax-zj", ("no_effect", "not_authorised")),
    ],
)
def test_only_departments_that_the_rule_names_may_initiate_it(
    department: str, expected: tuple[str, str]
) -> None:
    assert standing("2025-02-01", a_listing(), a_measure(department=department)) == expected


def test_some_measures_are_open_to_every_department() -> None:
    measure = a_measure(measure="honours_limit", department="statistics-zj")

    assert standing("2025-02-01", a_listing(), measure) == STARTED


@pytest.mark.parametrize(
    ("basis", "measure", "expected"),
    [
        (a_listing(), "procurement_ban", STARTED),
        (a_listing(list="abnormal_operation"), "procurement_ban", ("no_effect", "not_covered")),
        (a_listing(list="abnormal_operation"), "strict_approval", STARTED),
        (a_listing(list="industry_trade", notified_on="2025-01-01"), "industry_sanction", STARTED),
        (a_listing(list="redlist_general"), "procurement_ban", ("no_effect", "not_covered")),
        (a_matter(Conduct, "2025-01-10"), "credit_warning", STARTED),
        (a_matter(Conduct, "2025-01-10"), "key_supervision", ("no_effect", "not_covered")),
        (a_matter(Honour, "2025-01-10"), "fast_lane", STARTED),
        (a_matter(Honour, "2025-01-10"), "procurement_ban", ("no_effect", "not_covered")),
        (a_matter(Grade, "2025-01-10"), "fast_lane", STARTED),
        (a_matter(Grade, "2025-01-10", grade="B"), "fast_lane", ("no_effect", "not_covered")),
        (a_listing(list="redlist_transport"), "fast_lane", STARTED),
    ],
)
def test_a_measure_rests_only_on_what_its_rule_names(
    basis: AnyMatter, measure: str, expected: tuple[str, str]
) -> None:
    initiated = a_measure(measure=measure, because=basis.event_id)

    assert standing("2025-02-01", basis, initiated) == expected


def test_a_measure_without_a_basis_has_no_effect_until_the_basis_arrives() -> None:
    measure, listing = a_measure(), a_listing()
    known: tuple[AnyMatter, ...] = (measure, listing)

    assert standing("2025-02-01", measure) == ("no_effect", "no_basis")
    for order in permutations(known):
        assert standing("2025-02-01", *order) == STARTED


def test_a_measure_on_a_basis_deleted_upon_objection_has_none() -> None:
    deleted = effect(voided=True)

    assert standing("2025-03-01", a_listing(), a_measure(), listing=deleted) == (
        "no_effect",
        "no_basis",
    )


def test_a_measure_on_an_entry_without_effect_has_none() -> None:
    unheard = a_listing(list="major_tax_violator", ground="evasion")
    expected = ("no_effect", "basis_without_effect")

    assert standing("2025-02-01", unheard, a_measure()) == expected


def test_nobody_is_rewarded_for_what_he_says_of_himself() -> None:
    said = a_matter(Honour, "2025-01-10", source=Source.SELF_DECLARED)
    reward = a_measure(measure="fast_lane", because="honour")

    assert standing("2025-02-01", said, reward) == ("no_effect", "basis_without_effect")


@pytest.mark.parametrize(
    ("initiated", "expected"),
    [
        ("2025-01-09", ("no_effect", "before_basis")),
        ("2025-01-10", ("lifted", "basis_ended")),
        ("2025-02-28", ("lifted", "basis_ended")),
        ("2025-03-01", ("no_effect", "basis_ended")),
    ],
)
def test_a_measure_is_initiated_while_its_basis_counts(
    initiated: str, expected: tuple[str, str]
) -> None:
    listing = a_listing("2025-01-10", ended_on="2025-03-01")

    assert standing("2025-04-01", listing, a_measure(initiated)) == expected


def test_a_measure_without_effect_waits_for_nobody_and_has_no_end() -> None:
    measure = only("2025-02-01", a_measure(until="2025-06-30"))

    assert (measure.waiting_for, measure.until, measure.next_change_on) == ((), None, None)


# What the departments answer.

THREE = ("finance-zj", "market-zj", "transport-zj")
TAKEN = an_answer("2025-02-10", "finance-zj", "applied", effect="1 bid refused")
SEEN = an_answer("2025-02-05", "market-zj", "acknowledged")
NOT_OURS = [an_answer("2025-02-06", who, "not_applicable", reason="no bids here") for who in THREE]


@pytest.mark.requirement(56)
@pytest.mark.parametrize(
    ("answers", "status", "waiting_for"),
    [
        ((), "initiated", THREE),
        ((SEEN,), "acknowledged", ("finance-zj", "transport-zj")),
        ((SEEN, TAKEN), "applied", ("transport-zj",)),
        ((NOT_OURS[1], TAKEN), "applied", ("transport-zj",)),
        (tuple(NOT_OURS[:2]), "acknowledged", ("transport-zj",)),
        (tuple(NOT_OURS), "not_applicable", ()),
        ((SEEN, *NOT_OURS[::2]), "acknowledged", ()),
        ((an_answer("2025-02-05", "tax-zj", "applied"),), "initiated", THREE),
    ],
    ids=[
        "nobody",
        "one saw it",
        "one applied it",
        "one applied it, another cannot",
        "not all cannot",
        "all cannot",
        "one saw it, the others cannot",
        "one that was not asked",
    ],
)
def test_each_department_asked_answers_for_itself(
    answers: tuple[Any, ...], status: str, waiting_for: tuple[str, ...]
) -> None:
    measure = only("2025-03-01", a_listing(), a_measure(targets=THREE, answers=answers))

    assert (measure.status, measure.waiting_for) == (status, waiting_for)
    assert {answer.department for answer in measure.answers} == set(THREE) - set(waiting_for)


def test_an_answer_counts_from_its_own_day_and_the_last_of_a_department_holds() -> None:
    answers = (
        an_answer("2025-02-05", "finance-zj", "acknowledged"),
        an_answer("2025-02-10", "finance-zj", "applied", effect="1 bid refused"),
    )
    matters = (a_listing(), a_measure(answers=answers))

    assert [only(f"2025-02-{day:02}", *matters).status for day in (4, 5, 9, 10)] == [
        "initiated",
        "acknowledged",
        "acknowledged",
        "applied",
    ]
    (answer,) = only("2025-02-10", *matters).answers
    assert (answer.day, answer.effect) == (date(2025, 2, 10), "1 bid refused")


def test_answers_are_kept_when_the_measure_is_lifted_and_nobody_is_waited_for() -> None:
    listing = a_listing(ended_on="2025-06-01")
    measure = only("2025-06-01", listing, a_measure(targets=THREE, answers=(TAKEN,)))

    assert (measure.status, measure.waiting_for) == ("lifted", ())
    assert [answer.department for answer in measure.answers] == ["finance-zj"]


# Time alone, and order.


def test_a_day_on_which_time_alone_changes_a_measure_is_announced_and_no_other() -> None:
    """Everything is known from the start, as to one who asks the past as known today."""
    known: list[AnyMatter] = [
        a_listing("2024-02-20", term_months=2),
        a_matter(Honour, "2024-02-20", valid_until="2024-02-29"),
        a_measure(
            "2024-02-25",
            answers=(
                an_answer("2024-03-01", "finance-zj", "acknowledged"),
                an_answer("2024-03-10", "finance-zj", "applied"),
                an_answer("2024-03-12", "tax-zj", "applied"),
            ),
        ),
        a_measure("2024-02-25", event_id="2", measure="fast_lane", because="honour"),
        a_measure("2024-02-25", event_id="3", until="2024-03-31"),
    ]
    today, days = date(2024, 2, 25), []
    announced = next_measure_change(found(today, *known), today)
    while today < date(2024, 12, 31):
        before = _told(today, known)
        today += timedelta(days=1)
        assert (_told(today, known) != before) == (today == announced), today
        if today == announced:
            days.append(today.isoformat())
            announced = next_measure_change(found(today, *known), today)

    assert announced == FOREVER
    assert days == ["2024-03-01", "2024-03-10", "2024-04-01", "2024-04-20"]


def _told(today: date, known: list[AnyMatter]) -> list[tuple[str, str, object]]:
    return [(m.status, m.why, m.answers) for m in found(today, *known)]


def test_measures_stand_in_the_order_of_their_days_whatever_the_order_of_arrival() -> None:
    measures = [a_measure(f"2025-0{n}-10", event_id=f"measure {n}") for n in (2, 3, 4)]

    for order in permutations(measures):
        assert [m.event_id for m in found("2025-06-01", a_listing(), *order)] == [
            "measure 2",
            "measure 3",
            "measure 4",
        ]


def test_a_subject_without_measures_has_none() -> None:
    assert found("2025-06-01", a_listing()) == []
