"""All that was said of one record: who may say it, what counts, and in which order."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from projections.ledger.message import Known
from projections.record.chain import fold_chain
from tests.support import builders as a

if TYPE_CHECKING:
    from events.event import Event
    from projections.record.entry import Chain, Entry

RECORDED = date(2025, 12, 1)
PENALTY = a.a_penalty(1, "2025-01-10", fine_fen=500)
OBJECTION = a.an_objection(PENALTY, "2025-02-01")
CORRECTION = a.a_correction(PENALTY, "2025-02-01", fine_fen=700)


def chain(*events: Event) -> Chain:
    return fold_chain([Known(event, offset, RECORDED) for offset, event in enumerate(events)])


def entry(*events: Event) -> Entry:
    found = chain(*events).entry
    assert found is not None
    return found


def kinds(folded: Chain) -> list[str]:
    return [anomaly.kind for anomaly in folded.anomalies]


def by(department: str, event: Event) -> Event:
    """Have a department say it."""
    envelope = msgspec.structs.replace(event.envelope, department=department)
    return a.named(msgspec.structs.replace(event, envelope=envelope))


LISTING, NOTICE, OWED = a.a_tax_listing(), a.a_notice(), a.arrears()
RELATION, MEASURE = a.a_relation(), a.a_measure(PENALTY, "2025-02-01")
DEFAULT = a.a_default()


@pytest.mark.parametrize(
    ("record", "amendment"),
    [
        (PENALTY, CORRECTION),
        (PENALTY, a.a_revocation(PENALTY, "2025-02-01")),
        (PENALTY, a.a_settled(PENALTY, "2025-02-01")),
        (DEFAULT, a.a_settled(DEFAULT, "2025-02-01")),
        (OWED, a.a_settlement(OWED, "2025-02-01", 1)),
        (LISTING, a.a_removal(LISTING, "2025-02-01")),
        (RELATION, a.a_relation_end(RELATION, "2025-02-01")),
        (MEASURE, a.a_measure_lift(MEASURE, "2025-03-01")),
    ],
    ids=lambda event: type(event).__name__,
)
def test_only_the_department_of_a_record_says_what_changes_it(
    record: Event, amendment: Event
) -> None:
    own, others = chain(record, amendment), chain(record, by("court-zj", amendment))

    assert kinds(own) == []
    assert own.entry != entry(record)
    assert kinds(others) == ["department_not_of_record"]
    assert others.entry == entry(record)


@pytest.mark.parametrize(
    ("record", "amendment"),
    [
        (PENALTY, OBJECTION),
        (PENALTY, a.a_statement(PENALTY, "2025-02-01")),
        (PENALTY, a.a_repair_application(PENALTY, "2025-02-01")),
        (PENALTY, a.a_repair(PENALTY, "2025-02-01")),
        (NOTICE, a.a_defence(NOTICE, "2024-12-10")),
        (MEASURE, a.a_measure_answer(MEASURE, "2025-03-01")),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_is_said_beside_a_record_may_come_from_any_department(
    record: Event, amendment: Event
) -> None:
    for department in ("credit-zj", "tax-zj", record.envelope.department):
        said = chain(record, by(department, amendment))

        assert kinds(said) == []
        assert said.entry != entry(record)


def test_who_said_something_may_take_it_back_and_nobody_else() -> None:
    whose, back = "credit-zj", a.a_revocation(PENALTY, "2025-03-01", amendment=OBJECTION)

    assert kinds(chain(PENALTY, OBJECTION, by(whose, back))) == []
    assert entry(PENALTY, OBJECTION, by(whose, back)).marks is None
    for other in ("market-zj", "tax-zj"):
        refused = chain(PENALTY, OBJECTION, by(other, back))

        assert kinds(refused) == ["department_not_of_record"]
        assert refused.entry == entry(PENALTY, OBJECTION), "an objection against it stands"


def test_who_may_take_back_is_the_same_in_either_order() -> None:
    back = by("credit-zj", a.a_revocation(PENALTY, "2025-03-01", amendment=OBJECTION))

    assert chain(PENALTY, back).anomalies[0].kind == "department_not_of_record"
    assert chain(PENALTY, back, OBJECTION).entry == entry(PENALTY, OBJECTION, back)
    assert kinds(chain(PENALTY, back, OBJECTION)) == []


@pytest.mark.parametrize(
    ("record", "amendment"),
    [
        (PENALTY, a.a_settlement(PENALTY, "2025-02-01", 1)),
        (PENALTY, a.a_removal(PENALTY, "2025-02-01")),
        (PENALTY, a.a_relation_end(PENALTY, "2025-02-01")),
        (PENALTY, a.a_defence(PENALTY, "2025-02-01")),
        (PENALTY, a.a_measure_answer(PENALTY, "2025-02-01")),
        (PENALTY, a.a_measure_lift(PENALTY, "2025-02-01")),
        (LISTING, a.a_settled(LISTING, "2025-02-01")),
    ],
    ids=lambda event: type(event).__name__,
)
def test_only_what_can_be_about_a_record_has_an_effect_on_it(
    record: Event, amendment: Event
) -> None:
    said = chain(record, amendment)

    assert kinds(said) == ["type_not_of_record"]
    assert said.entry == entry(record)


def test_what_is_about_an_unknown_record_waits() -> None:
    waiting = chain(CORRECTION, OBJECTION, CORRECTION)

    assert waiting.entry is None
    assert kinds(waiting) == ["waiting", "waiting"]
    assert waiting.repeats == 1


def test_an_objection_and_its_answer_of_one_day_may_come_in_any_order() -> None:
    answer = a.an_answer(OBJECTION, "2025-02-01", "deleted")
    said = [entry(PENALTY, OBJECTION, answer), entry(PENALTY, answer, OBJECTION)]

    for each in said:
        assert each.marks is not None
        (objection,) = each.marks.objections
        assert [(r.outcome, r.day) for r in objection.answers] == [("deleted", date(2025, 2, 1))]


def test_an_answer_of_a_day_before_the_objection_answers_nothing() -> None:
    early = a.an_answer(OBJECTION, "2025-01-31", "deleted")
    marks = entry(PENALTY, OBJECTION, early).marks

    assert marks is not None
    assert [objection.answered_on for objection in marks.objections] == [None]


def test_every_answer_is_kept_in_the_order_of_its_day() -> None:
    first = a.an_answer(OBJECTION, "2025-02-05", "rejected")
    second = a.an_answer(OBJECTION, "2025-02-10", "deleted")
    review = a.an_objection(PENALTY, "2025-02-12", review_of=OBJECTION)

    for said in permutations([OBJECTION, review, second, first]):
        marks = entry(PENALTY, *said).marks
        assert marks is not None
        objection, asked_again = marks.objections
        assert [r.outcome for r in objection.answers] == ["rejected", "deleted"]
        assert (asked_again.review_of, asked_again.answers) == (OBJECTION.envelope.event_id, ())


def test_an_extension_leaves_an_objection_open() -> None:
    marks = entry(PENALTY, OBJECTION, a.an_answer(OBJECTION, "2025-02-05", "extended")).marks

    assert marks is not None
    (objection,) = marks.objections
    assert (objection.extended_on, objection.answered_on) == (a.day("2025-02-05"), None)


@pytest.mark.parametrize(("until", "after"), [("2025-06-30", date(2025, 7, 1)), (None, None)])
def test_a_repair_for_a_time_holds_on_the_last_day_that_it_names(
    until: str | None, after: date | None
) -> None:
    marks = entry(PENALTY, a.a_repair(PENALTY, "2025-03-01", until=until)).marks

    assert marks is not None
    assert [repair.until for repair in marks.repairs] == [after]


def test_amendments_count_in_the_order_of_their_own_days() -> None:
    later = a.a_correction(PENALTY, "2025-03-01", fine_fen=900)

    for said in ((CORRECTION, later), (later, CORRECTION)):
        folded: Any = entry(PENALTY, *said)

        assert folded.event.fine_fen == 900
        assert folded.corrections == (CORRECTION.envelope.event_id, later.envelope.event_id)


def test_of_ends_the_first_counts() -> None:
    removals = (a.a_removal(LISTING, "2025-05-01"), a.a_removal(LISTING, "2025-03-01"))
    repeal = a.a_revocation(LISTING, "2025-02-01", "repealed", effective_on="2025-04-01")

    assert entry(LISTING, *removals, repeal).ended_on == date(2025, 3, 1)
    assert entry(LISTING, removals[0], repeal).ended_on == date(2025, 4, 1)
