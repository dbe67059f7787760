"""A repair stops a record from counting and being shown: asked for when, granted by which rule, for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from events.dates import FOREVER
from events.types.penalty import PenaltyKind
from projections.record.matters import (
    AnyMatter,
    Arrears,
    Conduct,
    Default,
    Enforcement,
    Penalty,
)
from tests.support.effects import (
    a_conduct,
    applied,
    counts,
    day,
    effect,
    granted,
    marked,
    paid,
    refused,
    repair,
    shows,
)
from tests.support.matters import a_matter

PENALTY: dict[str, Any] = {
    "category": "penalty.tax",
    "kinds": (PenaltyKind.FINE,),
    "simple_procedure": False,
    "fine_fen": 5_000_000,
    "confiscated_fen": None,
    "publish_until": None,
    "effective_until": None,
    "conduct_ended_on": None,
    "final_on": None,
    "finality": None,
    "payments": (),
}
COMMON = dict.fromkeys(Penalty.__struct_fields__)


def a_penalty(*marks: object, on: str = "2024-01-10", **fields: Any) -> Penalty:
    """Give a penalty of tax of 50,000 yuan, whose severity is general; paid, if not said."""
    own = PENALTY | {"payments": (paid("2024-01-20"),)} | fields
    if PenaltyKind.FINE not in own["kinds"]:
        own["fine_fen"] = None
    common = a_matter(Conduct, on, marks=marked(*marks))
    shared = {name: getattr(common, name) for name in COMMON if hasattr(common, name)}
    return Penalty(**(shared | {"event_id": "penalty"} | own))


def test_a_repair_stops_counting_and_showing_from_its_day() -> None:
    matter = a_conduct(applied("2025-01-02"), granted("2025-01-10"))

    assert counts(matter, "2025-01-09")
    assert shows(matter, "2025-01-09")
    assert not counts(matter, "2025-01-10")
    assert not shows(matter, "2025-01-10")
    assert effect(matter, "2025-01-09").repaired_on is None
    assert effect(matter, "2025-01-10").repaired_on == day("2025-01-10")
    assert effect(matter, "2025-01-10").rules == ("repair@2019-02-09",)
    assert not effect(matter, "2025-01-10").voided


def test_a_repair_goes_from_applied_to_decided() -> None:
    matter = a_conduct(
        applied("2025-01-02"), refused("2025-01-08"), applied("2025-02-01"), granted("2025-02-10")
    )
    days = ("2025-01-01", "2025-01-02", "2025-01-08", "2025-02-01", "2025-02-10")

    assert [repair(matter, on)[0] for on in days] == [
        "",
        "applied",
        "refused",
        "applied",
        "granted",
    ]
    assert [effect(matter, on).next_change_on for on in days] == [
        *(day(on) for on in days[1:]),
        FOREVER,
    ]


def test_a_refusal_does_not_take_back_what_was_granted() -> None:
    matter = a_conduct(granted("2025-02-10"), applied("2025-03-01"), refused("2025-03-05"))

    assert repair(matter, "2025-03-02") == repair(matter, "2025-03-05") == ("granted", "")


def test_a_temporary_repair_holds_until_its_day_and_then_the_record_counts_again() -> None:
    matter = a_conduct(granted("2024-03-01", until="2024-09-01"))
    days = ("2024-02-29", "2024-03-01", "2024-08-31", "2024-09-01")

    assert [counts(matter, on) for on in days] == [True, False, False, True]
    assert [shows(matter, on) for on in days] == [True, False, False, True]
    assert [repair(matter, on)[0] for on in days] == ["", "granted", "granted", "lapsed"]
    assert [effect(matter, on).repaired_on is None for on in days] == [True, False, False, True]
    assert [effect(matter, on).next_change_on for on in days] == [
        day("2024-03-01"),
        day("2024-09-01"),
        day("2024-09-01"),
        FOREVER,
    ]


def test_a_temporary_repair_asks_neither_for_months_nor_for_payment() -> None:
    owing = a_matter(
        Default, "2024-02-01", amount_fen=100, marks=marked(granted("2024-03-01", "2024-09-01"))
    )
    assert repair(owing, "2024-03-01") == ("granted", "")


def test_a_temporary_repair_that_ends_before_it_begins_has_never_held() -> None:
    matter = a_conduct(granted("2024-03-01", until="2024-03-01"))

    assert counts(matter, "2024-03-01")
    assert repair(matter, "2024-03-01") == ("lapsed", "")


FINE = (PenaltyKind.FINE,)
BAN = (PenaltyKind.ACTIVITY_RESTRICTED,)
WARNING = (PenaltyKind.WARNING,)
CONFISCATED = (PenaltyKind.FINE, PenaltyKind.CONFISCATION)
SMALL = (PenaltyKind.OTHER,)
REVOKED = (PenaltyKind.FINE, PenaltyKind.LICENCE_REVOKED)


@pytest.mark.parametrize(
    ("category", "kinds", "decided", "first_day"),
    [
        # Order 36: minor at once, general after three months, serious after twelve.
        ("penalty.tax", WARNING, "2026-05-10", "2026-05-10"),
        ("penalty.tax", FINE, "2026-04-30", "2026-07-30"),
        ("penalty.tax", FINE, "2026-11-30", "2027-02-28"),
        ("penalty.tax", BAN, "2026-05-10", "2027-05-10"),
        # Order 58: three months, a year where life is at stake.
        ("penalty.tax", BAN, "2023-06-01", "2023-09-01"),
        ("penalty.safety", FINE, "2024-02-29", "2025-02-28"),
        ("penalty.fire", FINE, "2023-06-01", "2024-06-01"),
        # What is not published may be repaired at once.
        ("penalty.fire", WARNING, "2023-06-01", "2023-06-01"),
        ("penalty.tax", WARNING, "2023-06-01", "2023-06-01"),
        ("penalty.tax", SMALL, "2023-06-01", "2023-09-01"),
        ("penalty.food_drug", FINE, "2023-06-01", "2024-06-01"),
        # 2019-527: three months, six where serious. Before it, the province: a year.
        ("penalty.tax", FINE, "2019-12-31", "2020-03-31"),
        ("penalty.tax", BAN, "2019-08-31", "2020-02-29"),
        ("penalty.market", FINE, "2022-01-31", "2022-07-31"),
        ("penalty.tax", FINE, "2018-04-01", "2019-04-01"),
    ],
)
def test_a_penalty_may_be_repaired_once_its_months_are_over(
    category: str, kinds: tuple[PenaltyKind, ...], decided: str, first_day: str
) -> None:
    first = day(first_day)
    day_before = (first - timedelta(1)).isoformat()

    def on(decision: str) -> tuple[str, str]:
        matter = a_penalty(
            applied(decision),
            granted(decision),
            on=decided,
            category=category,
            kinds=kinds,
            payments=(paid(decided),),
        )
        return repair(matter, "2030-01-01")

    assert on(first_day) == ("granted", "")
    if decided != first_day:
        assert on(day_before) == ("no_effect", "before_minimum")


def test_a_decision_is_judged_by_the_rules_of_its_own_day_for_good() -> None:
    """On 2026-03-31 three months were enough for a serious penalty, on 2026-04-01 not."""
    before = a_penalty(granted("2026-03-31"), on="2025-12-10", kinds=BAN)
    after = a_penalty(applied("2026-04-01"), granted("2026-04-01"), on="2025-12-10", kinds=BAN)

    assert repair(before, "2026-03-31") == repair(before, "2029-01-01") == ("granted", "")
    assert repair(after, "2026-04-01") == ("no_effect", "before_minimum")


def test_the_severity_is_that_of_the_day_of_the_decision() -> None:
    """Market regulation's `other` kinds are general under Order 45, and minor under its rules of 2025-12-25."""
    other: dict[str, Any] = {"category": "penalty.market", "kinds": (PenaltyKind.OTHER,)}
    early = a_penalty(granted("2025-12-24"), on="2025-12-01", **other)
    late = a_penalty(applied("2025-12-25"), granted("2025-12-25"), on="2025-12-01", **other)

    for on in ("2025-12-25", "2028-01-01"):
        assert repair(early, on) == ("no_effect", "before_minimum")
        assert repair(late, on) == ("granted", "")


