"""A room holds so many and no more, also of those who come in the same moment."""

from __future__ import annotations

import threading

import anyio
import psycopg
import pytest
from anyio.to_thread import current_default_thread_limiter

from projections.http.asking import bulkhead
from projections.http.asking.bulkhead import Bulkhead, unless_silent
from projections.http.errors import BusyError
from tests.support.patience import AMPLE_S

TOGETHER = 20


def test_of_many_who_come_together_those_beyond_the_room_are_told_so() -> None:
    """Whoever asked the limiter how many wait would find nobody: none of them has come to it yet."""
    room, go_on = Bulkhead(2, 3), threading.Event()
    ended: list[str] = []

    async def come() -> None:
        try:
            await room.run(go_on.wait, AMPLE_S)
        except BusyError:
            ended.append("busy")
            if len(ended) == TOGETHER - 5:
                go_on.set()
        else:
            ended.append("answered")

    async def all_come() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(TOGETHER):
                group.start_soon(come)

    anyio.run(all_come)
    assert ended == ["busy"] * (TOGETHER - 5) + ["answered"] * 5


def test_whoever_leaves_makes_room_also_by_a_fault() -> None:
    room = Bulkhead(1, 0)

    def fail() -> None:
        raise ValueError("a fault")

    async def one_by_one() -> list[int]:
        for _ in range(3):
            with pytest.raises(ValueError, match="a fault"):
                await room.run(fail)
        return [await room.run(len, "abc") for _ in range(3)]

    assert anyio.run(one_by_one) == [3, 3, 3]


def test_who_asks_a_silent_database_is_told_and_keeps_no_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that is stopped keeps no bound of a statement: its socket stays open, and silent."""
    monkeypatch.setattr(bulkhead, "SILENT_S", 0.05)
    go_on = threading.Event()

    async def many_ask() -> int:
        for _ in range(3):
            with pytest.raises(psycopg.OperationalError, match="nothing came"):
                await unless_silent(lambda: go_on.wait(AMPLE_S))
        return current_default_thread_limiter().borrowed_tokens

    try:
        assert anyio.run(many_ask) == 0
    finally:
        go_on.set()
    assert anyio.run(unless_silent, lambda: "answered") == "answered"
