from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from projections.conclusions.duties import Duty, DutyKind, duties_on
from projections.conclusions.standing import read_signals
from tests.support.builders import (
    a_measure,
    a_measure_answer,
    a_penalty,
    a_repair,
    a_repair_application,
    an_answer,
    an_objection,
)
from tests.support.given import CALENDAR, Projection, said

if TYPE_CHECKING:
    from events.event import Event

PENALTY = a_penalty(on="2026-05-08")


def waits(on: str, *events: Event) -> list[Duty]:
    projection = Projection()
    projection.apply(said(*events))
    signals = read_signals(projection.state().record, CALENDAR.on(date.fromisoformat(on)))
    return duties_on(signals)


def test_an_objection_waits_for_the_credit_centre_until_it_is_answered() -> None:
    objection = an_objection(PENALTY, "2026-05-20")

    (duty,) = waits("2026-05-21", PENALTY, objection)

    assert (duty.kind, duty.department) == (DutyKind.ANSWER_OBJECTION, "credit-zj")
    assert (duty.due_on, duty.event_id) == (date(2026, 5, 27), objection.envelope.event_id)
    assert duty.record_id == PENALTY.envelope.event_id
    answered = (PENALTY, objection, an_answer(objection, "2026-05-22"))
    assert waits("2026-05-23", *answered) == []
    late = (PENALTY, objection, an_answer(objection, "2026-06-22"))
    assert [each.event_id for each in waits("2026-06-10", *late)] == [duty.event_id]
    assert waits("2026-06-23", *late) == []


def test_an_application_for_repair_waits_until_it_is_decided() -> None:
    applied = (PENALTY, a_repair_application(PENALTY, "2026-09-01"))

    (duty,) = waits("2026-09-01", *applied)

    assert duty.kind is DutyKind.DECIDE_REPAIR
    assert duty.due_on is not None
    assert duty.due_on > date(2026, 9, 1)
    assert waits("2026-09-04", *applied, a_repair(PENALTY, "2026-09-03")) == []


def test_a_measure_waits_for_each_department_that_is_asked_and_has_not_answered() -> None:
    measure = a_measure(PENALTY, "2026-05-20")
    found = waits("2026-05-21", PENALTY, measure)
    assert {(duty.kind, duty.department) for duty in found} == {
        (DutyKind.ANSWER_MEASURE, "tax-zj"),
        (DutyKind.ANSWER_MEASURE, "labour-zj"),
    }

    answer = a_measure_answer(measure, "2026-05-21")
    left = waits("2026-05-22", PENALTY, measure, answer)
    assert {duty.department for duty in left} == {duty.department for duty in found} - {
        answer.envelope.department
    }
