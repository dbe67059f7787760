"""What the journal holds of a subject, for whoever checks it against the signed log.

The journal is believed by nobody there: it spares a look through a whole partition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from projections.store.cut import end_of, offset_at
from projections.store.live import live

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from projections.as_of.question import Question
    from projections.ledger.message import Message


class Journalled(NamedTuple):
    """A subject's messages before offset `end`, before which its partition is known.

    `last_ms` is when the last message before `end` was recorded, at the latest. `after_moment` is
    the first offset recorded after the moment that is asked for; None where none is known.
    """

    messages: Sequence[Message]
    end: int
    last_ms: int
    after_moment: int | None


NOTHING = Journalled((), 0, 0, None)


def journalled(connection: Connection[Any], question: Question, cut: int) -> Journalled:
    """Give what the journal holds of a subject before an offset of its partition.

    Raises `ProjectionMissingError`, `OtherShapeError`, `LedgerBrokenError`.
    """
    at = live(connection, question.platform)
    partition = at.partition_of(question.subject_id)
    known = end_of(connection, at, partition)
    end = min(known.offset, cut)
    with connection.cursor() as cursor:
        found = at.store.load_messages(cursor, partition, question.subject_id, end=end)
    after = None
    if question.moment_ms is not None:
        known_up_to = offset_at(connection, at, partition, question.moment_ms)
        after = known_up_to.offset if known_up_to.final else None
    return Journalled(found, end, known.recorded_ms, after)
