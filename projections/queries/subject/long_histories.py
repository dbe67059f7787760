"""Long histories once read, kept for the next question: what is behind a position never changes.

Reading ten thousand messages takes longer than answering from them, and who asks about such a
subject asks for many days and cuts. Only reading is saved: every answer is folded anew.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from projections.ledger.reading import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from projections.ledger.message import Read
    from projections.store.live import Live

LONG_HISTORY_EVENTS: Final = 1_000
"""From so many messages on a history is kept."""

KEPT_EVENTS_MAX: Final = 50_000
"""Messages of all histories kept together, of about two kilobytes each."""


class _Kept(NamedTuple):
    end: int
    items: Sequence[Read]


class LongHistories:
    """Reads subjects' messages; the long ones last asked for stay. Several threads may ask."""

    def __init__(self, events_max: int = KEPT_EVENTS_MAX) -> None:
        """Keep at most so many messages, but always the history asked for last."""
        self._events_max = events_max
        self._lock = Lock()
        self._kept: OrderedDict[tuple[Live, str], _Kept] = OrderedDict()

    def read(
        self, connection: Connection[Any], at: Live, subject_id: str, end: int
    ) -> Sequence[Read]:
        """Give a subject's messages before offset `end`, which the read models have passed."""
        key = (at, subject_id)
        with self._lock:
            kept = self._kept.get(key, _Kept(0, ()))
        if kept.end < end:
            with connection.cursor() as cursor:
                messages = at.store.load_messages(
                    cursor, at.partition_of(subject_id), subject_id, start=kept.end, end=end
                )
            kept = _Kept(end, [*kept.items, *map(read, messages)])
        if len(kept.items) >= LONG_HISTORY_EVENTS:
            self._keep(key, kept)
        return kept.items[: bisect_left(kept.items, end, key=_offset)]

    def _keep(self, key: tuple[Live, str], kept: _Kept) -> None:
        with self._lock:
            if kept.end >= self._kept.get(key, kept).end:
                self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and self._size() > self._events_max:
                self._kept.popitem(last=False)

    def _size(self) -> int:
        return sum(len(kept.items) for kept in self._kept.values())


def _offset(item: Read) -> int:
    return item.message.offset
