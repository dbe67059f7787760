"""A kept history answers as a fresh one does, is read once, and leaves when there is no room."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from projections.ledger.message import Message
from projections.queries.subject.long_histories import LONG_HISTORY_EVENTS, LongHistories

if TYPE_CHECKING:
    from collections.abc import Sequence

LONG = LONG_HISTORY_EVENTS + 200


class Journal:
    """Stands for the connection, the live version and its store; counts the messages it gives."""

    def __init__(self, events: int) -> None:
        # Unreadable on purpose: what a message says does not matter here. Every third offset.
        self.messages = [Message(3 * n, n, b"s", None) for n in range(events)]
        self.given = 0
        self.store = self

    def __hash__(self) -> int:
        return id(self)

    def cursor(self) -> Any:
        return nullcontext()

    def partition_of(self, _subject_id: str) -> int:
        return 0

    def load_messages(
        self, _cursor: Any, _partition: int, _subject_id: str, *, start: int, end: int
    ) -> Sequence[Message]:
        found = [m for m in self.messages if start <= m.offset < end]
        self.given += len(found)
        return found

    def read(self, histories: LongHistories, end: int, subject_id: str = "s") -> list[int]:
        items = histories.read(self, self, subject_id, end)  # type: ignore[arg-type]
        return [item.message.offset for item in items]

    def before(self, end: int) -> list[int]:
        return [m.offset for m in self.messages if m.offset < end]


@given(st.lists(st.integers(0, 3 * LONG), min_size=1, max_size=12))
def test_it_gives_what_is_before_the_cut_in_whatever_order_cuts_are_asked(ends: list[int]) -> None:
    journal, histories = Journal(LONG), LongHistories()
    for end in ends:
        assert journal.read(histories, end) == journal.before(end)


def test_a_long_history_is_read_once_and_what_came_since_is_added() -> None:
    journal, histories = Journal(LONG), LongHistories()
    for end in (3 * LONG - 30, 3, 3 * LONG - 30, 3 * LONG, 600, 3 * LONG):
        journal.read(histories, end)
    assert journal.given == LONG


def test_a_short_history_is_not_kept() -> None:
    journal, histories = Journal(LONG_HISTORY_EVENTS - 1), LongHistories()
    for _ in range(2):
        journal.read(histories, 3 * LONG)
    assert journal.given == 2 * (LONG_HISTORY_EVENTS - 1)


def test_the_history_asked_for_longest_ago_leaves_first() -> None:
    journal, histories = Journal(LONG), LongHistories(events_max=2 * LONG)
    for subject in ("a", "b", "a", "c"):
        journal.read(histories, 3 * LONG, subject)
    assert journal.given == 3 * LONG
    journal.read(histories, 3 * LONG, "a")
    assert journal.given == 3 * LONG
    journal.read(histories, 3 * LONG, "b")
    assert journal.given == 4 * LONG
