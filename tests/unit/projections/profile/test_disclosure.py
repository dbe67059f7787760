"""Who may see a record, from which of its days that runs, and what makes it longer or shorter."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given as given_
from hypothesis import settings
from hypothesis import strategies as st

from events.dates import FOREVER
from events.envelope import Disclosure
from projections.profile.disclosure import serious_spans
from tests.support import builders as a
from tests.support.given import given

if TYPE_CHECKING:
    from events.event import Event
    from projections.profile.shapes import Shown


def shown(on: str, event: Event, *others: Event) -> Shown:
    """Give who may see the first record on a day."""
    records = given(event, *others).on(on).records
    (record,) = (r for r in records if r.event_id == event.envelope.event_id)
    return record.shown


def said(event: Event, **fields: Any) -> Event:
    """Say more in an event than its builder does; what looks like a day is one."""
    read = {
        k: date.fromisoformat(v) if isinstance(v, str) and v[:2] == "20" else v
        for k, v in fields.items()
    }
    return a.named(msgspec.structs.replace(event, **read))


def readers(who: Shown) -> tuple[bool, bool, bool]:
    return who.public, who.shared, who.agency


ECOLOGY: dict[str, Any] = {"department": "ecology-zj", "category": "penalty.environment"}
PENALTY = a.a_penalty(1, "2025-01-10", fine_fen=5_000_000, **ECOLOGY)


@pytest.mark.parametrize(
    ("record", "clock", "basis"),
    [
        pytest.param(PENALTY, "2025-01-10", "occurred_on", id="recognised"),
        pytest.param(
            a.a_penalty(1, "2025-01-10", published_on="2025-01-20"),
            "2025-01-20",
            "published_on",
            id="market regulation: published",
        ),
        pytest.param(
            a.a_penalty(1, "2025-01-10"), "2025-01-10", "occurred_on", id="publication not known"
        ),
        pytest.param(
            said(a.a_judgment(1, category="judgment.criminal"), sentence_served_on="2025-05-01"),
            "2025-05-01",
            "sentence_served_on",
            id="a sentence served",
        ),
        pytest.param(
            a.a_judgment(1, category="judgment.criminal"),
            "2025-01-10",
            "occurred_on",
            id="a sentence whose end is not known",
        ),
    ],
)
def test_the_day_from_which_a_record_is_published_is_named(
    record: Event, clock: str, basis: str
) -> None:
    who = shown("2025-06-01", record)

    assert (who.clock.isoformat(), who.clock_basis) == (clock, basis)


@pytest.mark.parametrize(
    ("record", "others", "last", "over"),
    [
        pytest.param(PENALTY, [], "2030-01-09", "2030-01-10", id="the end is not known"),
        pytest.param(
            said(PENALTY, conduct_ended_on="2024-06-30"),
            [],
            "2029-06-29",
            "2029-06-30",
            id="the conduct ended before",
        ),
        pytest.param(a.arrears(1, "2025-01-10"), [], "2060-01-01", None, id="still owed"),
        pytest.param(
            a.arrears(1, "2025-01-10"),
            [a.a_settlement(a.arrears(1, "2025-01-10"), "2025-06-30", None, cleared=True)],
            "2030-06-29",
            "2030-06-30",
            id="paid",
        ),
    ],
)
def test_agencies_see_a_bad_record_for_five_years_from_its_end(
    record: Event, others: list[Event], last: str, over: str | None
) -> None:
    assert shown(last, record, *others).agency
    if over is not None:
        assert shown(last, record, *others).agency_until == date.fromisoformat(over)
        assert not shown(over, record, *others).agency


def test_what_a_department_owes_is_public_while_it_is_owed() -> None:
    owed = a.arrears(1, "2025-01-10", balance_fen=100)
    paid = a.a_settlement(owed, "2025-06-30", 100)

    assert shown("2025-06-29", owed, paid).public
    assert readers(shown("2025-06-30", owed, paid)) == (False, True, True)
    assert not shown("2025-01-10", a.arrears(1, "2025-01-10", balance_fen=0)).public
    assert shown("2040-01-10", a.arrears(1, "2025-01-10", balance_fen=None)).public


@pytest.mark.parametrize(
    "record",
    [
        a.a_licence(1, "2025-01-10", valid_until="2025-12-31"),
        a.a_relation(1, "2025-01-10", until="2025-12-31"),
        a.a_measure(PENALTY, "2025-01-10", until="2025-12-31"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_lasts_until_a_day_is_shown_up_to_that_day(record: Event) -> None:
    assert shown("2025-12-31", record).shared
    assert shown("2025-12-31", record).shared_until == date(2026, 1, 1)
    assert readers(shown("2026-01-01", record)) == (False, False, False)


BAN = ("career_ban",)


@pytest.mark.parametrize(
    ("effective_until", "over"),
    [
        (None, "2027-01-10"),
        ("2026-12-31", "2027-01-10"),
        ("2027-01-09", "2027-01-10"),
        ("2027-01-10", "2027-01-11"),
        ("2028-06-30", "2028-07-01"),
    ],
)
def test_a_ban_of_market_regulation_is_shown_as_long_as_it_lasts_and_three_years(
    effective_until: str | None, over: str
) -> None:
    """Until the rules of 2026, under which it is three years for every serious one."""
    ban = said(a.a_penalty(1, "2024-01-10", kinds=BAN), effective_until=effective_until)

    found = shown("2025-06-01", ban)
    assert found.rule == "disclosure.penalty_market@2021-09-01"
    assert found.public_until == date.fromisoformat(over)


LATER = a.a_penalty(1, "2027-01-10", fine_fen=5_000_000, **ECOLOGY)
"""Published for one year, by the rules of 2026."""
COURT = a.a_court_listing(1, "2027-06-01")


def test_on_a_serious_list_a_bad_record_does_not_run_out_before_it_leaves_the_list() -> None:
    removed = a.a_removal(COURT, "2029-03-01")

    assert not shown("2028-01-10", LATER).public
    assert shown("2028-01-10", LATER, COURT).public
    assert shown("2028-01-10", LATER, COURT).public_until is None
    assert shown("2029-02-28", LATER, COURT, removed).public
    assert not shown("2029-03-01", LATER, COURT, removed).public


def test_what_agencies_keep_runs_out_on_a_serious_list_too() -> None:
    assert shown("2032-01-09", LATER, COURT).agency
    assert readers(shown("2032-01-10", LATER, COURT)) == (True, True, False)


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([a.a_court_listing(1, "2028-01-11")], id="listed after it ran out"),
        pytest.param(
            [COURT, a.a_removal(COURT, "2028-01-10")], id="left the list on the day it runs out"
        ),
        pytest.param([a.a_tax_listing(1, "2027-06-01", notified_on=None)], id="without effect"),
        pytest.param(
            [
                said(
                    a.a_court_listing(1, "2027-06-01", category="list.abnormal_operation"),
                    list="abnormal_operation",
                    ground="unreachable",
                )
            ],
            id="not a serious list",
        ),
    ],
)
def test_no_other_list_keeps_a_record_from_running_out(others: list[Event]) -> None:
    assert shown("2028-01-09", LATER, *others).public_until == date(2028, 1, 10)
    assert not shown("2028-01-11", LATER, *others).public


DAYS_OF_JUNE = st.integers(1, 12).map(lambda day: date(2025, 6, day))


def sorted_by_start(times: list[tuple[date, date | None]]) -> list[tuple[date, date | None]]:
    return sorted(times, key=lambda each: each[0])


def test_lists_that_follow_each_other_keep_it_all_along() -> None:
    first, then = COURT, a.a_tax_listing(1, "2028-12-01", notified_on="2028-11-01", term_months=12)
    said_of = (first, a.a_removal(first, "2029-01-10"), then)

    assert shown("2029-11-30", LATER, *said_of).public_until == date(2029, 12, 1)
    assert not shown("2029-12-01", LATER, *said_of).public
    spans = serious_spans(given(*said_of).on("2030-01-01").lists)
    assert spans == [(date(2027, 6, 1), date(2029, 12, 1))]


@settings(max_examples=300)
@given_(
    st.lists(st.tuples(DAYS_OF_JUNE, st.none() | DAYS_OF_JUNE), max_size=7).map(sorted_by_start),
    DAYS_OF_JUNE,
)
def test_lists_keep_a_record_as_long_as_each_does_after_the_other(
    times: list[tuple[date, date | None]], end: date
) -> None:
    (entry,) = given(COURT).on("2027-06-02").lists
    entries = [msgspec.structs.replace(entry, since=s, until=u) for s, u in times]
    kept = {}
    for name, spans in (
        ("together", serious_spans(entries)),
        ("apart", [(s, u or FOREVER) for s, u in times]),
    ):
        until = end
        for since, over in spans:
            if since <= until < over:
                until = over
        kept[name] = until
    assert kept["together"] == kept["apart"]


@pytest.mark.parametrize(
    ("disclosure", "seen"),
    [
        (Disclosure.PUBLIC, (True, True, True)),
        (Disclosure.SHARED, (False, True, False)),
        (Disclosure.AUTHORISED, (False, False, True)),
    ],
)
def test_no_rule_opens_what_its_department_closed(
    disclosure: Disclosure, seen: tuple[bool, bool, bool]
) -> None:
    assert readers(shown("2025-02-01", a.a_penalty(1, disclosure=disclosure))) == seen


def test_what_is_stopped_upon_an_objection_is_shown_to_nobody() -> None:
    objection = a.an_objection(PENALTY, "2025-02-01")
    answer = a.an_answer(objection, "2025-02-05", "stopped")

    assert readers(shown("2025-02-04", PENALTY, objection, answer)) == (True, True, True)
    assert readers(shown("2025-02-05", PENALTY, objection, answer)) == (False, False, False)


def test_a_list_entry_is_public_while_it_is_in_effect() -> None:
    entry = a.a_tax_listing(1, "2025-01-10", term_months=12)

    assert readers(shown("2026-01-09", entry)) == (True, True, True)
    assert readers(shown("2026-01-10", entry)) == (False, False, False)
    without = a.a_tax_listing(1, "2025-01-10", notified_on=None)
    assert readers(shown("2025-02-01", without)) == (False, False, False)
