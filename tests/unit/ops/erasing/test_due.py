"""The rounds that erase what is due: a fault of any kind waits for the next.

What a round does is tried with servers in `acceptance/test_erasing_done.py`.
"""

from __future__ import annotations

import threading
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from events.errors import LedgerError
from events.rules.rulebook import load_rulebook
from ops.erasing import due, saying
from ops.erasing.saying import Erasing
from projections.calendar.rules import RuleCalendar
from projections.record.erasure import Erasure, ErasureStage, Hand
from streams.publishing.producer import RefusedError
from tests.support.builders import PERSON
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.publishing.producer import Sent

ON = date(2025, 6, 1)
FAULTS = [LedgerError("none is live"), OSError("no route"), KeyError("ours"), MemoryError()]


def test_whatever_a_round_meets_the_next_one_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    met = iter(FAULTS)
    came_through = threading.Event()

    def connect(*_: Any, **__: Any) -> Any:
        error = next(met, None)
        if error is None:
            came_through.set()
            threading.Event().wait()
        raise error

    monkeypatch.setattr(due.psycopg, "connect", connect)
    monkeypatch.setattr(due, "EVERY_S", 0.0)
    following = due.follow_erasures("localhost:1", "postgresql://localhost:1/none", lambda: ON)

    assert came_through.wait(AMPLE_S)
    assert following.is_alive()


class _TakesNot:
    """A broker that never takes what is said of one person, as a shared sender of ours tells it."""

    def __init__(self, whom: str) -> None:
        self._whom = whom.encode()
        self.taken: list[bytes | None] = []

    def send(self, messages: Sequence[Sent]) -> int:
        if any(key == self._whom for _, key, _, _ in messages):
            raise RefusedError("too large")
        self.taken += [key for _, key, _, _ in messages]
        return len(messages)


def test_one_of_whom_it_is_not_taken_holds_up_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    persons = [f"{PERSON[:-1]}{digit}" for digit in "0123"]
    request = "00000000-0000-0000-0000-000000000001"
    waits = Erasure(request, "d", "consent_withdrawn", ErasureStage.APPROVED, Hand("c", "p"), ON)
    found = dict.fromkeys([*persons, "no token of anybody"], waits)
    monkeypatch.setattr(saying, "live", lambda *_: None)
    monkeypatch.setattr(saying, "due_erasures", lambda *_: found)
    monkeypatch.setattr(saying, "kept_from_erasing", lambda _, who, *__: (who == persons[0]) or ())
    erasing = Erasing("localhost:1", RuleCalendar(load_rulebook()), 0.0)
    broker: Any = _TakesNot(persons[2])
    monkeypatch.setattr(erasing, "_sender", broker)

    assert erasing.erase_due(None, ON) == (2, 3)  # type: ignore[arg-type]
    assert {persons[1].encode(), persons[3].encode()} == set(broker.taken)
