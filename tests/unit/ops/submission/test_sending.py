from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from confluent_kafka import KafkaError

from ops.submission.sending import (
    BrokerAnswer,
    BrokerUnreachableError,
    SenderPool,
    SubmissionSender,
    TopicMissingError,
)

if TYPE_CHECKING:
    from datetime import datetime

    from ops.submission.defaults import Defaults
    from ops.submission.line import GoodLine
    from tests.unit.ops.submission.conftest import Check

TOPIC = "credit.organisation.submissions.market-zj"
IN_PROCESS = {"test.mock.num.brokers": 1}
"""librdkafka's own pretended broker, which speaks the protocol inside this process."""


@pytest.fixture
def lines(check: Check, market: Defaults) -> list[GoodLine]:
    return check.sample("penalties_official_gb18030.csv", market).good


@pytest.fixture
def sender() -> SubmissionSender:
    sender = SubmissionSender("in-process", IN_PROCESS)
    sender._producer.list_topics(TOPIC)
    sender._topics.add(TOPIC)
    return sender


def test_every_line_is_acknowledged_before_the_sender_closes(
    sender: SubmissionSender, lines: list[GoodLine], now: datetime
) -> None:
    answers: list[BrokerAnswer] = []
    with sender:
        for line in lines:
            sender.send(line, now, answers.append)
    assert [each.problem for each in answers] == [None] * len(lines)
    assert len({each.place for each in answers}) == len(lines)


def test_a_department_without_a_topic_is_told_so(lines: list[GoodLine], now: datetime) -> None:
    with (
        pytest.raises(TopicMissingError, match=f"{TOPIC} is not to be seen"),
        SubmissionSender("in-process", IN_PROCESS) as sender,
    ):
        sender.send(lines[0], now, lambda _: None)


def test_a_broker_that_is_not_there_is_named_with_the_cause() -> None:
    with pytest.raises(BrokerUnreachableError, match=r"127\.0\.0\.1:1: .*refused"):
        SubmissionSender("127.0.0.1:1", reachable_within_s=0.5)


def test_a_line_that_was_not_delivered_has_its_error(lines: list[GoodLine], now: datetime) -> None:
    answers: list[BrokerAnswer] = []
    sender = SubmissionSender("in-process", IN_PROCESS | {"linger.ms": 30_000})
    sender._topics.add(TOPIC)
    sender.send(lines[0], now, answers.append)
    sender._producer.purge()
    sender.wait()
    assert answers == [BrokerAnswer(None, "Local: Purged in queue")]


def test_a_wrong_password_stops_the_sending(
    sender: SubmissionSender, lines: list[GoodLine], now: datetime
) -> None:
    # librdkafka tells it to `error_cb` alone; the lines themselves only time out.
    sender._note(KafkaError(KafkaError._AUTHENTICATION, "SASL authentication error"))
    with pytest.raises(BrokerUnreachableError, match="SASL authentication error"):
        sender.send(lines[0], now, lambda _: None)


def test_closing_after_a_refusal_waits_for_nothing_and_raises_nothing(
    sender: SubmissionSender, lines: list[GoodLine], now: datetime
) -> None:
    answers: list[BrokerAnswer] = []
    with sender:
        sender.send(lines[0], now, answers.append)
        sender._note(KafkaError(KafkaError._AUTHENTICATION, "SASL authentication error"))
    # Left without `wait`, which would have raised what the report already tells.
    assert sender._refused == "SASL authentication error"


def test_the_next_submission_takes_over_a_sender_and_two_at_once_have_two(
    lines: list[GoodLine], now: datetime
) -> None:
    pool, answers = SenderPool("in-process", IN_PROCESS), list[BrokerAnswer]()
    with pool.sender() as first:
        first._producer.list_topics(TOPIC)
        for line in lines:
            first.send(line, now, answers.append)
    with pool.sender() as second, pool.sender() as beside:
        second.send(lines[0], now, answers.append)

    assert second is first
    assert beside is not first
    assert [each.problem for each in answers] == [None] * (len(lines) + 1)


def test_a_sender_that_met_with_anything_is_not_used_again(
    lines: list[GoodLine], now: datetime
) -> None:
    pool = SenderPool("in-process", IN_PROCESS | {"linger.ms": 30_000})
    answers: list[BrokerAnswer] = []
    with pool.sender() as failed:
        failed._topics.add(TOPIC)
        failed.send(lines[0], now, answers.append)
        failed._producer.purge()
    with contextlib.suppress(LookupError), pool.sender() as ended:
        raise LookupError
    with pool.sender() as fresh:
        pass

    assert answers == [BrokerAnswer(None, "Local: Purged in queue")]
    assert fresh not in (failed, ended)
