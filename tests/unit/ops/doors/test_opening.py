"""The ends of keys that the broker was not told of: told by the running service, whatever a round meets."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from datetime import datetime
from typing import Any

import pytest

from events.envelope import CHINA
from events.errors import LedgerError
from ops.doors import opening
from tests.support.patience import AMPLE_S

FAULTS = [LedgerError("none is live"), OSError("no route"), KeyError("ours"), MemoryError()]


def test_whatever_a_round_meets_the_next_one_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    met, came_through, connection = iter(FAULTS), threading.Event(), object()
    told: list[Any] = []

    def tell(*asked: Any) -> list[str]:
        told.append(asked[0])
        if (error := next(met, None)) is not None:
            raise error
        came_through.set()
        threading.Event().wait()
        return []

    monkeypatch.setattr(opening, "tell_what_waits", tell)
    monkeypatch.setattr(opening, "TELL_EVERY_S", 0.0)
    opened: Any = lambda: nullcontext(connection)  # noqa: E731 - a pool of one
    following = opening.follow_ends(opened, "localhost:1", lambda: datetime.now(CHINA))

    assert came_through.wait(AMPLE_S)
    assert following.is_alive()
    assert told == [connection] * (len(FAULTS) + 1)
