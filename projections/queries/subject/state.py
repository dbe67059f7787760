"""The state of one subject, valid on a day, as known at a moment or a cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from projections.as_of.question import Part
from projections.as_of.state import State, state_as_of, state_bytes
from projections.queries.subject.long_histories import LongHistories
from projections.queries.subject.relatives import RelativesReader
from projections.store.cut import part_of_cut
from projections.store.live import live

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.as_of.question import Question
    from projections.calendar.rules import RuleCalendar


class StateAnswer(NamedTuple):
    """A state with its canonical bytes; final where nothing the ledger may still add alters it."""

    state: State
    body: bytes
    final: bool


def answer_state(
    connection: Connection[Any],
    question: Question,
    calendar: RuleCalendar,
    histories: LongHistories | None = None,
) -> StateAnswer:
    """Fold a subject's events up to a cut and assess them on a day.

    A subject of which nothing was known answers too: no events, no profile. Raises
    `CutSilentError` where the cut leaves out the subject's partition, `ProjectionBehindError` where
    the read models are not there yet. Where the subject is tied to somebody, a cut has to name all
    partitions, or the answer says that it is silent on contagion. `histories` keeps long ones.
    """
    at = live(connection, question.platform)
    partition = at.partition_of(question.subject_id)
    known = part_of_cut(connection, at, partition, question)
    others = RelativesReader(connection, at, question, known)
    items = (histories or LongHistories()).read(connection, at, question.subject_id, known.offset)
    part = Part(partition, known.offset)
    state = state_as_of(items, question, part, calendar, others.look)
    return StateAnswer(state, state_bytes(state), others.final)
