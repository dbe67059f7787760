"""Connections to the query service: nobody can hold them, by half requests or by not reading."""

from __future__ import annotations

import asyncio
import select
import socket
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg_pool import ConnectionPool
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from ops import connections
from ops.serving import application
from tests.support.asking import running
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.requests import Request

HALF_HEAD = b"GET /ok HTTP/1.1\r\nHost: localhost\r\nX: "
HALF_BODY = b"POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf"
WHOLE = b"GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def ok(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def body(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def endless(request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 65_536
                await asyncio.sleep(0)
        finally:
            request.app.state.given_up.set()

    return StreamingResponse(parts())


@pytest.fixture
def address(
    monkeypatch: pytest.MonkeyPatch, given_up: threading.Event
) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(connections, "REQUEST_S", 0.2)
    monkeypatch.setattr(connections, "READING_S", 0.2)
    routes = [
        Route("/ok", ok),
        Route("/body", body, methods=["POST"]),
        Route("/endless", endless),
    ]
    app = Starlette(routes=routes)
    app.state.given_up = given_up
    with running(app) as url:
        host, _, port = url.removeprefix("http://").rpartition(":")
        yield host, int(port)


@pytest.fixture
def given_up() -> threading.Event:
    """Tell when the answer that has no end was given up."""
    return threading.Event()


@contextmanager
def connected(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=AMPLE_S) as client:
        yield client


def is_ended(client: socket.socket) -> bool:
    """Wait until the server ends the connection without an answer."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def answered(client: socket.socket) -> bool:
    client.sendall(WHOLE)
    return client.recv(64).startswith(b"HTTP/1.1 200")


@contextmanager
def kept(address: tuple[str, int]) -> Iterator[socket.socket]:
    """Give a connection on which a request was answered; on a busy machine one may be said too late."""
    for _ in range(100):
        with connected(address) as client:
            is_answered = False
            with suppress(ConnectionError):
                is_answered = answered(client)
            if is_answered:
                yield client
                return
    raise AssertionError("nothing was answered")


@pytest.mark.parametrize("half", [b"", b"G", HALF_HEAD], ids=["nothing", "a letter", "a head"])
def test_who_does_not_say_a_whole_head_is_ended(address: tuple[str, int], half: bytes) -> None:
    with connected(address) as client:
        client.sendall(half)
        assert is_ended(client)


def test_who_does_not_say_a_whole_body_is_ended(address: tuple[str, int]) -> None:
    with connected(address) as client:
        client.sendall(HALF_BODY)
        assert is_ended(client)


def test_half_a_second_request_on_a_kept_connection_is_ended_too(
    address: tuple[str, int],
) -> None:
    with kept(address) as client:
        client.sendall(HALF_HEAD)
        while part := _received(client):
            assert b"HTTP/1.1" not in part


def _received(client: socket.socket) -> bytes:
    try:
        return client.recv(65_536)
    except ConnectionResetError:
        return b""


def _drip(client: socket.socket) -> None:
    while True:
        client.sendall(b"x")


def test_who_drips_is_not_given_more_time_for_each_drop(address: tuple[str, int]) -> None:
    with connected(address) as client, pytest.raises((ConnectionResetError, BrokenPipeError)):
        _drip(client)


def test_who_does_not_read_an_answer_is_ended(
    address: tuple[str, int], given_up: threading.Event
) -> None:
    with connected(address) as client:
        client.sendall(WHOLE.replace(b"/ok", b"/endless"))
        assert given_up.wait(AMPLE_S)


def test_a_newcomer_is_served_though_half_requests_hold_every_place(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_S", 2 * AMPLE_S)
    monkeypatch.setattr(connections.BoundedProtocol, "connections_max", 20)
    with ExitStack() as stack:
        held = [stack.enter_context(connected(address)) for _ in range(40)]
        while len(held) > 20:
            gone, _, _ = select.select(held, [], [], AMPLE_S)
            assert gone, "nobody gave way"
            assert all(is_ended(client) for client in gone)
            held = [client for client in held if client not in gone]
        with connected(address) as newcomer:
            assert answered(newcomer)


def test_a_statement_of_a_question_is_ended_after_a_time(stack: object) -> None:
    """A pool of the service bounds every statement, and every pause in a transaction."""
    app, pool = application(stack.postgres, "127.0.0.1:1")  # type: ignore[attr-defined]
    with pool, pool.connection() as connection:
        assert isinstance(pool, ConnectionPool)
        shown = connection.execute("SHOW statement_timeout").fetchone()
        assert shown == ("10s",)
        connection.execute("SET statement_timeout = 50")
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(20)")
        connection.execute("SET statement_timeout = 10000")
    assert app.state.rows
