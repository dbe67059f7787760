"""The one reader of new warnings: what it keeps for who is behind, and how it wakes who waits."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from events.envelope import Platform
from projections.http import tail as tails
from projections.http.tail import Framed, Tail, TailPlace
from projections.queries.warning_log import Resumed, WarningCursor
from tests.support.patience import AMPLE_S

START = WarningCursor(1, {})


def told(number: int, count: int = 1) -> list[Framed]:
    return [Framed(START, cast("Any", None), b"%d.%d" % (number, each)) for each in range(count)]


def moved(tail: Tail, count: int, first: int = 1, notices: int = 1) -> None:
    for number in range(first, first + count):
        tail._move(TailPlace(0, number, START), told(number, notices))


def tail_at_its_start() -> tuple[Tail, TailPlace]:
    tail, place = Tail(cast("Any", None), Platform.ORGANISATION), TailPlace(0, 0, START)
    tail._move(place, [])
    return tail, place


def test_who_is_behind_is_given_what_it_lacks_in_order() -> None:
    tail, place = tail_at_its_start()
    moved(tail, 500)
    found = asyncio.run(tail.after(place._replace(number=450), AMPLE_S))
    assert found is not None
    assert [batch.number for batch in found] == list(range(451, 501))


def test_only_so_many_notices_are_kept_and_who_lacks_more_asks_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tails, "KEPT_NOTICES", 10)
    tail, place = tail_at_its_start()
    moved(tail, 4, notices=4)
    assert asyncio.run(tail.after(place._replace(number=1), AMPLE_S)) is None
    found = asyncio.run(tail.after(place._replace(number=2), AMPLE_S))
    assert found is not None
    assert [batch.number for batch in found] == [3, 4]


def test_what_is_more_than_may_be_kept_is_kept_until_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tails, "KEPT_NOTICES", 10)
    tail, place = tail_at_its_start()
    moved(tail, 1, notices=50)
    found = asyncio.run(tail.after(place, AMPLE_S))
    assert found is not None
    assert len(found[0].told) == 50


def test_one_move_wakes_all_who_wait_and_who_left_wakes_nobody() -> None:
    async def wait() -> list[Any]:
        tail, place = tail_at_its_start()
        waiting = [asyncio.create_task(tail.after(place, AMPLE_S)) for _ in range(50)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        assert not any(each.done() for each in waiting[1:])
        moved(tail, 1)
        return list(await asyncio.gather(*waiting[1:]))

    assert [[batch.number for batch in found] for found in asyncio.run(wait())] == [[1]] * 49


def test_where_nothing_comes_who_waits_looks_up_with_nothing() -> None:
    tail, place = tail_at_its_start()
    assert asyncio.run(tail.after(place, 0.0)) == []


def test_once_nobody_listens_nothing_is_kept_and_who_comes_again_begins_anew() -> None:
    class Service:
        looks = 0

        async def ask(self, question: Any, *_: Any, **__: Any) -> Any:
            self.looks += 1
            if question is tails.warning_log.head:
                return START
            return Resumed([], START, is_head=True)

    async def listen() -> tuple[TailPlace, TailPlace, bool]:
        tail = Tail(cast("Any", Service()), Platform.ORGANISATION)
        async with tail.listening():
            first = await tail.place()
            tail._move(first._replace(number=1), told(1))
        assert tail._task is not None
        await asyncio.wait_for(tail._task, AMPLE_S)
        is_empty = not tail._batches
        async with tail.listening():
            return first, await tail.place(), is_empty

    first, again, is_empty = asyncio.run(listen())
    assert is_empty
    assert again.epoch > first.epoch
