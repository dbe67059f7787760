"""Across fold and as_of: who is erased leaves a stub, however the ledger is cut into batches, and nothing else erases."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from events.envelope import Disclosure
from events.event import Event
from events.rules.erasure import waiting_days
from projections.fold.fold import fold_subject
from projections.ledger.message import Message
from projections.ledger.reading import read
from projections.profile.profile import assess
from projections.record.credit_record import CreditRecord
from projections.record.erasure import ErasureStage, Hand, NoEffect, take
from tests.support import builders as a
from tests.support.builders import PERSON
from tests.support.erasing import a_cancelling, a_request, an_approval, an_erasing
from tests.support.given import CALENDAR, Projection, answer, message

DAY = date(2026, 3, 2)
DONE = DAY + timedelta(days=waiting_days(DAY))
OF_PERSON = {"subject_id": PERSON, "subject_name": None, "disclosure": Disclosure.SHARED}
PENALTY = a.a_penalty(1, "2026-01-05", **OF_PERSON)
REQUEST = a_request()
APPROVAL = an_approval(REQUEST)
ERASING = an_erasing(REQUEST)

Said = tuple[Event, date]
WHOLE: list[Said] = [
    (PENALTY, DAY),
    (REQUEST, DAY),
    (APPROVAL, DAY),
    (ERASING, DONE),
    (a.a_penalty(2, "2026-01-06", **OF_PERSON), DONE),
    (a.a_correction(PENALTY, "2026-03-01", fine_fen=7), DONE),
]


def messages(said: list[Said]) -> list[Message]:
    return [message(event, offset, on) for offset, (event, on) in enumerate(said)]


def stage(said: list[Said]) -> ErasureStage | None:
    fold, _ = fold_subject([read(each) for each in messages(said)], CALENDAR)
    assert not fold.parked
    erasure = fold.state(PERSON).erasure
    return None if erasure is None else erasure.stage


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_who_was_erased_is_a_stub_in_batches_of_any_size_and_as_of_now(size: int) -> None:
    projection, told = Projection(), messages(WHOLE)
    for start in range(0, len(told), size):
        projection.apply(told[start : start + size])

    state = projection.state(PERSON)
    assert state.record == CreditRecord()
    assert (state.events, state.last_offset) == (6, 5)
    assert state.erasure is not None
    assert state.erasure.offsets == [1, 2, 3]
    stub = assess(CreditRecord(), CALENDAR.on(DONE))
    assert projection.profile(DONE, PERSON) == stub
    fold, _ = fold_subject([read(each) for each in told], CALENDAR)
    assert fold.state(PERSON) == state


def test_as_of_shows_the_same_stub_from_the_ledger_and_from_what_the_journal_keeps() -> None:
    told = messages(WHOLE)

    whole = answer(told, DONE, subject_id=PERSON)

    kept = answer([told[offset] for offset in (1, 2, 3)], DONE, subject_id=PERSON)
    assert [held.offset for held in whole.events] == [1, 2, 3]
    assert whole.profile is not None
    assert whole.profile.records == []
    assert msgspec.structs.replace(whole, cut=kept.cut) == kept


@pytest.mark.parametrize("upto", range(1, 4))
def test_before_it_is_done_everything_is_kept(upto: int) -> None:
    projection = Projection()
    projection.apply(messages(WHOLE[:upto]))

    assert len(projection.profile(DONE, PERSON).records) == 1


def test_hashes_given_out_before_are_those_of_the_ledger_for_good() -> None:
    told = messages(WHOLE)

    before = answer(told[:1], DAY, subject_id=PERSON)

    assert [held.event_id for held in before.events] == [PENALTY.envelope.event_id]
    assert before.profile is not None
    assert len(before.profile.records) == 1


def test_an_approval_by_who_took_the_request_has_no_effect_and_says_why() -> None:
    by_the_first = an_approval(REQUEST, by="王一")

    assert stage([(REQUEST, DAY), (by_the_first, DAY)]) is ErasureStage.REQUESTED
    assert stage([(REQUEST, DAY), (by_the_first, DAY), (APPROVAL, DAY)]) is ErasureStage.APPROVED
    erasure, _ = take(None, known(REQUEST, 0))
    assert take(erasure, known(by_the_first, 1)) == (erasure, NoEffect.SAME_PERSON)


def test_who_has_that_name_elsewhere_is_another_person() -> None:
    elsewhere = an_approval(REQUEST, by="王一", department="ndrc-zj")

    assert stage([(REQUEST, DAY), (elsewhere, DAY)]) is ErasureStage.APPROVED


def test_what_is_out_of_order_has_no_effect() -> None:
    early = DONE - timedelta(days=1)

    assert stage([(APPROVAL, DAY)]) is None
    assert stage([(REQUEST, DAY), (ERASING, DONE)]) is ErasureStage.REQUESTED
    assert stage([(REQUEST, DAY), (APPROVAL, DAY), (ERASING, early)]) is ErasureStage.APPROVED
    assert stage([*WHOLE[1:4], (a_cancelling(REQUEST), DONE)]) is ErasureStage.ERASED


def test_what_was_cancelled_is_approved_by_no_retry_and_may_be_asked_for_anew() -> None:
    cancelled = [(REQUEST, DAY), (APPROVAL, DAY), (a_cancelling(REQUEST), DAY)]
    anew = a_request(2)

    assert stage([*cancelled, (APPROVAL, DAY), (ERASING, DONE)]) is ErasureStage.CANCELLED
    assert stage([*cancelled, (REQUEST, DAY)]) is ErasureStage.CANCELLED
    again = [*cancelled, (anew, DAY), (APPROVAL, DAY)]
    assert stage(again) is ErasureStage.REQUESTED
    assert stage([*again, (an_approval(anew), DAY)]) is ErasureStage.APPROVED


def test_the_days_of_waiting_run_from_the_recorded_day_of_the_approval() -> None:
    told = [(REQUEST, DAY), (an_approval(REQUEST, on="2020-01-01"), DAY)]
    fold, _ = fold_subject([read(each) for each in messages(told)], CALENDAR)

    erasure = fold.state(PERSON).erasure
    assert erasure is not None
    assert (erasure.approved_on, erasure.erases_on) == (DAY, DONE)
    assert erasure.approved_by == Hand("credit-zj", "李二")
    assert erasure.hides


def known(event: Event, offset: int):  # type: ignore[no-untyped-def]  # noqa: ANN201
    item = read(message(event, offset, DAY))
    assert item.known is not None
    return item.known
