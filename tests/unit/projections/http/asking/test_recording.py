"""Inquiries that come at once are recorded together, and each who asks is told of its own."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from projections.access.inquiry import Inquiry, InquiryUnrecordedError
from projections.http.asking.recording import AT_ONCE, Recorder
from tests.support.patience import AMPLE_S


def inquiry(number: int) -> Inquiry:
    return Inquiry(
        inquiry_id=str(number),
        at=datetime(2026, 11, 28, tzinfo=UTC),
        role="auditor",
        organisation=None,
        person=None,
        key_id="k",
        purpose=None,
        basis=None,
        platform="organisation",
        subjects=[],
        question="GET /board",
        channel="http",
        outcome="delivered",
        view=None,
        rule="r",
        digest=None,
    )


class GateThatWaits:
    """Keeps inquiries once it is opened; fails for those that it is told to fail for."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.opened, self.entered = threading.Event(), threading.Semaphore(0)
        self.fails: dict[str, Exception] = {}

    def record(self, *inquiries: Inquiry) -> None:
        self.groups.append([each.inquiry_id for each in inquiries])
        self.entered.release()
        assert self.opened.wait(AMPLE_S)
        for each in inquiries:
            if each.inquiry_id in self.fails:
                raise self.fails[each.inquiry_id]

    def wait_for(self, calls: int) -> None:
        for _ in range(calls):
            assert self.entered.acquire(timeout=AMPLE_S)


def of(gate: GateThatWaits) -> Recorder:
    return Recorder(cast("Any", gate))


def test_what_comes_while_others_are_under_way_is_recorded_by_one_more_thread() -> None:
    gate = GateThatWaits()

    async def ask() -> None:
        recorder = of(gate)
        first = []
        for number in range(AT_ONCE):
            first.append(asyncio.create_task(recorder.record(inquiry(number))))
            await asyncio.to_thread(gate.wait_for, 1)
        later = [asyncio.create_task(recorder.record(inquiry(n))) for n in range(100, 400)]
        await asyncio.sleep(0)
        gate.opened.set()
        await asyncio.wait_for(asyncio.gather(*first, *later), AMPLE_S)

    asyncio.run(ask())
    assert gate.groups[:AT_ONCE] == [[str(number)] for number in range(AT_ONCE)]
    assert gate.groups[AT_ONCE:] == [[str(number) for number in range(100, 400)]]


def test_where_the_broker_takes_nothing_each_of_them_is_told() -> None:
    gate = GateThatWaits()
    gate.opened.set()
    gate.fails["1"] = InquiryUnrecordedError("GET /board")

    async def ask() -> list[Any]:
        recorder = of(gate)
        every = [recorder.record(inquiry(number)) for number in range(3)]
        return list(await asyncio.gather(*every, return_exceptions=True))

    told = asyncio.run(ask())
    assert [type(each) for each in told] == [InquiryUnrecordedError] * 3
    assert len(gate.groups) == 1


def test_one_that_cannot_be_written_fails_alone() -> None:
    gate = GateThatWaits()
    gate.opened.set()
    gate.fails["1"] = UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")

    async def ask() -> list[Any]:
        recorder = of(gate)
        every = [recorder.record(inquiry(number)) for number in range(3)]
        return list(await asyncio.gather(*every, return_exceptions=True))

    told = asyncio.run(ask())
    assert [type(each) for each in told] == [type(None), UnicodeEncodeError, type(None)]


def test_who_has_gone_is_told_nothing_and_the_next_is_recorded() -> None:
    gate = GateThatWaits()

    async def ask() -> None:
        recorder = of(gate)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(recorder.record(inquiry(0)), 0.01)
        gate.opened.set()
        for number in range(1, 2 * AT_ONCE):
            await asyncio.wait_for(recorder.record(inquiry(number)), AMPLE_S)

    asyncio.run(ask())
    assert [each for group in gate.groups for each in group] == [
        str(number) for number in range(2 * AT_ONCE)
    ]
