"""An entry has effect where the subject was told before and could answer (告知、陈述申辩)."""

from __future__ import annotations

from itertools import permutations

import pytest
from msgspec.structs import replace

from events.envelope import Source
from events.rules.rulebook import load_rulebook
from projections.calendar.rules import RuleCalendar
from projections.day.lists import memberships
from projections.record.matters import AnyMatter
from tests.support.listed import LISTED, UNHEARD, a_court_entry, a_notice, an_entry, only, standing
from tests.support.matters import effect, on_day

TOO_EARLY = ("no_effect", "defence_period_open")


# Notice first.


@pytest.mark.parametrize(
    ("notified", "expected"),
    [
        (None, UNHEARD),
        ("2025-01-09", LISTED),
        ("2025-01-10", UNHEARD),
        ("2025-01-11", UNHEARD),
    ],
)
def test_an_entry_has_effect_where_it_says_that_notice_came_before_it(
    notified: str | None, expected: tuple[str, str]
) -> None:
    entry = an_entry("2025-01-10", notified_on=notified)

    assert standing("2025-02-01", entry) == expected


@pytest.mark.requirement(55)
@pytest.mark.parametrize(
    ("given", "expected"),
    [("2025-01-09", LISTED), ("2025-01-10", TOO_EARLY), ("2025-01-11", UNHEARD)],
)
def test_an_entry_has_effect_where_a_notice_came_before_it(
    given: str, expected: tuple[str, str]
) -> None:
    entry, notice = an_entry("2025-01-10"), a_notice(given)

    assert standing("2025-02-01", entry, notice) == expected
    assert only("2025-02-01", entry, notice).notice_id == (
        None if expected == UNHEARD else "notice"
    )


@pytest.mark.parametrize(
    ("entry", "notice", "expected"),
    [
        ({"notice_no": "告1"}, {"ground": "fled"}, LISTED),
        ({"notice_no": "告2"}, {}, UNHEARD),
        ({"ground": "fled"}, {}, UNHEARD),
        ({}, {"list": "market_serious", "ground": "evasion"}, UNHEARD),
        ({"notice_no": "告1"}, {"list": "market_serious"}, UNHEARD),
    ],
)
def test_a_notice_is_of_an_entry_that_names_it_or_else_has_its_list_and_ground(
    entry: dict[str, str], notice: dict[str, str], expected: tuple[str, str]
) -> None:
    assert standing("2025-02-01", an_entry(**entry), a_notice(**notice)) == expected


def test_a_notice_that_arrives_late_and_is_dated_earlier_cures_the_entry() -> None:
    entry, notice = an_entry("2025-01-10"), a_notice("2025-01-02")
    known: tuple[AnyMatter, ...] = (entry, notice)

    assert standing("2025-02-01", entry) == UNHEARD
    for order in permutations(known):
        assert standing("2025-02-01", *order) == LISTED


@pytest.mark.parametrize(
    ("ended", "expected"),
    [("2025-01-09", UNHEARD), ("2025-01-10", UNHEARD), ("2025-01-11", LISTED)],
)
def test_a_notice_withdrawn_by_the_day_of_the_decision_is_none(
    ended: str, expected: tuple[str, str]
) -> None:
    assert standing("2025-02-01", an_entry(), a_notice(ended_on=ended)) == expected


def test_a_notice_deleted_upon_objection_is_none() -> None:
    deleted = effect(voided=True)

    assert standing("2025-02-01", an_entry(), a_notice(), notice=deleted) == UNHEARD


def test_court_lists_and_the_list_of_abnormal_operations_need_no_notice() -> None:
    abnormal = an_entry("2025-01-10", list="abnormal_operation", ground="unreachable")

    assert standing("2025-02-01", a_court_entry("2025-01-10")) == LISTED
    assert standing("2025-02-01", abnormal) == LISTED
    assert not only("2025-02-01", abnormal).serious


def test_a_history_from_elsewhere_needs_no_notice_of_ours() -> None:
    imported = an_entry(source=Source.IMPORTED)

    assert standing("2025-02-01", imported) == LISTED
    assert standing("2025-02-01", an_entry(source=Source.DEPARTMENT)) == UNHEARD


