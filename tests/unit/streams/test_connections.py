"""Connections that threads share: lent again, replaced where the server closed them, never kept broken."""

from __future__ import annotations

from typing import Any, cast

import psycopg
import pytest

from streams.connections import SESSIONS_KEPT, Connections, kept_sessions


class Session:
    """A session that the server may have closed."""

    autocommit = True

    def __init__(self) -> None:
        self.closed_here = False
        self.closed_there = False

    def execute(self, _: str) -> None:
        if self.closed_there:
            raise psycopg.OperationalError("the server closed the connection unexpectedly")

    def close(self) -> None:
        self.closed_here = True


class Server:
    """Opens sessions, and knows all that it opened."""

    def __init__(self) -> None:
        self.opened: list[Session] = []

    def session(self) -> psycopg.Connection[Any]:
        self.opened.append(Session())
        return cast("psycopg.Connection[Any]", self.opened[-1])


def test_one_that_was_given_back_is_lent_again() -> None:
    server = Server()
    sessions = kept_sessions(server.session)
    for _ in range(3):
        with sessions.one():
            pass
    assert len(server.opened) == 1


def test_one_that_the_server_closed_is_replaced_unseen() -> None:
    server = Server()
    sessions = kept_sessions(server.session)
    with sessions.one():
        pass
    server.opened[0].closed_there = True
    with sessions.one() as lent:
        assert id(lent) == id(server.opened[1])
    assert server.opened[0].closed_here


def test_after_an_error_one_is_closed_and_not_lent_again() -> None:
    server = Server()
    sessions = kept_sessions(server.session)
    with pytest.raises(ValueError, match="odd"), sessions.one():
        raise ValueError("odd")
    with sessions.one():
        pass
    assert [each.closed_here for each in server.opened] == [True, False]


def test_no_more_are_kept_than_may_be_idle_and_all_are_closed_in_the_end() -> None:
    server = Server()
    sessions = kept_sessions(server.session)
    lent = [sessions.one() for _ in range(SESSIONS_KEPT + 2)]
    for each in lent:
        each.__enter__()
    for each in lent:
        each.__exit__(None, None, None)
    assert sum(not each.closed_here for each in server.opened) == SESSIONS_KEPT
    sessions.close()
    assert all(each.closed_here for each in server.opened)


def test_a_worker_keeps_as_many_as_its_threads_need_and_does_not_ask_before_each_use() -> None:
    server = Server()
    connections = Connections(server.session)
    lent = [connections.one() for _ in range(SESSIONS_KEPT + 2)]
    for each in lent:
        each.__enter__()
    for each in lent:
        each.__exit__(None, None, None)
    server.opened[-1].closed_there = True
    with connections.one() as again:
        assert id(again) == id(server.opened[-1])
    connections.close()
    assert all(each.closed_here for each in server.opened)
