"""What bars a repair: an entry of a serious list, the same done again, what is still owed."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from events.envelope import Source
from events.types.finding import Seriousness
from projections.day.lists import memberships
from projections.day.record_on_day import RecordOnDay
from projections.record.marks import Payment
from projections.record.matters import (
    AnyMatter,
    Default,
    Grade,
    Listing,
)
from tests.support.effects import (
    CALENDAR,
    a_conduct,
    applied,
    counts,
    day,
    effect,
    effect_of,
    granted,
    marked,
    paid,
    raised,
    refused,
    repair,
    shows,
)
from tests.support.matters import a_matter, record_of


@pytest.mark.parametrize(
    ("marks", "note"),
    [
        ((granted("2026-06-01"),), "not_committed"),
        ((applied("2026-05-20", committed=False), granted("2026-06-01")), "not_committed"),
        ((applied("2026-06-02"), granted("2026-06-01")), "not_committed"),
        ((applied("2026-06-01"), granted("2026-06-01")), ""),
        ((granted("2026-03-31"),), ""),
    ],
)
def test_from_april_2026_who_is_repaired_has_committed_itself(
    marks: tuple[object, ...], note: str
) -> None:
    matter = a_conduct(*marks, seriousness=Seriousness.GENERAL)
    assert repair(matter, "2026-06-01")[1] == note


def test_a_grant_without_effect_leaves_the_record_as_it_is() -> None:
    matter = a_conduct(granted("2024-12-31"), granted("2025-01-10"))

    assert counts(matter, "2025-01-09")
    assert shows(matter, "2025-01-09")
    assert repair(matter, "2025-01-09") == ("no_effect", "before_minimum")
    assert repair(matter, "2025-01-10") == ("granted", "")
    assert effect(matter, "2025-01-10").repaired_on == day("2025-01-10")


@pytest.mark.parametrize(
    ("on_list", "listed", "decision", "state"),
    [
        ("wage_arrears", "2021-01-10", "2021-07-09", ("no_effect", "before_minimum")),
        ("wage_arrears", "2021-01-10", "2021-07-10", ("granted", "")),
        ("market_serious", "2024-02-29", "2025-02-28", ("granted", "")),
        ("judgment_defaulter", "2020-01-10", "2025-01-10", ("no_effect", "never_repairable")),
    ],
)
def test_a_list_entry_is_repaired_after_the_months_of_its_list(
    on_list: str, listed: str, decision: str, state: tuple[str, str]
) -> None:
    matter = a_matter(Listing, listed, list=on_list, marks=marked(granted(decision)))
    assert repair(matter, decision) == state


def in_record(matter: AnyMatter, on: str, *others: AnyMatter) -> tuple[str, str, bool]:
    record = record_of(matter, *others)
    on_day = RecordOnDay(record, CALENDAR.on(day(on)))
    on_day.weigh_repairs(memberships(on_day))
    found = on_day.effect(matter)
    return found.repair, found.repair_note, found.counts_until <= day(on)


def a_serious_entry(since: str, ended_on: str | None = None, **fields: Any) -> Listing:
    said = {"category": "list.major_tax_violator", "notified_on": "2022-12-01"} | fields
    return a_matter(Listing, since, ended_on=ended_on, **said)


@pytest.mark.parametrize(
    ("entry", "state"),
    [
        (a_serious_entry("2025-01-10"), ("no_effect", "while_listed", False)),
        (a_serious_entry("2025-01-11"), ("granted", "", True)),
        (a_serious_entry("2023-01-10", "2025-01-10"), ("granted", "", True)),
        (a_serious_entry("2023-01-10", "2025-01-11"), ("no_effect", "while_listed", False)),
        (a_serious_entry("2024-01-10", notified_on=None), ("granted", "", True)),
        (
            a_serious_entry("2024-01-10", list="abnormal_operation", ground="unreachable"),
            ("granted", "", True),
        ),
    ],
)
def test_nothing_else_is_repaired_while_an_entry_of_a_serious_list_is_in_effect(
    entry: Listing, state: tuple[str, str, bool]
) -> None:
    assert in_record(a_conduct(granted("2025-01-10")), "2026-01-01", entry) == state


def test_an_entry_itself_may_be_repaired_while_it_is_in_effect() -> None:
    matter = a_matter(
        Listing,
        "2024-01-10",
        list="wage_arrears",
        ground="refuses",
        category="list.wage_arrears",
        notified_on="2024-01-01",
        event_id="entry",
        marks=marked(applied("2025-01-09"), granted("2025-01-10")),
    )
    assert in_record(matter, "2025-01-10", a_serious_entry("2024-06-01"))[:2] == ("granted", "")


def a_wage_debt(*payments: Payment, on: str = "2024-01-02", **fields: Any) -> Default:
    said = {"category": "default.wage", "amount_fen": 1_000, "event_id": f"debt {on}"} | fields
    return a_matter(Default, on, payments=payments, **said)


@pytest.mark.requirement(75)
@pytest.mark.parametrize(
    ("debts", "state"),
    [
        ([], ("granted", "", True)),
        ([a_wage_debt()], ("no_effect", "not_performed", False)),
        ([a_wage_debt(paid("2024-07-11"))], ("no_effect", "before_minimum", False)),
        ([a_wage_debt(paid("2024-07-10"))], ("granted", "", True)),
        ([a_wage_debt(paid("2024-05-01", 999))], ("no_effect", "not_performed", False)),
        ([a_wage_debt(ended_on="2024-07-11")], ("no_effect", "before_minimum", False)),
        (
            [a_wage_debt(paid("2024-03-01")), a_wage_debt(paid("2024-09-01"), on="2024-01-03")],
            ("no_effect", "before_minimum", False),
        ),
        ([a_wage_debt(on="2024-01-11")], ("granted", "", True)),
        ([a_wage_debt(category="default.loan")], ("granted", "", True)),
        ([a_wage_debt(source=Source.SELF_DECLARED)], ("granted", "", True)),
    ],
)
def test_the_wage_list_is_left_six_months_after_the_payment_of_what_the_entry_rests_on(
    debts: list[Default], state: tuple[str, str, bool]
) -> None:
    entry = a_matter(
        Listing,
        "2024-01-10",
        list="wage_arrears",
        category="list.wage_arrears",
        notified_on="2024-01-01",
        event_id="entry",
        marks=marked(applied("2025-01-09"), granted("2025-01-10")),
    )
    assert in_record(entry, "2025-01-10", *debts) == state


@pytest.mark.parametrize(
    ("again", "state"),
    [
        ("2024-01-09", ("granted", "", True)),
        ("2024-01-10", ("granted", "", True)),
        ("2024-01-11", ("no_effect", "same_kind_again", False)),
        ("2025-01-10", ("no_effect", "same_kind_again", False)),
        ("2025-01-11", ("granted", "", True)),
    ],
)
def test_who_did_the_same_again_by_the_decision_is_not_repaired(
    again: str, state: tuple[str, str, bool]
) -> None:
    other = a_conduct(on=again, event_id="other")

    assert in_record(a_conduct(granted("2025-01-10")), "2026-01-01", other) == state


def test_a_record_of_another_category_or_one_deleted_is_not_the_same_again() -> None:
    matter = a_conduct(granted("2025-01-10"))
    other = a_conduct(on="2024-06-01", event_id="other", category="conduct.bid_collusion")
    deleted = a_conduct(
        raised("2024-07-01", "deleted", "2024-07-03"), on="2024-06-01", event_id="deleted"
    )
    assert in_record(matter, "2026-01-01", other, deleted) == ("granted", "", True)


def test_a_temporary_repair_is_not_barred_by_lists_or_records_since() -> None:
    matter = a_conduct(granted("2025-01-10", until="2027-01-10"))
    others = (a_serious_entry("2024-06-01"), a_conduct(on="2024-06-01", event_id="other"))

    assert in_record(matter, "2026-01-01", *others) == ("granted", "", True)


def test_any_record_may_be_objected_to_and_repaired() -> None:
    grade = a_matter(Grade, "2024-01-10", marks=marked(raised("2024-02-01"), granted("2025-02-10")))
    assert effect(grade, "2024-02-01").objected
    assert repair(grade, "2025-02-10") == ("granted", "")


def test_nothing_changes_before_the_next_day_of_change() -> None:
    """On every day of two years, the effect is that of the day before, or that day was named."""
    matter = a_conduct(
        raised("2024-02-29", "stopped", "2024-03-07"),
        applied("2024-12-20"),
        granted("2024-12-31"),
        granted("2025-02-01", until="2025-05-01"),
        applied("2025-06-01"),
        refused("2025-06-10"),
        on="2024-01-10",
    )
    days = [date(2024, 1, 10) + timedelta(n) for n in range(730)]
    named = {effect_of(matter, CALENDAR.on(on)).next_change_on for on in days}
    changed = {
        on for before, on in pairwise(days) if _concluded(matter, before) != _concluded(matter, on)
    }
    assert changed
    assert changed <= named


def _concluded(matter: AnyMatter, on: date) -> tuple[object, ...]:
    found = effect_of(matter, CALENDAR.on(on))
    return (
        on < found.counts_until,
        on < found.hidden_from,
        found.objected,
        found.repaired_on,
        found.repair,
        found.repair_note,
    )
