"""What a transaction proves: that all of it is there, or none; and who may write a partition."""

from __future__ import annotations

from typing import Any

import pytest

from streams.publishing.fence import FencedError, FencedSender
from streams.publishing.producer import DeliveryError, Sent

A_PROFILE: Sent = ("profiles", b"a", b"profile", None)


class _Report:
    """A delivery report, as far as it is looked at."""

    def __init__(self, offset: int | None) -> None:
        self._offset = offset

    def offset(self) -> int | None:
        return self._offset


class _Producer:
    """Commits whatever is produced, and reports each message with an offset, or without one."""

    def __init__(self, offset: int | None) -> None:
        self._offset = offset
        self._reports: list[Any] = []
        self.committed = 0

    def init_transactions(self, _timeout_s: float) -> None:
        """Take the name."""

    def begin_transaction(self) -> None:
        """Begin."""

    def produce(self, *_: object, on_delivery: Any, headers: object) -> None:
        assert headers is None
        self._reports.append(on_delivery)

    def commit_transaction(self, _timeout_s: float) -> None:
        while self._reports:
            self._reports.pop(0)(None, _Report(self._offset))
        self.committed += 1


@pytest.mark.parametrize(("offset", "is_sent"), [(7, True), (None, False)])
def test_what_has_no_place_on_the_topic_is_not_sent_though_its_transaction_was_committed(
    offset: int | None, *, is_sent: bool
) -> None:
    producer = _Producer(offset)
    sender = FencedSender(lambda _: producer, "name")  # type: ignore[arg-type, return-value]
    sender.take(3)
    failed = sender.send({3: [A_PROFILE]})
    assert (failed == {}) is is_sent
    assert all(type(error) is DeliveryError for error in failed.values())
    assert producer.committed == 1


def test_nothing_is_sent_for_a_partition_that_was_not_taken() -> None:
    sender = FencedSender(lambda _: None, "name")  # type: ignore[arg-type, return-value]
    assert isinstance(sender.send({3: [A_PROFILE]})[3], FencedError)


def test_a_partition_that_others_hold_has_no_producer_here() -> None:
    made = {"name.3": _Producer(7), "name.4": _Producer(7)}
    sender = FencedSender(made.__getitem__, "name")  # type: ignore[arg-type]
    for partition in (3, 4):
        sender.take(partition)

    assert sender.let_go([4, 5]) == [made["name.4"]]
    assert list(sender.send({3: [A_PROFILE], 4: [A_PROFILE]})) == [4]
    assert sender.let_go([4]) == []
