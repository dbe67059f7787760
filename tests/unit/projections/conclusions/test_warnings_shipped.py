"""The warnings of the rules in force: what each is raised by, and that time alone changes none unannounced."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

from events.dates import FOREVER
from events.rules.rulebook import load_rulebook
from events.rules.versions import WarningKind
from events.types.penalty import PenaltyKind
from projections.conclusions.conclusions import ActiveWarning
from projections.conclusions.warnings import warnings_on
from projections.contagion.contagion import SIGNAL as CONTAGION
from projections.record.matters import (
    AnyMatter,
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
    paid,
    recorded,
    signals_on,
    warned_on,
)
from tests.support.warned import level, noted, owing, penalties

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
