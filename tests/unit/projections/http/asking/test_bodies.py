"""Bodies are held within bounds: each of its own, and all that are held at once in sum."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from starlette.requests import Request

from projections.http.asking.bodies import Bodies
from projections.http.errors import BadRequestError, BusyError
from projections.http.words import Words


def a_request(*chunks: bytes) -> Request:
    left = list(chunks)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


def test_a_body_is_what_came() -> None:
    async def read() -> bytes:
        async with Bodies().of(a_request(b"a", b"", b"bc"), 3) as data:
            return data

    assert asyncio.run(read()) == b"abc"


def test_a_body_over_its_bound_is_refused_with_what_helps_and_gives_its_room_back() -> None:
    bodies, do = Bodies(10), Words("split it", "请分批报送")

    async def read() -> None:
        for _ in range(5):
            with pytest.raises(BadRequestError) as refused:
                async with bodies.of(a_request(b"abcd", b"efgh"), 5, do):
                    pytest.fail("it was read")
            assert (refused.value.field, refused.value.do) == ("body", do)
        async with bodies.of(a_request(b"x" * 10), 10):
            pass

    asyncio.run(read())


def test_who_finds_no_room_comes_again_and_finds_it_once_another_is_done() -> None:
    bodies = Bodies(10)

    async def read() -> None:
        async with AsyncExitStack() as held:
            await held.enter_async_context(bodies.of(a_request(b"x" * 6), 8))
            with pytest.raises(BusyError):
                async with bodies.of(a_request(b"x" * 3, b"x" * 3), 8):
                    pytest.fail("it was read")
            await held.enter_async_context(bodies.of(a_request(b"x" * 4), 8))
        async with bodies.of(a_request(b"x" * 8), 8):
            pass

    asyncio.run(read())
