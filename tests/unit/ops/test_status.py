"""Where topics end is asked by one client that is kept, and by a new one after an error."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import KafkaException

from events.envelope import Platform
from events.topics import ledger_topic
from ops import status
from ops.status import KeptEnds

if TYPE_CHECKING:
    from collections.abc import Iterable

LEDGER = ledger_topic(Platform.ORGANISATION)


class Broker:
    """A broker of one ledger with a partition, which grows with each question; or it is away."""

    def __init__(self) -> None:
        self.opened, self.end, self.is_away = 0, 0, False

    def client(self, _: str) -> Broker:
        self.opened += 1
        return self

    def list_topics(self, timeout: float) -> Any:
        del timeout
        if self.is_away:
            raise KafkaException("away")
        return SimpleNamespace(topics={LEDGER: SimpleNamespace(partitions={0: None})})

    def list_offsets(self, places: Iterable[Any], **_: Any) -> dict[Any, Future[Any]]:
        self.end += 1
        told: Future[Any] = Future()
        told.set_result(SimpleNamespace(offset=self.end))
        return dict.fromkeys(places, told)


def test_one_client_asks_each_time_anew_and_after_an_error_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker = Broker()
    monkeypatch.setattr(status, "_admin", broker.client)
    ends = KeptEnds("127.0.0.1:9")
    assert broker.opened == 0, "nothing is opened before it is asked"
    assert [ends()[LEDGER, 0] for _ in range(3)] == [1, 2, 3]
    assert broker.opened == 1
    broker.is_away = True
    for _ in range(2):
        with pytest.raises(KafkaException):
            ends()
    broker.is_away = False
    assert ends() == {(LEDGER, 0): 4}
    assert broker.opened == 3