def test_a_history_from_elsewhere_needs_notice_where_the_rule_does_not_exempt_it() -> None:
    book = load_rulebook()
    rule = book.lists["major_tax_violator"]
    strict = [replace(version, imports_exempt=False) for version in rule.in_force]
    lists = book.lists | {rule.code: replace(rule, in_force=strict)}
    calendar = RuleCalendar(replace(book, lists=lists))
    imported = an_entry(source=Source.IMPORTED)
    (member,) = memberships(on_day("2025-02-01", imported, calendar=calendar))

    assert (member.status, member.why) == UNHEARD


# The time for a defence.


@pytest.mark.requirement(55)
@pytest.mark.parametrize(
    ("decided", "heard", "expected"),
    [
        ("2025-01-09", None, TOO_EARLY),
        ("2025-01-10", None, TOO_EARLY),
        ("2025-01-11", None, LISTED),
        ("2025-01-06", "2025-01-05", LISTED),
        ("2025-01-05", "2025-01-05", LISTED),
        ("2025-01-04", "2025-01-05", TOO_EARLY),
    ],
)
def test_a_decision_waits_for_the_last_day_of_the_defence_or_until_the_subject_was_heard(
    decided: str, heard: str | None, expected: tuple[str, str]
) -> None:
    notice = a_notice(defence_until="2025-01-10", heard_on=heard)

    assert standing("2025-02-01", an_entry(decided), notice) == expected


@pytest.mark.parametrize(
    ("given", "decided", "expected"),
    [
        ("2025-03-01", "2025-03-06", TOO_EARLY),
        ("2025-03-01", "2025-03-07", LISTED),
        ("2021-08-31", "2021-09-01", LISTED),
        ("2021-09-01", "2021-09-06", TOO_EARLY),
        ("2024-02-26", "2024-03-02", TOO_EARLY),
        ("2024-02-26", "2024-03-03", LISTED),
    ],
)
def test_a_notice_without_a_last_day_has_the_days_of_the_rule_on_its_own_day(
    given: str, decided: str, expected: tuple[str, str]
) -> None:
    named = {"list": "market_serious", "ground": "abnormal_three_years"}

    assert standing("2025-06-01", an_entry(decided, **named), a_notice(given, **named)) == expected


def test_what_an_entry_says_of_its_notice_does_not_shorten_the_defence() -> None:
    entry = an_entry("2025-01-10", notified_on="2024-12-01")

    assert standing("2025-02-01", entry, a_notice(defence_until="2025-01-10")) == TOO_EARLY


def test_of_two_notices_the_one_that_could_be_answered_counts() -> None:
    answered = a_notice("2024-12-01", event_id="answered", defence_until="2024-12-20")
    again = a_notice("2025-01-05", event_id="again", defence_until="2025-01-20")
    member = only("2025-02-01", an_entry("2025-01-10"), answered, again)

    assert (member.status, member.notice_id) == ("in_effect", "answered")


def test_an_entry_decided_too_early_is_not_healed_by_time_but_by_a_new_decision() -> None:
    early = an_entry("2025-01-05", event_id="early")
    proper = an_entry("2025-01-11", event_id="proper", document_no="列2")
    notice = a_notice(defence_until="2025-01-10")
    found = memberships(on_day("2026-01-01", early, proper, notice))

    assert [(m.entry_id, m.status, m.why) for m in found] == [
        ("early", *TOO_EARLY),
        ("proper", *LISTED),
    ]


# Listed again.


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        ({"document_no": "列2"}, UNHEARD),
        ({"document_no": "列2", "notice_no": "告1"}, LISTED),
        ({"document_no": "列2", "notified_on": "2025-06-01"}, LISTED),
        ({"document_no": "列1"}, LISTED),
    ],
    ids=["needs another", "names it", "had one of its own", "item of the same decision"],
)
def test_a_notice_serves_one_decision(again: dict[str, str], expected: tuple[str, str]) -> None:
    first = an_entry("2025-01-10", ended_on="2025-05-01")
    second = an_entry("2025-07-01", event_id="second", **again)
    found = memberships(on_day("2025-08-01", first, second, a_notice()))

    assert [(m.status, m.why) for m in found] == [("ended", "removed"), expected]


@pytest.mark.parametrize(("decided", "expected"), [("2025-02-27", LISTED), ("2025-02-28", UNHEARD)])
def test_a_notice_not_followed_for_a_year_is_spent(decided: str, expected: tuple[str, str]) -> None:
    assert standing("2025-06-01", an_entry(decided), a_notice("2024-02-29")) == expected
    named = an_entry(decided, notice_no="告1")
    assert standing("2025-06-01", named, a_notice("2024-02-29")) == LISTED
