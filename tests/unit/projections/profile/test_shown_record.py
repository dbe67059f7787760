"""A record as a profile shows it: where it stands, what it says, and in whose words."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from projections.profile.shown_record import own_days
from projections.record.kinds import EVENT_TYPES_OF_MATTERS
from projections.record.matters import Default, Honour
from tests.support import builders as a
from tests.support.given import given, said
from tests.support.matters import a_matter, a_payment

if TYPE_CHECKING:
    from events.event import Event
    from projections.profile.shapes import ShownRecord


def shown(on: str, *events: Event) -> ShownRecord:
    (record,) = given(*events).on(on).records
    return record


PENALTY = a.a_penalty(1, "2025-01-10", fine_fen=500)
OWED = a.arrears(1, "2025-01-10", balance_fen=500)
PROMISE = a.a_commitment(1, "2025-01-10")
ENTRY = a.a_tax_listing(1, "2025-01-10", term_months=12)
OBJECTION = a.an_objection(PENALTY, "2025-02-01")


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([PENALTY], "in_effect"),
        ([PENALTY, a.a_settled(PENALTY, "2025-02-01", "performed")], "settled"),
        ([PENALTY, a.a_settled(PENALTY, "2025-02-01", "partly_performed", 1)], "in_effect"),
        ([PENALTY, a.a_settled(PENALTY, "2026-02-01", "performed")], "in_effect"),
        ([PENALTY, a.a_revocation(PENALTY, "2025-02-01", "repealed")], "ended"),
        ([PENALTY, OBJECTION, a.an_answer(OBJECTION, "2025-02-05", "removed")], "ended"),
        ([PENALTY, OBJECTION, a.an_answer(OBJECTION, "2025-02-05", "stopped")], "stopped"),
        ([OWED], "in_effect"),
        ([OWED, a.a_settlement(OWED, "2025-02-01", 500)], "settled"),
        ([PROMISE], "in_effect"),
        ([PROMISE, a.a_settled(PROMISE, "2025-02-01", "breached")], "breached"),
        ([PROMISE, a.a_settled(PROMISE, "2025-02-01", "performed")], "settled"),
        ([ENTRY], "in_effect"),
        ([ENTRY, a.a_removal(ENTRY, "2025-02-01")], "ended"),
        ([a.a_tax_listing(1, "2025-01-10", notified_on=None)], "no_effect"),
    ],
)
def test_a_record_says_where_it_stands(events: list[Event], status: str) -> None:
    assert shown("2025-06-01", *events).status == status


def test_what_is_repaired_says_so_and_since_when() -> None:
    paid = a.a_settled(PENALTY, "2025-02-01", "performed")
    record = shown("2025-09-01", PENALTY, paid, a.a_repair(PENALTY, "2025-08-01"))

    assert (record.status, record.repair, record.repaired_on) == (
        "repaired",
        "granted",
        date(2025, 8, 1),
    )
    assert not record.shown.public


def test_what_is_owed_ends_with_the_record_and_not_with_its_repair() -> None:
    objection = a.an_objection(OWED, "2025-02-01")
    removed = given(OWED, objection, a.an_answer(objection, "2025-02-05", "removed"))
    stopped = given(OWED, objection, a.an_answer(objection, "2025-02-05", "stopped"))

    assert removed.on("2025-02-04").arrears_owed_fen == 500
    assert removed.on("2025-02-05").arrears_owed_fen == 0
    assert stopped.on("2025-02-05").arrears_owed_fen == 500


def test_the_own_words_of_the_subject_stand_beside_the_record_from_their_day() -> None:
    told = (PENALTY, a.a_statement(PENALTY, "2025-03-01", said="已整改。"))
    asked = given(*told)

    assert shown("2025-02-28", *told).statements == ()
    assert asked.on("2025-02-28").next_change_on == date(2025, 3, 1)
    (words,) = shown("2025-03-01", *told).statements
    assert (words.day, words.text) == (date(2025, 3, 1), "已整改。")


def test_the_details_are_what_its_type_says_beside_the_envelope() -> None:
    details = shown("2025-06-01", PENALTY).details

    assert details["fine_fen"] == 500
    assert details["kinds"] == ("fine",)
    assert "payments" not in details
    assert "event_id" not in details


def test_a_record_of_every_kind_can_be_shown() -> None:
    events = [e for e in a.one_of_each() if not hasattr(e, "concerns")]
    profile = given(*[message_day(e) for e in events]).on("2025-06-01")
    kinds = {record.type for record in profile.records}

    # Cases, judgments in civil matters and what is no record are counted, or nothing.
    assert set(EVENT_TYPES_OF_MATTERS.values()) - kinds == {"JudgmentRendered"}
    assert len(said(*events)) == len(events)


def message_day(event: Event) -> tuple[Event, str]:
    return event, "2025-06-01"


def test_a_record_changes_on_the_days_of_its_payments_and_after_its_last_day() -> None:
    owed = a_matter(
        Default, "2025-01-10", payments=(a_payment("2025-02-01"),), ended_on="2025-03-01"
    )

    assert list(own_days(owed)) == [date(2025, 3, 1), date(2025, 2, 1)]
    assert list(own_days(a_matter(Honour, "2025-01-10", valid_until="2025-12-31"))) == [
        date(2026, 1, 1)
    ]


@pytest.mark.parametrize(
    "event",
    [
        a.a_licence(valid_until="2025-12-31"),
        a.a_grade(valid_until="2025-12-31"),
        a.a_commendation(valid_until="2025-12-31"),
        a.a_relation(until="2025-12-31"),
        a.a_measure(a.a_penalty(), "2025-03-01", until="2025-12-31"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_was_valid_until_a_day_is_no_longer_in_effect_the_day_after(event: Event) -> None:
    told = given((event, "2025-06-01"))
    status = {
        on: [r.status for r in told.on(on).records if r.event_id == event.envelope.event_id]
        for on in ("2025-12-31", "2026-01-01")
    }
    assert status == {"2025-12-31": ["in_effect"], "2026-01-01": ["run_out"]}


@pytest.mark.parametrize(("raised", "provisional"), [("2026-06-01", False), ("2026-12-31", True)])
def test_a_last_day_in_a_year_not_announced_yet_is_provisional(
    raised: str, *, provisional: bool
) -> None:
    objected = a.an_objection(PENALTY, raised)
    record = shown(raised, (PENALTY, raised), (objected, raised))
    (told,) = record.objections

    assert told.due_on is not None
    assert told.due_provisional is provisional


def test_of_all_that_may_be_owed_a_category_counts_what_is_left() -> None:
    """The whole profile and an archive of it then say the same sum."""
    case = a.an_enforcement(target_fen=1_000)
    paid_in_part = a.a_settled(case, "2025-03-01", "partly_performed", 400)
    profile = given((case, "2025-06-01"), (paid_in_part, "2025-06-01")).on("2025-06-01")

    assert [count.amount_fen for count in profile.categories.values()] == [600]
