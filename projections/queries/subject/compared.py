"""Two states of one subject compared, as the read models know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.as_of.comparing import AskedAt, StatesCompared, compare_states
from projections.store.cut import part_of_cut
from projections.store.live import live

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.as_of.question import Question
    from projections.calendar.rules import RuleCalendar
    from projections.queries.subject.long_histories import LongHistories


def read_compared(
    connection: Connection[Any],
    a: Question,
    b: Question,
    calendar: RuleCalendar,
    histories: LongHistories,
) -> StatesCompared:
    """Compare what two questions about one subject answer.

    Raises `CutSilentError`, and `ProjectionBehindError` where the read models are not there yet.
    """
    at = live(connection, a.platform)
    partition = at.partition_of(a.subject_id)
    sides = [
        AskedAt(each.valid_on, part_of_cut(connection, at, partition, each).offset, each.rules_of)
        for each in (a, b)
    ]
    end = max(side.cut for side in sides)
    items = histories.read(connection, at, a.subject_id, end)
    return compare_states(items, a, partition, (sides[0], sides[1]), calendar)
