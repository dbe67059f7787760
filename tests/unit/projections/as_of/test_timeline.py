"""The rectangles of a timeline say at each point what the state of that point says."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from projections.as_of.question import Part, Question
from projections.as_of.state import state_as_of
from projections.as_of.timeline import timeline
from projections.calendar.rules import RuleCalendar
from projections.ledger.reading import read
from tests.support import builders as a
from tests.support.given import message
from tests.support.histories import FIRST, LAST, histories
from tests.support.written import of_before

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.event import Event
    from projections.as_of.timeline import RecordStretch
    from projections.ledger.message import Read
    from tests.support.histories import History

CALENDAR = RuleCalendar(load_rulebook())
POINTS_PER_HISTORY = 20
HISTORIES = 50
RECORDED = date(2026, 6, 1)


def state_at(items: Sequence[Read], valid_on: date, known_at_ms: int) -> dict[str, object]:
    known = [item for item in items if item.message.recorded_ms <= known_at_ms]
    question = Question(platform=Platform.ORGANISATION, subject_id=a.SUBJECT, valid_on=valid_on)
    state = state_as_of(known, question, Part(0, len(known)), CALENDAR)
    records = () if state.profile is None else state.profile.records
    return {
        each.event_id: (each.type, each.day, each.document_no, each.ended_on, each.corrected)
        for each in records
    }


def drawn_at(
    stretches: Sequence[RecordStretch], valid_on: date, known_at_ms: int
) -> dict[str, object]:
    found = [each.said for each in stretches if each.holds(valid_on, known_at_ms)]
    said = {
        each.event_id: (each.type, each.day, each.document_no, each.ended_on, each.corrected)
        for each in found
    }
    assert len(said) == len(found), "one rectangle of a record at a point"
    return said


def drawn_as_stated(events: Sequence[Event]) -> list[RecordStretch]:
    """Give the timeline of what is said on days that follow, compared at every point of it."""
    told = [message(event, at, RECORDED + timedelta(at)) for at, event in enumerate(events)]
    items = [read(each) for each in told]
    found = timeline(items, CALENDAR)
    days = {event.envelope.occurred_on or RECORDED for event in events}
    for item in items:
        for day in sorted({each + timedelta(by) for each in days for by in (-1, 0, 1)}):
            at_ms = item.message.recorded_ms
            assert drawn_at(found, day, at_ms) == state_at(items, day, at_ms), (day, at_ms)
    return found


@settings(max_examples=HISTORIES)
@given(history=histories(), data=st.data())
def test_at_each_of_a_thousand_points_the_timeline_says_what_the_state_says(
    history: History, data: st.DataObject
) -> None:
    items = [read(each) for each in history.messages()]
    found = timeline(items, CALENDAR)
    moments = sorted({item.message.recorded_ms for item in items})
    for _ in range(POINTS_PER_HISTORY):
        valid_on = data.draw(st.dates(FIRST - timedelta(days=30), LAST + timedelta(days=400)))
        known_at_ms = data.draw(st.sampled_from(moments)) + data.draw(st.sampled_from([-1, 0, 1]))
        assert drawn_at(found, valid_on, known_at_ms) == state_at(items, valid_on, known_at_ms)


def test_a_correction_ends_one_rectangle_and_begins_the_next() -> None:
    fine = a.a_penalty(1, "2025-01-10")
    mended = a.a_correction(fine, "2025-03-01", fine_fen=100)
    items = [
        read(message(fine, 0, date(2025, 1, 12))),
        read(message(mended, 1, date(2025, 3, 2))),
        read(message(a.a_revocation(fine, "2025-05-01"), 2, date(2025, 5, 2))),
    ]
    first, second = timeline(items, CALENDAR)
    assert (first.said.corrected, second.said.corrected) == (0, 1)
    assert first.known_until_ms == second.known_from_ms
    assert second.by == mended.envelope.event_id
    assert second.known_until_ms == items[2].message.recorded_ms


def test_what_an_objection_deleted_is_there_until_then_and_again_after_a_re_review() -> None:
    fine = a.a_penalty(1, "2025-01-10")
    objection = a.an_objection(fine, "2025-02-01")
    deleted = a.an_answer(objection, "2025-03-01", "deleted")
    review = a.an_objection(fine, "2025-04-01", review_of=objection)
    upheld = a.an_answer(review, "2025-05-01", "rejected")

    before, again = drawn_as_stated([fine, objection, deleted, review, upheld])

    assert (before.said.held_from, again.said.held_from) == (date(2025, 1, 10), date(2025, 5, 1))
    assert again.by == upheld.envelope.event_id
    assert before.known_until_ms is not None
    assert before.known_until_ms < again.known_from_ms
    assert again.known_until_ms is None
    (only,) = drawn_as_stated([fine, objection, deleted])
    assert only.known_until_ms == before.known_until_ms


WRITINGS = [("样市监罚〔2026〕7号", "2026-05-08"), ("样市监罚[2026]7号", "2026-05-02")]
OTHER_WRITING = ("样市监罚〔２０２６〕第７号", "2026-05-05")


@pytest.mark.parametrize("written", list(permutations([*WRITINGS, OTHER_WRITING])))
def test_one_decision_in_several_writings_is_one_rectangle_at_a_point(
    written: Sequence[tuple[str, str]],
) -> None:
    writings = [of_before(number, on) for number, on in written]
    objection = a.an_objection(writings[0], "2026-05-20")
    deleted = a.an_answer(objection, "2026-05-25", "deleted")
    drawn_as_stated([*writings, a.a_settled(writings[1], "2026-05-21"), objection, deleted])
