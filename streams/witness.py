"""Whether a log still holds what was read of it: asked before anything goes on from a position."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from projections.ledger.witness import seen
from projections.store.control.breach import forget_breaches, note_breach
from streams.broker import broker
from streams.faults import FatalApplyError, PositionOutsideLogError
from streams.publishing.producer import Quiet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.ledger.witness import ReaderStanding
    from streams.connections import Connections

_ANSWER_MAX_S: Final = 10.0
_RECORD_MAX_S: Final = 40.0
"""A record may stand in gigabytes, packed: if it came too late, the next try waits longer.

Begun anew each time with the same patience, it would never come on a busy machine; and lanes wait
for it, so it is shorter than the lag without progress for which a worker gives up.
"""
_TRIES: Final = 6
_WAIT_S: Final = 0.5
"""A broker that has just restarted may report an older end for a moment."""
_BACK_FIRST: Final = 8
_COMMITTED: Final = "read_committed"
_ALL: Final = "read_uncommitted"
"""The end of a log is that of all it holds, also behind a transaction that is not decided yet."""

_AWAY: Final = "the broker does not say what a log holds"


class LogChangedError(PositionOutsideLogError):
    """A log does not hold what was read of it: it lost its end, and may have grown since."""

    def __init__(self, topic: str, partition: int, next_offset: int, detail: str) -> None:
        """Name the place, and what to do."""
        super().__init__(
            f"{topic}, partition {partition}, position {next_offset}: {detail}. The log lost what "
            "was acknowledged. Nothing goes on from there by itself: restore the log, or decide "
            "that what it holds now is the truth; `credit-ledger status` says how"
        )
        self.topic, self.partition = topic, partition
        self.next_offset, self.detail = next_offset, detail


class LedgerShortError(FatalApplyError):
    """The ledger does not hold what it acknowledged: nothing may be appended over the gap."""


class Witness:
    """Compares logs with what positions remember of them; it blocks, and threads take turns."""

    def __init__(self, kafka: str) -> None:
        """Connect when first asked."""
        self._kafka = kafka
        self._lock = threading.Lock()
        self._opened: dict[str, Consumer] = {}
        self._patience_s = _ANSWER_MAX_S

    def __enter__(self) -> Self:
        """Lend it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect, where it was ever asked."""
        with self._lock:
            while self._opened:
                self._opened.popitem()[1].close()

    def check(self, topic: str, standings: Mapping[int, ReaderStanding]) -> None:
        """Raise `LogChangedError` for the first partition that does not hold what was read."""
        for partition, standing in standings.items():
            for attempt in range(_TRIES):
                if attempt:
                    time.sleep(_WAIT_S)
                detail = self.what_changed(topic, partition, standing)
                if detail is None:
                    break
            else:
                raise LogChangedError(topic, partition, standing.next_offset, str(detail))

    def check_ends(self, topic: str, ends: Mapping[int, int]) -> None:
        """Raise `LogChangedError` for the first partition that ends before where it once did."""
        for partition, end in ends.items():
            found = self.settled_end(topic, partition, end)
            if found < end:
                detail = f"it ends at {found}, and had acknowledged up to {end}"
                raise LogChangedError(topic, partition, end, detail)

    def settled_end(self, topic: str, partition: int, wanted: int) -> int:
        """Give the offset after the last; one short of what is wanted only after asking again."""
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_WAIT_S)
            found = self.end(topic, partition)
            if found >= wanted:
                break
        return found

    def end(self, topic: str, partition: int) -> int:
        """Give the offset after the last that the log holds."""
        with self._lock:
            place = TopicPartition(topic, partition)
            try:
                asked = self._consumer(_ALL)
                found = asked.get_watermark_offsets(place, timeout=_ANSWER_MAX_S)
            except KafkaException as error:
                raise TimeoutError(_AWAY) from error
        if found is None:
            raise TimeoutError(_AWAY)
        return int(found[1])

    def record(self, topic: str, partition: int, offset: int) -> Message | None:
        """Give the first record from an offset on that the log holds; None where none follows."""
        with self._lock:
            return self._read(TopicPartition(topic, partition, offset))

    def last_value(self, topic: str) -> bytes | None:
        """Give the value of the last message of a topic of one partition, if there is one.

        Its end may be marks of transactions, so that is looked for from further and further back.
        """
        end = self.end(topic, 0) if self._is_there(topic) else 0
        back = _BACK_FIRST
        while end:
            start, found = max(0, end - back), None
            while (message := self.record(topic, 0, start)) is not None:
                found, start = message, message.offset() + 1
            if found is not None or back >= end:
                return None if found is None else found.value()
            back *= 2
        return None

    def _is_there(self, topic: str) -> bool:
        with self._lock:
            try:
                found = self._consumer().list_topics(topic, timeout=_ANSWER_MAX_S).topics[topic]
            except KafkaException as error:
                raise TimeoutError(_AWAY) from error
        if found.error is None:
            return True
        if found.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            return False
        raise TimeoutError(f"{topic}: {found.error.str()}")

    def what_changed(self, topic: str, partition: int, standing: ReaderStanding) -> str | None:
        """Say what a log does not hold of what was read; None where it holds all of it."""
        if standing.next_offset == 0:
            return None
        end = self.end(topic, partition)
        if end < standing.next_offset:
            return f"the log ends at {end}"
        if standing.seen is None:
            return None
        # What was read there was decided; and whoever knows the end knows where to ask already.
        with self._lock:
            message = self._read(TopicPartition(topic, partition, standing.seen.offset), _ALL)
        if message is None:
            return f"no record stands at {standing.seen.offset}"
        found = seen(message.offset(), message.timestamp()[1], message.key(), message.value())
        return (
            None if found == standing.seen else f"another record stands at {standing.seen.offset}"
        )

    def _read(self, place: TopicPartition, isolation: str = _COMMITTED) -> Message | None:
        """Read the first record from a place on; None where the log ends before there is one."""
        consumer = self._consumer(isolation)
        try:
            consumer.assign([place])
            try:
                message = consumer.poll(self._patience_s)
            finally:
                consumer.unassign()
        except KafkaException as error:
            raise TimeoutError(_AWAY) from error
        if message is None:
            self._patience_s = min(2 * self._patience_s, _RECORD_MAX_S)
            raise TimeoutError(_AWAY)
        self._patience_s = _ANSWER_MAX_S
        wrong = message.error()
        if wrong is None:
            return message
        if wrong.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its own name
            return None
        raise TimeoutError(_AWAY)

    def _consumer(self, isolation: str = _COMMITTED) -> Consumer:
        if isolation not in self._opened:
            connection = broker(self._kafka)
            self._opened[isolation] = Consumer(
                {
                    **connection.librdkafka(),
                    "group.id": connection.group("witness"),
                    "enable.auto.commit": False,
                    "auto.offset.reset": "error",
                    "enable.partition.eof": True,
                    "isolation.level": isolation,
                    "fetch.wait.max.ms": 10,
                    "logger": Quiet(),
                }
            )
        return self._opened[isolation]


def check_noting(
    connections: Connections, witness: Witness, topic: str, standings: Mapping[int, ReaderStanding]
) -> None:
    """Check positions as `Witness.check` does, and note a log that changed until it holds again.

    Raises `LogChangedError`.
    """
    try:
        witness.check(topic, standings)
    except LogChangedError as error:
        note_breach_of(connections, error)
        raise
    with connections.one() as connection:
        forget_breaches(connection, topic, standings)


def note_breach_of(connections: Connections, error: LogChangedError) -> None:
    """Note where a log changed, so that status and service know it."""
    with connections.one() as connection:
        note_breach(connection, error.topic, error.partition, error.next_offset, error.detail)
