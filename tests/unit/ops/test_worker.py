"""A worker that starts before its servers waits for them."""

from __future__ import annotations

import psycopg
import pytest

from ops import environment, worker
from ops.local.stack import Stack


def test_a_database_that_is_away_at_the_start_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(worker.time, "sleep", waits.append)

    def make() -> str:
        if len(waits) < 7:
            raise psycopg.OperationalError("refused")
        return "made"

    assert worker._awaiting(make) == "made"
    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_a_local_server_that_is_away_at_the_start_is_waited_for_and_named_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack = Stack(kafka="here", postgres="there")
    answers = iter([None, None, stack])
    monkeypatch.setattr(environment, "current", lambda _: next(answers))
    said: list[str] = []

    assert environment.awaited_stack(said.append, wait=lambda _: None) == stack
    assert len(said) == 1
    assert "credit-ledger up" in said[0]
