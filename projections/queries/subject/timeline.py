"""The timeline of a subject, and its state at one point of it, read together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from projections.as_of.question import Question
from projections.as_of.timeline import RecordStretch, timeline
from projections.queries.subject.state import answer_state
from projections.store.cut import part_of_cut
from projections.store.live import live

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.as_of.state import State
    from projections.calendar.rules import RuleCalendar
    from projections.queries.subject.long_histories import LongHistories


class TimelineRead(NamedTuple):
    """What is drawn, and the state at the crosshair; `known` counts the messages known by now."""

    stretches: list[RecordStretch]
    state: State
    known: int


def read_timeline(
    connection: Connection[Any],
    question: Question,
    calendar: RuleCalendar,
    histories: LongHistories,
) -> TimelineRead:
    """Give all that is known of a subject's records by now, and the state that was asked for."""
    at = live(connection, question.platform)
    by_now = Question(
        platform=question.platform, subject_id=question.subject_id, valid_on=question.valid_on
    )
    partition = at.partition_of(question.subject_id)
    end = part_of_cut(connection, at, partition, by_now).offset
    items = histories.read(connection, at, question.subject_id, end)
    state = answer_state(connection, question, calendar, histories).state
    return TimelineRead(timeline(items, calendar), state, len(items))
