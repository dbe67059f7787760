"""A worker that starts before its servers waits for them."""

from __future__ import annotations

import psycopg
import pytest
from confluent_kafka import KafkaException

from ops import consuming, environment
from ops.local.stack import Stack
from ops.topics import TopicMismatchError


def test_a_database_that_is_away_at_the_start_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(consuming.time, "sleep", waits.append)

    def make() -> str:
        if len(waits) < 7:
            raise psycopg.OperationalError("refused")
        return "made"

    assert consuming._awaiting(make) == "made"
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


@pytest.mark.parametrize(
    ("answers", "ended"),
    [
        ([KafkaException("away"), TimeoutError(), None], []),
        ([KafkaException("away"), TopicMismatchError("one copy of three")], [1]),
    ],
)
def test_topics_are_checked_as_soon_as_the_broker_that_was_away_at_the_start_answers(
    answers: list[Exception | None], ended: list[int]
) -> None:
    coming, ends = iter(answers), list[int]()

    def check() -> None:
        answer = next(coming)
        if answer is not None:
            raise answer

    consuming.check_until_answered(check, pause_s=0, end=ends.append)
    assert ends == ended
    assert list(coming) == []
