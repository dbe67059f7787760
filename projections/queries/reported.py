"""What a department reported in a category, each record as it stands now.

The journal is gone through once, a stretch at a time: no index knows departments, since every
event would pay for it, and a department asks for all that it reported now and then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.event import ORIGINALS, record_id
from projections.ledger.message import Message
from projections.ledger.reading import read
from projections.queries.outcomes import standing_at
from projections.store.cut import end_of
from projections.store.erasing.erasures import is_shown
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection

    from events.envelope import Platform
    from events.event import Event
    from projections.queries.outcomes import HeldEvent
    from projections.store.live import Live

STRETCH: Final = 20_000
"""So many messages are looked at in one question, however long the ledger."""

_ORIGINAL: Final = frozenset(ORIGINALS)
_SQL: Final = statements(__name__, is_shown=is_shown("e"))


def reported_records(
    connection: Connection[Any], platform: Platform, department: str, category: str
) -> Iterator[HeldEvent]:
    """Give the records of a department that are of a category now, in the order of the ledger.

    Also those that were revoked, each once.
    """
    at = live(connection, platform)
    told: set[str] = set()
    for opened in _stretches(connection, at, department):
        held = standing_at(
            connection,
            platform,
            {each: (event.envelope.subject_id, record_id(event)) for each, event in opened.items()},
        )
        for event_id in opened:
            found = held.get(event_id)
            if found is None or event_id in told or found.now.envelope.category != category:
                continue
            told.add(event_id)
            yield found


def _stretches(
    connection: Connection[Any], at: Live, department: str
) -> Iterator[dict[str, Event]]:
    """Give the events by which a department opened records, by their ids, stretch by stretch."""
    for partition in range(at.partitions):
        end = end_of(connection, at, partition).offset
        for start in range(0, end, STRETCH):
            asked = {
                "start": start,
                "end": min(start + STRETCH, end),
                "department": department.encode(),
            }
            rows = connection.execute(
                at.statement(_SQL["naming"], partition), asked, binary=True
            ).fetchall()
            opened: dict[str, Event] = {}
            for offset, recorded_ms, subject_id, value in rows:
                known = read(Message(offset, recorded_ms, subject_id.encode(), value)).known
                if known is None or type(known.event) not in _ORIGINAL:
                    continue
                if known.event.envelope.department == department:
                    opened.setdefault(known.event.envelope.event_id, known.event)
            yield opened
