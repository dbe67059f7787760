"""What a ledger acknowledged is asked once a second, and what came to stand is known without."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from events.envelope import Platform
from events.topics import ledger_topic
from streams.admitting import ledger_end
from streams.admitting.ledger_end import LedgerEnd
from streams.publishing.producer import Span
from streams.witness import LedgerShortError, LogChangedError
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

ORGANISATION = Platform.ORGANISATION
LEDGER = ledger_topic(ORGANISATION)


class Database:
    """Counts how often it is asked up to where the ledger acknowledged: ten in each of two."""

    def __init__(self) -> None:
        self.asked = 0

    @contextmanager
    def one(self) -> Iterator[Database]:
        yield self

    def execute(self, statement: Any, _values: Any = ()) -> Database:
        self.asked += "FROM control.ledger_end" in statement
        time.sleep(0.01)  # Long enough for another to ask beside.
        return self

    def fetchall(self) -> list[tuple[int, int]]:
        return [(0, 10), (1, 10)]


class Holds:
    """A log that ends where it is said to."""

    def __init__(self, end: int) -> None:
        self.end = end

    def check_ends(self, topic: str, ends: dict[int, int]) -> None:
        for partition, end in ends.items():
            if end > self.end:
                raise LogChangedError(topic, partition, end, "it ends before")

    def check(self, _topic: str, _standings: object) -> None:
        pass


def looked(database: Database, holds: int = 10) -> LedgerEnd:
    end = LedgerEnd(database, Holds(holds))  # type: ignore[arg-type]
    end.look(ORGANISATION)
    return end


def test_between_two_looks_nothing_is_asked_and_what_we_append_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(ledger_end.time, "monotonic", lambda: now[0])
    database = Database()
    end = looked(database)
    for first in (10, 12, 14):
        end.look(ORGANISATION)
        before = end.known({LEDGER})
        assert before[LEDGER, 0] == first
        assert end.took(before, {(LEDGER, 0): Span(first, first + 1)}) == {(LEDGER, 0): first + 2}
    assert database.asked == 1
    end.look_anew()
    end.look(ORGANISATION)
    now[0] += ledger_end.LOOK_EVERY_S
    end.look(ORGANISATION)
    assert database.asked == 3


def test_what_came_to_stand_where_something_stood_is_told_and_other_topics_have_no_end() -> None:
    end = looked(Database())
    before = end.known({LEDGER})
    assert end.took(before, {("rejections", 0): Span(0, 3)}) == {}
    with pytest.raises(LedgerShortError, match="stands at 9, and it had acknowledged up to 10"):
        end.took(before, {(LEDGER, 1): Span(9, 12)})
    with pytest.raises(LedgerShortError, match="ends before"):
        looked(Database(), holds=9)


def test_lanes_that_open_at_once_share_one_look() -> None:
    database, begun = Database(), threading.Barrier(20)
    end = LedgerEnd(database, Holds(10))  # type: ignore[arg-type]

    def open_lane(_: int) -> None:
        begun.wait(AMPLE_S)
        end.look(ORGANISATION)

    with ThreadPoolExecutor(20) as lanes:
        list(lanes.map(open_lane, range(20)))
    assert database.asked == 1
