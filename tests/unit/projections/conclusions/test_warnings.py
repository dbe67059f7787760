"""Which early warnings hold on a day, at which level, since when, on what evidence."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

from events.dates import FOREVER
from events.rules.rulebook import load_rulebook
from events.rules.versions import WarningKind
from events.types.penalty import PenaltyKind
from projections.calendar.rules import RuleCalendar
from projections.conclusions.conclusions import ActiveWarning
from projections.conclusions.warnings import warnings_on
from projections.contagion.contagion import SIGNAL as CONTAGION
from projections.record.marks import Marks, Objection, Payment
from projections.record.matters import (
    Acknowledgement,
    AnyMatter,
    Arrears,
    Conduct,
    Default,
    Enforcement,
    Grade,
    Inspection,
    Licence,
    Listing,
    Penalty,
    Recall,
)
from projections.signals.signals import SIGNALS
from tests.support.recorded import (
    CALENDAR,
    fact,
    objection,
    paid,
    recorded,
    ruled,
    signals_on,
    warned_on,
)

RED = {"level": "red", "at_least": 1}


def level(on: str, *matters: AnyMatter, rule: str = "warning.penalties") -> str | None:
    found = warned_on(on, *matters).get(rule)
    return None if found is None else found.level.value


def penalties(*days: str, **fields: Any) -> list[Penalty]:
    return [recorded(Penalty, day, event_id=f"{n} {day}", **fields) for n, day in enumerate(days)]


def owing(day: str, fen: int | None, *payments: Payment, **fields: Any) -> Arrears:
    return recorded(Arrears, day, balance_fen=fen, payments=payments, **fields)


def noted(day: str, rule: str = "warning.x", **fields: Any) -> Acknowledgement:
    return recorded(Acknowledgement, day, rule=rule, **fields)


def course(
    calendar: RuleCalendar, first: str, last: str, *matters: AnyMatter
) -> list[tuple[str, str | None]]:
    """Give the level of `warning.x` on the first day and on each day on which it changes."""
    found: list[tuple[str, str | None]] = []
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        warning = warned_on(day, *matters, calendar=calendar).get("warning.x")
        now = None if warning is None else warning.level.value
        if not found or found[-1][1] != now:
            found.append((day.isoformat(), now))
        day += timedelta(days=1)
    return found


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


SHIPPED: list[tuple[str, str, AnyMatter]] = [
    (
        "warning.serious_penalties",
        "yellow",
        recorded(Penalty, "2025-01-10", kinds=(PenaltyKind.CLOSURE,)),
    ),
    (
        "warning.licence_revoked",
        "red",
        recorded(Penalty, "2025-01-10", kinds=(PenaltyKind.LICENCE_REVOKED,)),
    ),
    ("warning.list_entry", "red", recorded(Listing, "2025-01-10")),
    ("warning.judgment_defaulter", "red", recorded(Listing, "2025-01-10")),
    (
        "warning.abnormal_operation",
        "yellow",
        recorded(Listing, "2025-01-10", list="abnormal_operation", ground="unreachable"),
    ),
    ("warning.fled", "red", recorded(Conduct, "2025-01-10", conduct="fled")),
    ("warning.licence_expiring", "blue", recorded(Licence, "2020-01-10", valid_until="2025-02-10")),
    (
        "warning.licence_expired",
        "yellow",
        recorded(Licence, "2020-01-10", valid_until="2025-01-10"),
    ),
    ("warning.failed_inspections", "yellow", recorded(Inspection, "2025-01-10")),
    ("warning.recalls", "orange", recorded(Recall, "2025-01-10")),
    ("warning.misconduct", "blue", recorded(Conduct, "2025-01-10")),
    ("warning.grade_bad", "yellow", recorded(Grade, "2025-01-10", grade="D")),
    ("warning.wage_arrears", "orange", recorded(Default, "2025-01-10")),
    ("warning.wage_arrears", "yellow", recorded(Default, "2025-01-18")),
    ("warning.wage_order", "orange", recorded(Default, "2025-01-10", ordered_by="2025-06-10")),
    ("warning.wage_overdue", "red", recorded(Default, "2025-01-10", ordered_by="2025-01-31")),
    ("warning.wage_exposure", "red", recorded(Default, "2025-01-10", amount_fen=50_000_001)),
    ("warning.defaults", "blue", recorded(Default, "2025-01-10", category="default.loan")),
    ("warning.enforcements", "orange", recorded(Enforcement, "2025-01-10")),
    ("candidate.wage_arrears", "yellow", recorded(Default, "2025-01-10", ordered_by="2025-01-31")),
    ("candidate.major_tax_violator", "yellow", owing("2025-01-10", 100_000_000)),
]


@pytest.mark.parametrize(("rule", "expected", "matter"), SHIPPED)
def test_a_record_is_warned_of_by_the_rules_in_force(
    rule: str, expected: str, matter: AnyMatter
) -> None:
    assert level("2025-02-01", matter, rule=rule) == expected


def test_wages_of_exactly_the_amount_of_exposure_are_not_exposed() -> None:
    owed = recorded(Default, "2025-01-10", amount_fen=50_000_000)
    assert level("2025-02-01", owed, rule="warning.wage_exposure") is None


def test_an_enforcement_is_orange_while_new_and_yellow_while_open() -> None:
    case = recorded(Enforcement, "2025-01-10")
    assert level("2026-01-09", case, rule="warning.enforcements") == "orange"
    assert level("2026-01-10", case, rule="warning.enforcements") == "yellow"


def test_every_rule_speaks_of_a_known_signal_list_and_department() -> None:
    book = load_rulebook()
    for rule in book.warnings:
        assert rule.signal in SIGNALS or rule.signal == CONTAGION
        assert set(rule.recipients) <= book.departments.keys()
        assert rule.list is None or rule.list in book.lists
        assert (rule.kind is WarningKind.CANDIDATE) == (rule.list is not None)
        for version in rule.in_force:
            for threshold in version.levels:
                assert threshold.at_least > 0
                assert threshold.lift_below is None or 0 < threshold.lift_below < threshold.at_least


def test_no_warning_becomes_red_because_nobody_took_note() -> None:
    for rule in load_rulebook().warnings:
        for version in rule.in_force:
            if version.escalates_after_days is not None:
                assert "orange" not in {threshold.level for threshold in version.levels}, rule.id


def test_who_is_told_of_a_candidate_may_list_it() -> None:
    book = load_rulebook()
    for rule in book.warnings:
        if rule.list is not None:
            category = book.lists[rule.list].category
            assert rule.recipients
            assert all(book.departments[code].may_report(category) for code in rule.recipients)


def a_history(seed: int) -> list[AnyMatter]:
    """Give a subject with some of everything, over two years."""
    rng = random.Random(seed)

    def some_day(after: str = "2023-06-01", days: int = 900) -> str:
        return (date.fromisoformat(after) + timedelta(days=rng.randrange(days))).isoformat()

    def a_matter(n: int) -> AnyMatter:
        day, name = some_day(), f"{n:03}"
        end = rng.choice([None, some_day(day, 300)])
        settled = (
            paid(some_day(day, 400), rng.choice([None, 30_000_000]), cleared=rng.random() < 0.5),
        )
        made: list[AnyMatter] = [
            recorded(
                Penalty,
                day,
                event_id=name,
                ended_on=end,
                department=rng.choice(["a", "b", "c"]),
                kinds=(rng.choice([PenaltyKind.FINE, PenaltyKind.CLOSURE]),),
            ),
            owing(
                day, rng.choice([None, 5_000_000, 60_000_000, 200_000_000]), *settled, event_id=name
            ),
            recorded(
                Listing,
                day,
                event_id=name,
                ended_on=end,
                list="abnormal_operation",
                ground="unreachable",
            ),
            recorded(Listing, day, event_id=name, ended_on=end),
            recorded(Enforcement, day, event_id=name, payments=settled),
            recorded(Default, day, event_id=name, ordered_by=some_day(day, 60), payments=settled),
            recorded(Licence, day, event_id=name, valid_until=some_day(day, 400)),
            recorded(Grade, day, event_id=name, grade=rng.choice("ABCD")),
            noted(
                day,
                rng.choice(["warning.abnormal_operation", "warning.wage_arrears"]),
                event_id=name,
            ),
        ]
        return rng.choice(made)

    return [a_matter(n) for n in range(rng.randrange(1, 14))]


@pytest.mark.parametrize("seed", range(25))
def test_time_alone_changes_warnings_on_the_days_announced_and_no_others(seed: int) -> None:
    matters = a_history(seed)
    day, last = date(2024, 6, 1), date(2026, 6, 1)
    before: list[ActiveWarning] | None = None
    announced = day
    while day <= last:
        signals = signals_on(day, *matters)
        found, next_change = warnings_on(signals)
        assert next_change > day
        if day < announced:
            assert found == before, f"changed on {day}, announced for {announced}"
        for warning in found:
            assert warning.evidence
            assert warning.since <= day
            assert warning.expires_on is None or warning.expires_on > day
        before, announced = found, min(next_change, CALENDAR.on(day).next_change_on)
        day += timedelta(days=1)


@pytest.mark.parametrize("seed", range(25))
def test_a_warning_is_gone_on_the_day_it_named_and_there_since_the_day_it_names(seed: int) -> None:
    matters = a_history(seed)
    on = date(2025, 3, 1)
    for rule, warning in warned_on(on, *matters).items():
        eve = warning.since - timedelta(days=1)
        if eve >= date(2023, 1, 1):
            then, gone = (
                {w.rule for w in warnings_on(_seen(day, matters, on))[0]}
                for day in (warning.since, eve)
            )
            assert rule in then
            assert rule not in gone
        if warning.expires_on is not None and warning.expires_on < date(2035, 1, 1):
            still = warned_on_by(warning.expires_on - timedelta(days=1), matters, on)
            assert rule in still
            assert rule not in warned_on_by(warning.expires_on, matters, on)


def _seen(day: date, matters: list[AnyMatter], rules_on: date) -> Any:
    """Give the signals of another day by the same versions of the rules."""
    signals = signals_on(day, *matters)
    signals.on_day.rules = CALENDAR.on(rules_on).seen_from(day)
    return signals


def warned_on_by(day: date, matters: list[AnyMatter], rules_on: date) -> set[str]:
    return {warning.rule for warning in warnings_on(_seen(day, matters, rules_on))[0]}


def test_a_record_that_says_nothing_bad_is_warned_of_nothing() -> None:
    assert warnings_on(signals_on("2025-02-01")) == ([], FOREVER)
    good = recorded(Grade, "2025-01-10", grade="A")
    assert warnings_on(signals_on("2025-02-01", good)) == ([], FOREVER)


def test_a_penalty_decided_on_the_spot_warns_of_nothing() -> None:
    assert warned_on("2025-02-01", *penalties("2025-01-10", simple_procedure=True)) == {}
