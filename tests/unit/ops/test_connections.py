"""What a connection owes falls due by a clock of the test; no time passes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from ops.connections import BODY_BYTES_PER_S, REQUEST_S, BoundedProtocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD = b"POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"
FAST_ENOUGH = b"x" * int(BODY_BYTES_PER_S * REQUEST_S)


class Transport(asyncio.Transport):
    """Where nothing is written, and which remembers whether it was ended."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.is_ended = False

    def abort(self) -> None:
        self.is_ended = True

    def is_closing(self) -> bool:
        return self.is_ended

    def pause_reading(self) -> None:
        """Let it come on: the test says what comes."""


class Loop(asyncio.SelectorEventLoop):
    """What is to be called later is called when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.due: list[tuple[asyncio.TimerHandle, Callable[..., object]]] = []

    def call_later(self, delay: float, callback: Any, *args: Any, **_: Any) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(delay, callback, args, self)
        self.due.append((handle, callback))
        return handle

    def create_task(self, coro: Any, **_: Any) -> Any:
        coro.close()
        return asyncio.Future(loop=self)

    def time_passes(self) -> None:
        due, self.due = self.due, []
        for handle, callback in due:
            if not handle.cancelled():
                callback()


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def opened(loop: Loop) -> tuple[BoundedProtocol, Transport]:
    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        """Answer nothing."""

    config = uvicorn.Config(app, log_config=None)
    config.load()
    protocol = BoundedProtocol(config, ServerState(), {}, loop)
    transport = Transport()
    protocol.connection_made(transport)
    return protocol, transport


def test_a_body_that_keeps_coming_is_waited_for_and_one_that_does_not_is_ended(
    loop: Loop, opened: tuple[BoundedProtocol, Transport]
) -> None:
    protocol, transport = opened
    protocol.data_received(HEAD)
    for _ in range(5):
        protocol.data_received(FAST_ENOUGH)
        loop.time_passes()
        assert not transport.is_ended
    protocol.data_received(FAST_ENOUGH[:-1])
    loop.time_passes()
    assert transport.is_ended
