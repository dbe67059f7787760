"""The rectangles of a timeline say at each point what the state of that point says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.types.objection import ObjectionAnswered, ObjectionOutcome
from projections.as_of.question import Part, Question
from projections.as_of.state import state_as_of
from projections.as_of.timeline import timeline
from projections.calendar.rules import RuleCalendar
from projections.ledger.reading import read
from tests.support import builders as a
from tests.support.given import message
from tests.support.histories import FIRST, LAST, histories

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.ledger.message import Read
    from tests.support.histories import History

CALENDAR = RuleCalendar(load_rulebook())
POINTS_PER_HISTORY = 20
HISTORIES = 50


def state_at(items: Sequence[Read], valid_on: date, known_at_ms: int) -> dict[str, object]:
    known = [item for item in items if item.message.recorded_ms <= known_at_ms]
    question = Question(platform=Platform.ORGANISATION, subject_id=a.SUBJECT, valid_on=valid_on)
    state = state_as_of(known, question, Part(0, len(known)), CALENDAR)
    records = () if state.profile is None else state.profile.records
    return {
        each.event_id: (each.type, each.day, each.document_no, each.ended_on, each.corrected)
        for each in records
    }


@settings(max_examples=HISTORIES, deadline=None)
@given(history=histories(), data=st.data())
def test_at_each_of_a_thousand_points_the_timeline_says_what_the_state_says(
    history: History, data: st.DataObject
) -> None:
    items = [read(each) for each in history.messages()]
    # What is known to be wrong ("What is weak"): a record deleted upon an objection stays drawn.
    answers = [each.event for each in items if isinstance(each.event, ObjectionAnswered)]
    assume(all(answer.outcome is not ObjectionOutcome.DELETED for answer in answers))
    found = timeline(items, CALENDAR)
    moments = sorted({item.message.recorded_ms for item in items})
    for _ in range(POINTS_PER_HISTORY):
        valid_on = data.draw(st.dates(FIRST - timedelta(days=30), LAST + timedelta(days=400)))
        known_at_ms = data.draw(st.sampled_from(moments)) + data.draw(st.sampled_from([-1, 0, 1]))
        said = {
            each.said.event_id: (
                *(each.said.type, each.said.day, each.said.document_no, each.said.ended_on),
                each.said.corrected,
            )
            for each in found
            if each.holds(valid_on, known_at_ms)
        }
        assert said == state_at(items, valid_on, known_at_ms)


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
