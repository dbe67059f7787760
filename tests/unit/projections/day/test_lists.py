"""Which list entries hold on a day, which notice they rest on, and why others do not."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from events.dates import FOREVER
from events.envelope import Source
from events.rules.rulebook import load_rulebook
from projections.calendar.rules import RuleCalendar
from projections.day.list_notices import notices_of
from projections.day.lists import memberships, next_list_change, notices_given, pending_notices
from projections.day.shapes import Membership, PendingNotice
from projections.record.matters import AnyMatter, Listing, NoticeGiven
from tests.support.matters import a_matter, effect, on_day

LISTED = ("in_effect", "")
UNHEARD = ("no_effect", "no_prior_notice")
TOO_EARLY = ("no_effect", "defence_period_open")


def an_entry(on: str = "2025-01-10", **fields: Any) -> Listing:
    return a_matter(Listing, on, **({"event_id": "entry", "document_no": "列1"} | fields))


def a_court_entry(on: str, ground: str = "obstructs", **fields: Any) -> Listing:
    return an_entry(on, list="judgment_defaulter", ground=ground, **fields)


def a_notice(on: str = "2025-01-02", **fields: Any) -> NoticeGiven:
    return a_matter(NoticeGiven, on, **({"event_id": "notice", "document_no": "告1"} | fields))


def only(when: str | date, *matters: AnyMatter, **effects: Any) -> Membership:
    (member,) = memberships(on_day(when, *matters, effects=effects))
    return member


def standing(when: str | date, *matters: AnyMatter, **effects: Any) -> tuple[str, str]:
    member = only(when, *matters, **effects)
    return member.status, member.why


def pending(when: str | date, *matters: AnyMatter) -> PendingNotice:
    (notice,) = notices_given(on_day(when, *matters))
    return notice


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


# Notices that wait for a decision.


@pytest.mark.parametrize(
    ("fields", "when", "stage"),
    [
        ({}, "2025-01-02", "notified"),
        ({"heard_on": "2025-01-05"}, "2025-01-04", "notified"),
        ({"heard_on": "2025-01-05"}, "2025-01-05", "defence_over"),
        ({"defence_until": "2025-01-10"}, "2025-01-10", "defence_open"),
        ({"defence_until": "2025-01-10"}, "2025-01-11", "defence_over"),
        ({"defence_until": "2025-01-10", "heard_on": "2025-01-05"}, "2025-01-04", "defence_open"),
        ({"defence_until": "2025-01-10", "heard_on": "2025-01-05"}, "2025-01-05", "defence_over"),
        ({}, "2026-01-01", "notified"),
        ({}, "2026-01-02", "lapsed"),
        ({"ended_on": "2025-03-01"}, "2025-02-28", "notified"),
        ({"ended_on": "2025-03-01"}, "2025-03-01", "withdrawn"),
    ],
)
def test_a_notice_goes_through_its_stages_day_by_day(
    fields: dict[str, str], when: str, stage: str
) -> None:
    notice = a_notice("2025-01-02", **fields)

    assert pending(when, notice).stage == stage
    is_pending = stage in ("notified", "defence_open", "defence_over")
    assert len(pending_notices(on_day(when, notice))) == is_pending


@pytest.mark.parametrize(
    ("decided", "entry_id", "stage", "until"),
    [
        ("2025-01-10", None, "defence_over", date(2026, 1, 2)),
        ("2025-01-11", "entry", "decided", date(2025, 1, 11)),
    ],
)
def test_a_notice_is_decided_by_an_entry_that_waited_for_the_defence(
    decided: str, entry_id: str | None, stage: str, until: date
) -> None:
    notice = pending("2025-02-01", a_notice(defence_until="2025-01-10"), an_entry(decided))

    assert (notice.entry_id, notice.stage, notice.until) == (entry_id, stage, until)
    assert notice.decided == (entry_id is not None)


def test_a_notice_shows_the_last_day_of_the_defence_that_the_rule_gives() -> None:
    notice = a_notice("2025-03-01", list="market_serious", ground="food")

    assert pending("2025-03-02", notice).defence_until == date(2025, 3, 6)
    assert pending("2025-03-02", notice).rule == "list.market_serious@2024-05-01"


# Time alone.

LIFE: tuple[AnyMatter, ...] = (
    a_notice("2024-02-20", event_id="1", defence_until="2024-02-29"),
    an_entry("2024-03-05", event_id="2", term_months=1),
    a_notice("2024-03-10", event_id="3", ground="fled", heard_on="2024-03-20"),
    a_notice("2024-03-10", event_id="4", ground="violence", ended_on="2024-04-01"),
    an_entry("2024-03-12", event_id="5", notified_on="2024-03-01", ended_on="2024-03-31"),
    a_court_entry("2024-03-15", event_id="6", ended_on="2024-05-01"),
    a_notice("2024-03-15", event_id="7", ground="other", defence_until="2024-03-25"),
)


def test_a_day_on_which_time_alone_changes_something_is_announced_and_no_other() -> None:
    """Everything is known from the start, as to one who asks the past as known today."""
    known = [m for m in LIFE if m.day <= date(2024, 3, 15)]
    today = date(2024, 3, 15)
    announced = next_list_change(*_concluded(today, known), today)
    days: list[date] = []
    while today < date(2025, 12, 31):
        before = _concluded(today, known)
        today += timedelta(days=1)
        if today == announced:
            days.append(today)
            assert _concluded(today, known) != before, today
            announced = next_list_change(*_concluded(today, known), today)
        else:
            assert _concluded(today, known) == before, today

    assert announced == FOREVER
    assert [day.isoformat() for day in days] == [
        "2024-03-20",
        "2024-03-26",
        "2024-03-31",
        "2024-04-01",
        "2024-04-05",
        "2024-05-01",
        "2025-03-10",
        "2025-03-15",
    ]


def _concluded(today: date, known: list[AnyMatter]) -> tuple[list[Membership], list[PendingNotice]]:
    on = on_day(today, *known)
    return memberships(on), pending_notices(on)


# A record with many of them.


class Looks(dict[str, Any]):
    """What is done to some records whatever they say: nothing; counts how often it is asked."""

    def __init__(self) -> None:
        """Nobody has asked; what is empty would not be asked at all."""
        super().__init__({"another": effect()})
        self.count = 0

    def get(self, event_id: str, default: Any = None, /) -> Any:
        """Find nothing, and count it."""
        self.count += 1
        return super().get(event_id, default)


@pytest.mark.parametrize("named", [True, False])
def test_what_each_entry_rests_on_costs_what_their_number_is_and_not_its_square(
    named: bool,  # noqa: FBT001 - a case of the test
) -> None:
    def looks(count: int) -> int:
        first = date(2024, 1, 1)
        notices = [
            a_notice(str(first), event_id=f"notice {n}", document_no=f"告{n}") for n in range(count)
        ]
        entries = [
            an_entry(
                str(first + timedelta(days=90 + n)),
                event_id=f"entry {n}",
                document_no=f"列{n}",
                notice_no=f"告{n}" if named else None,
            )
            for n in range(count)
        ]
        asked = Looks()
        day = on_day("2025-01-01", *notices, *entries, effects=asked)
        rested_on = {notice.event_id for notice in notices_of(day).values()}
        assert len(rested_on) == count
        return asked.count

    assert looks(80) <= 2 * looks(40)