def test_before_2018_there_was_no_repair() -> None:
    assert repair(a_conduct(granted("2017-12-31"), on="2010-01-10"), "2018-06-01") == (
        "no_effect",
        "no_rule",
    )
    assert repair(a_conduct(granted("2018-01-01"), on="2010-01-10"), "2018-06-01")[0] == "granted"


@pytest.mark.parametrize(
    ("category", "decision", "state"),
    [
        ("penalty.market", "2025-06-01", ("no_effect", "never_repairable")),
        ("penalty.food_drug", "2027-06-01", ("no_effect", "never_repairable")),
        ("penalty.tax", "2025-06-01", ("granted", "")),
    ],
)
def test_a_revoked_licence_of_market_regulation_is_never_repaired(
    category: str, decision: str, state: tuple[str, str]
) -> None:
    for until in (None, "2028-01-01"):
        matter = a_penalty(
            applied(decision), granted(decision, until), category=category, kinds=REVOKED
        )
        assert repair(matter, decision) == state


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({"payments": ()}, "not_performed"),
        ({"payments": (paid("2025-06-01"),)}, ""),
        ({"payments": (paid("2025-06-02"),)}, "not_performed"),
        ({"payments": (paid("2025-06-01", 4_999_999),)}, "not_performed"),
        ({"payments": (paid("2025-06-01", 4_999_999), paid("2025-06-01", 1))}, ""),
        ({"payments": (paid("2025-06-01", 5_000_000),), "confiscated_fen": 1}, "not_performed"),
        ({"payments": (), "fine_fen": None}, "not_performed"),
        ({"payments": (), "fine_fen": None, "kinds": WARNING}, ""),
        ({"payments": (paid("2025-06-01", 5_000_000),), "kinds": CONFISCATED}, "not_performed"),
        ({"payments": (paid("2025-06-01"),), "kinds": CONFISCATED}, ""),
    ],
)
def test_a_penalty_is_repaired_once_nothing_of_it_is_left_to_pay(
    fields: dict[str, Any], note: str
) -> None:
    matter = a_penalty(granted("2025-06-01"), **fields)

    assert repair(matter, "2026-01-01") == ("no_effect" if note else "granted", note)


@pytest.mark.parametrize("kind", [Arrears, Default, Enforcement])
@pytest.mark.parametrize("is_paid", [True, False])
def test_what_is_owed_is_repaired_once_it_is_paid(kind: type[AnyMatter], *, is_paid: bool) -> None:
    common = a_matter(Conduct, "2024-01-10", marks=marked(granted("2025-06-01")))
    values: dict[str, Any] = dict.fromkeys(kind.__struct_fields__)
    values |= {name: getattr(common, name) for name in values if hasattr(common, name)}
    values["payments"] = (paid("2025-01-10"),) if is_paid else ()
    matter = kind(**values)

    expected = ("granted", "") if is_paid else ("no_effect", "not_performed")
    assert repair(matter, "2025-06-01") == expected
