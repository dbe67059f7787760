"""A producer that many threads share, each of which waits for the report of its own message.

Whoever polls is given the reports of all. If each who waits polled, a report that another was given
would be known to its own only once that one's poll came back, with nothing or with a third's.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from streams.publishing.producer import Sender, create_producer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from confluent_kafka import Producer

    from streams.publishing.producer import Acknowledgements, Sent

_LISTEN_S: Final = 0.05
"""After the last who waited, so long is gone on listening: the next needs no new thread."""


class SharedReports:
    """Takes the reports of a producer, in a thread that is there while somebody waits for one."""

    def __init__(self, producer: Producer) -> None:
        """Begin nothing before somebody waits."""
        self.producer = producer
        self._lock = threading.Lock()
        self._waiting = 0
        self._is_taken = False

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have reports taken within: each goes to what was to be told on delivery."""
        with self._lock:
            self._waiting += 1
            begins, self._is_taken = not self._is_taken, True
        if begins:
            threading.Thread(target=self._take, daemon=True, name="delivery reports").start()
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    def _take(self) -> None:
        while True:
            self.producer.poll(_LISTEN_S)
            with self._lock:
                if not self._waiting:
                    self._is_taken = False
                    return


class SharingSender(Sender):
    """A sender of many threads: each is woken by the last report of its own messages."""

    _reports: SharedReports | None = None

    def _await(self, producer: Producer, outcome: Acknowledgements, timeout_s: float) -> None:
        reports = self._reports
        if reports is None or reports.producer is not producer:
            # Two who make one at once both listen; each report still goes to its own.
            self._reports = reports = SharedReports(producer)
        with reports.taken():
            outcome.wait(timeout_s)


class SharedSender:
    """One sender for all threads of a process: its producer is made when it is first needed."""

    def __init__(self, kafka: str, **overrides: Any) -> None:
        """Keep where the broker is, and which settings of librdkafka's are others than usual."""
        self._kafka, self._overrides = kafka, overrides
        self._lock = threading.Lock()
        self._made: Sender | None = None

    def send(self, messages: Sequence[Sent], timeout_s: float = 60.0) -> int:
        """Send messages; give how many. Raises as `Sender.send` does."""
        return self._sender().send(messages, timeout_s)

    def _sender(self) -> Sender:
        with self._lock:
            if self._made is None:
                self._made = SharingSender(self._producer(), self._producer)
            return self._made

    def _producer(self) -> Producer:
        return create_producer(self._kafka, **self._overrides)
