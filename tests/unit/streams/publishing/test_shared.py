"""Of many who share a producer each is woken by the report of its own message, and by nothing else."""

from __future__ import annotations

import queue
import threading
from typing import Any

import pytest
from confluent_kafka import KafkaError

from streams.publishing.producer import DeliveryError, Sent
from streams.publishing.shared import SharedReports, SharingSender
from tests.support.patience import AMPLE_S


class _Report:
    def offset(self) -> int:
        return 7


class _Broker:
    """A producer whose reports come when the test says so, one at a time, to whoever polls."""

    def __init__(self) -> None:
        self.taken: queue.Queue[tuple[bytes, Any]] = queue.Queue()
        self._reports: queue.Queue[Any] = queue.Queue()

    def produce(self, _topic: str, value: bytes, _key: object, **given: Any) -> None:
        self.taken.put((value, given["on_delivery"]))

    def poll(self, timeout_s: float) -> int:
        try:
            self._reports.get(timeout=timeout_s)(None, _Report())
        except queue.Empty:
            return 0
        return 1

    def report(self, on_delivery: Any) -> None:
        self._reports.put(on_delivery)


def sending(sender: SharingSender, value: bytes) -> tuple[threading.Thread, list[int]]:
    done: list[int] = []
    message: Sent = ("topic", None, value, None)
    thread = threading.Thread(target=lambda: done.append(sender.send([message], AMPLE_S)))
    thread.start()
    return thread, done


def test_who_waits_is_woken_by_its_own_report_whatever_the_others_still_wait_for() -> None:
    broker: Any = _Broker()
    sender = SharingSender(broker)
    threads = {value: sending(sender, value) for value in (b"first", b"second")}
    told = dict(broker.taken.get(timeout=AMPLE_S) for _ in threads)

    broker.report(told[b"second"])
    threads[b"second"][0].join(AMPLE_S)
    assert (threads[b"second"][1], threads[b"first"][1]) == ([1], [])
    assert threads[b"first"][0].is_alive()
    broker.report(told[b"first"])
    threads[b"first"][0].join(AMPLE_S)
    assert threads[b"first"][1] == [1]


def test_nobody_listens_once_nobody_waits_and_who_comes_then_is_heard() -> None:
    broker: Any = _Broker()
    reports = SharedReports(broker)
    for _ in range(2):
        before = {*threading.enumerate()}
        with reports.taken():
            (listening,) = {*threading.enumerate()} - before
        listening.join(AMPLE_S)
        assert not listening.is_alive()


def test_what_is_not_answered_in_time_is_not_sent() -> None:
    broker: Any = _Broker()
    with pytest.raises(DeliveryError, match="messages that wait: 1"):
        SharingSender(broker).send([("topic", None, b"a", None)], 0.0)


def test_a_report_of_a_failure_is_raised_by_whose_message_it_was() -> None:
    broker: Any = _Broker()
    late = KafkaError(KafkaError._MSG_TIMED_OUT)
    broker.produce = lambda *_, **given: broker.report(lambda *_: given["on_delivery"](late, None))
    renewed: Any = _Broker()
    sender = SharingSender(broker, lambda: renewed)
    with pytest.raises(DeliveryError, match="timed out"):
        sender.send([("topic", None, b"a", None)], AMPLE_S)

    thread, done = sending(sender, b"again")
    renewed.report(renewed.taken.get(timeout=AMPLE_S)[1])
    thread.join(AMPLE_S)
    assert done == [1]
