"""A session is touched once in a while, and not for every event."""

from __future__ import annotations

from typing import Any

from projections.store.session import Awake


class Session:
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def execute(self, _statement: str) -> None:
        self.asked += 1


def test_a_session_is_touched_each_time_that_its_pause_has_passed() -> None:
    session: Any = Session()
    moments = iter([0.0, 0.4, 0.9, 1.0, 1.1, 1.9, 2.0, 7.0, 7.5])
    awake = Awake(session, 1.0, lambda: next(moments))
    touched = []
    for _ in range(8):
        awake.keep()
        touched.append(session.asked)
    assert touched == [0, 0, 1, 1, 1, 2, 3, 3]
