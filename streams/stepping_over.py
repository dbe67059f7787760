"""An operator's way past a submission that admission cannot take: set aside, and said why.

After `streams.reading` and `events.admission` there should be none. What is left is a stretch that
the broker has lost, and what nobody has thought of.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.admission.admission import refused
from events.admission.rejection import RejectionReason
from events.envelope import CHINA
from events.errors import LedgerError
from events.topics import submission_origin
from projections.ledger.message import Raw, Unread
from projections.store.quality import ANY_REASON
from streams.admitting.admission import RefusalCounts, move
from streams.admitting.answers import broker_time, rejection_message
from streams.batches import Batch
from streams.reading.log import Partition

if TYPE_CHECKING:
    from datetime import datetime

    from psycopg import Connection

    from streams.publishing.producer import Sender
    from streams.reading.reader import LogReader

_WAIT_S: Final = 2.0


class NothingWaitsError(LedgerError):
    """No submission waits there: `credit-ledger parked submissions` shows where any does."""


class MovedOnError(LedgerError):
    """Admission has moved on meanwhile, so nothing was set aside: look again."""


class WaitingSubmission(NamedTuple):
    """What stands where admission stands in a submission topic.

    `raw` is the first that the broker gives, None where it gives none; where its offset is not the
    position, what is between is lost.
    """

    topic: str
    position: int
    end: int
    raw: Raw | None

    @property
    def next_offset(self) -> int:
        """Where admission goes on once it is set aside."""
        if self.raw is None:
            return self.end
        return self.position + 1 if self.raw.offset == self.position else self.raw.offset

    @property
    def what(self) -> str:
        """Say what it is."""
        if self.raw is None or self.raw.offset != self.position:
            return f"offsets {self.position} to {self.next_offset - 1} are lost on the broker"
        if self.raw.unread is not None:
            return "no record" if self.raw.unread is Unread.NO_RECORD else str(self.raw.unread)
        return f"{self.raw.size:,} bytes"


def look(reader: LogReader, topic: str, position: int) -> WaitingSubmission:
    """Look what waits in a topic. Raises `NothingWaitsError` where admission stands at its end."""
    place = Partition(topic, 0)
    end = reader.ends([place])[place]
    if position >= end:
        raise NothingWaitsError(f"{topic}: {NothingWaitsError.__doc__}", topic=topic)
    reader.go_to({place: position})
    found = reader.take(1, _WAIT_S).get(place)
    return WaitingSubmission(topic, position, end, found[0] if found else None)


def step_over(
    connection: Connection[Any], sender: Sender, waiting: WaitingSubmission, why: str, now: datetime
) -> None:
    """Refuse what waits by an operator's word, and move on; the department is told as of any other.

    Raises `MovedOnError` where admission no longer stands there.
    """
    platform, department = submission_origin(waiting.topic)
    raw = waiting.raw
    is_there = raw is not None and raw.offset == waiting.position
    submitted_at = broker_time(raw.timestamp_ms) if raw is not None and is_there else now
    rejection = refused(RejectionReason.SET_ASIDE, waiting.what, why, department)
    record = Raw(waiting.position, 0, None, None)
    batch = Batch(waiting.topic, 0, [record])
    message = rejection_message(record, batch, platform, submitted_at, rejection)
    month = submitted_at.astimezone(CHINA).date().replace(day=1)
    refusals: RefusalCounts = Counter(
        {
            (waiting.topic, 0, department, month, code): 1
            for code in (ANY_REASON, RejectionReason.SET_ASIDE.value)
        }
    )
    # As admission does: told first, then moved; a crash between tells it twice.
    sender.send([message])
    moves = [(waiting.topic, 0, waiting.position, waiting.next_offset)]
    if not move(connection, moves, refusals):
        raise MovedOnError
