"""What departments are told that waits for them: as it begins and as it ends, whatever the batch."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from projections.conclusions.duties import DutyKind
from projections.notices.notice import DutyNotice, WarningNotice
from tests.support.builders import (
    a_measure,
    a_measure_answer,
    a_penalty,
    a_revocation,
    an_acknowledgement,
    an_answer,
    an_enforcement,
    an_objection,
)
from tests.support.given import Projection, said

if TYPE_CHECKING:
    from events.event import Event
    from projections.ledger.message import Message

PENALTY = a_penalty(on="2026-05-08")
OBJECTION = an_objection(PENALTY, "2026-05-20")
ANSWER = an_answer(OBJECTION, "2026-05-22")
MEASURE = a_measure(PENALTY, "2026-05-25")


def told(*batches: list[Message], until: str | None = None) -> list[DutyNotice]:
    projection = Projection()
    for batch in batches:
        projection.apply(batch)
    if until is not None:
        projection.sweep(date.fromisoformat(until))
    return [each for each in projection.notices if isinstance(each, DutyNotice)]


def in_short(notices: list[DutyNotice]) -> list[tuple[str, str, str, str]]:
    return [(n.on.isoformat(), n.transition, n.kind, n.department) for n in notices]


def one_by_one(*events: Event) -> list[list[Message]]:
    return [[each] for each in said(*events)]


def test_an_objection_is_told_to_the_department_as_it_comes_and_as_it_is_answered() -> None:
    opened, closed = told(said(PENALTY, OBJECTION, ANSWER))

    assert in_short([opened, closed]) == [
        ("2026-05-20", "opened", "answer_objection", "credit-zj"),
        ("2026-05-22", "closed", "answer_objection", "credit-zj"),
    ]
    assert opened.duty_id == closed.duty_id
    assert (opened.due_on, opened.opened_on) == (date(2026, 5, 27), date(2026, 5, 20))
    assert opened.event_id == OBJECTION.envelope.event_id
    assert opened.record_id == PENALTY.envelope.event_id
    assert opened.subject_name == PENALTY.envelope.subject_name


def test_it_is_told_the_same_in_one_batch_in_many_and_after_a_repeat() -> None:
    events = (PENALTY, OBJECTION, OBJECTION, ANSWER, ANSWER)

    assert told(*one_by_one(*events)) == told(said(*events))
    assert len(told(said(*events))) == 2


def test_what_is_answered_too_late_was_told_once_and_waited_until_then() -> None:
    late = an_answer(OBJECTION, "2026-07-01")

    assert in_short(told(*one_by_one(PENALTY, OBJECTION, late))) == [
        ("2026-05-20", "opened", "answer_objection", "credit-zj"),
        # The alarm about it waits for who watches over it, which is who must answer: it is one more.
        ("2026-05-28", "opened", "acknowledge_warning", "credit-zj"),
        ("2026-07-01", "closed", "answer_objection", "credit-zj"),
        ("2026-07-01", "closed", "acknowledge_warning", "credit-zj"),
    ]


def test_a_measure_is_told_to_each_that_is_to_take_it_and_closed_for_each_that_answers() -> None:
    answer = a_measure_answer(MEASURE, "2026-05-26")

    assert in_short(told(said(PENALTY, MEASURE, answer))) == [
        ("2026-05-25", "opened", "answer_measure", "labour-zj"),
        ("2026-05-25", "opened", "answer_measure", "tax-zj"),
        ("2026-05-26", "closed", "answer_measure", "tax-zj"),
    ]


def test_what_rests_on_a_record_that_is_revoked_waits_no_longer() -> None:
    gone = a_revocation(PENALTY, "2026-05-21")
    notices = told(said(PENALTY, OBJECTION, gone))

    assert [each.transition for each in notices] == ["opened", "closed"]


def test_a_warning_waits_for_those_it_names_until_each_took_note() -> None:
    rule = "candidate.judgment_defaulter"
    projection = Projection()
    open_case, noted = said(
        an_enforcement(on="2025-01-10"),
        an_acknowledgement(rule, "2025-08-05", department="court-zj"),
    )
    projection.apply([open_case])
    projection.sweep(date(2025, 8, 1))
    (warned,) = [n for n in projection.notices if isinstance(n, WarningNotice) and n.rule == rule]
    projection.apply([noted])
    opened, closed = [n for n in projection.notices if isinstance(n, DutyNotice)]

    assert (opened.kind, opened.department) == (DutyKind.ACKNOWLEDGE_WARNING, "court-zj")
    assert (opened.rule, opened.event_id, opened.by_time) == (rule, warned.warning_id, True)
    assert (closed.transition, closed.on) == ("closed", date(2025, 8, 5))


def test_a_warning_of_which_note_need_be_taken_says_by_when_it_rises() -> None:
    rule = "alarm.objections_overdue"
    found = told(*one_by_one(PENALTY, OBJECTION), until="2026-05-29")

    # Ten days without an answer raise the alarm by a level (`alarms.toml`).
    assert {(n.due_on, n.rule) for n in found if n.rule} == {(date(2026, 6, 6), rule)}
