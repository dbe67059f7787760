"""Goes through the erasures in Kafka before anything of the vault is opened or sealed.

Kafka is the truth of who was erased, not the vault: one that was put back from a copy destroys
first what came back. Where the ledger cannot be read to its end, nothing is opened.
"""

from __future__ import annotations

import struct
import threading
import time
import uuid
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from events.envelope import Platform
from events.event import OF_SUBJECT
from events.topics import ledger_topic
from events.wire.schemas import load_schemas
from projections.ledger.message import Message
from projections.ledger.reading import read
from projections.store.vault.forgetting import GoneThrough, go_on, places_gone_through
from projections.store.vault.opening import open_vault
from projections.store.vault.vault import VaultAwayError
from streams.broker import broker
from streams.connections import kept_sessions
from streams.faults import fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection

    from projections.ledger.message import Read

_log = structlog.get_logger(__name__)

FRESH_S: Final = 5.0
"""So long what was gone through counts as the end; a copy put back meanwhile is seen at once."""

AHEAD_S: Final = FRESH_S / 2
"""So long before that it is gone through again beside whoever asks, so that nobody waits for it."""

_ASK_WITHIN_S: Final = 10.0
_LISTEN_S: Final = 0.1
_PORTION: Final = 5_000
_FRAME: Final = struct.Struct(">bI")


class ErasuresUnknownError(VaultAwayError):
    """Nothing is sealed or opened while the ledger is not read to its end for who was erased."""


class ErasureReader:
    """Goes through the ledger for one vault; threads share it.

    Its sessions of the vault and its consumer are kept: to connect takes longer than to read what
    is new. One goes through at a time; others wait for that only where what is known is too old.
    """

    def __init__(self, kafka: str, postgres: str, topic: str | None = None) -> None:
        """Keep where the ledger and the vault are; nothing is opened before it is needed."""
        self._kafka = kafka
        self._sessions = kept_sessions(partial(open_vault, postgres))
        self._consumer: Consumer | None = None
        self._topic = topic or ledger_topic(Platform.PERSON)
        self._lock = threading.Lock()
        self._known: dict[int, GoneThrough] = {}
        self._until = 0.0

    def caught_up(self) -> None:
        """Go through what is not gone through yet. Raises `ErasuresUnknownError`."""
        if self._is_fresh():
            if time.monotonic() > self._until - AHEAD_S and self._lock.acquire(blocking=False):
                threading.Thread(target=self._go_beside, daemon=True).start()
            return
        with self._lock:
            if not self._is_fresh():  # Somebody else went through it meanwhile.
                self._go_through()

    def _is_fresh(self) -> bool:
        return time.monotonic() < self._until and self._stands()

    def _go_beside(self) -> None:
        """Go through it with the lock that whoever asked has taken, and let go of that."""
        try:
            self._go_through()
        except Exception as error:  # noqa: BLE001 - who comes once it is too old is told it
            _log.warning("erasures_unread", error=fault(error))
        finally:
            self._lock.release()

    def go_through(self) -> int:
        """Go through the ledger to its end now; give how many persons were erased by that."""
        with self._lock:
            return self._go_through()

    def close(self) -> None:
        """Let go of what is kept; it is opened again where it is needed again."""
        with self._lock:
            self._sessions.close()
            self._let_go()

    def _stands(self) -> bool:
        """Say whether the vault is still as far as it was: a copy put back is not."""
        with self._sessions.one() as vault:
            stand = places_gone_through(vault)
        none = GoneThrough()
        return all(
            stand.get(partition, none).next_offset >= place.next_offset
            for partition, place in self._known.items()
        )

    def _go_through(self) -> int:
        try:
            with self._sessions.one() as vault, self._listening() as consumer:
                while (count := self._to_the_end(vault, consumer)) is None:
                    _log.warning("vault_put_back")
                self._known = places_gone_through(vault)
        except (KafkaException, TimeoutError) as error:
            raise ErasuresUnknownError(ErasuresUnknownError.__doc__) from error
        self._until = time.monotonic() + FRESH_S
        return count

    def _to_the_end(self, vault: Connection[Any], consumer: Consumer) -> int | None:
        """Go through from where the vault stands; None where it was put back meanwhile."""
        began = places_gone_through(vault)
        count = 0
        for moved, said in self._portions(consumer, began):
            erased = go_on(vault, began, moved, said)
            if erased is None:
                return None
            began, count = began | moved, count + erased
        return count

    @contextmanager
    def _listening(self) -> Iterator[Consumer]:
        """Lend the consumer, which fetches nothing in between; after an error it is closed."""
        if self._consumer is None:
            self._consumer = Consumer(self._settings())
        try:
            yield self._consumer
            self._consumer.unassign()
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        if self._consumer is not None:
            self._consumer.close()
        self._consumer = None

    def _settings(self) -> dict[str, Any]:
        connection = broker(self._kafka)
        return {
            **connection.librdkafka(),
            "group.id": connection.group(f"vault.{uuid.uuid4()}"),
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "fetch.wait.max.ms": 50,
        }

    def _portions(self, consumer: Consumer, places: dict[int, GoneThrough]) -> Any:
        """Give what was read up to the end of every partition, portion by portion.

        The end is where the broker says that it is: behind the last record there may be marks of
        transactions, which are no records.
        """
        told = consumer.list_topics(self._topic, timeout=_ASK_WITHIN_S).topics[self._topic]
        if told.error is not None:
            raise KafkaException(told.error)
        open_ones = {*told.partitions}
        consumer.assign(
            [
                TopicPartition(self._topic, each, places.get(each, GoneThrough()).next_offset)
                for each in sorted(open_ones)
            ]
        )
        moved: dict[int, GoneThrough] = {}
        said: list[tuple[int, Read]] = []
        heard = time.monotonic()
        while open_ones:
            messages = consumer.consume(_PORTION, _LISTEN_S)
            if messages:
                heard = time.monotonic()
            elif time.monotonic() - heard > _ASK_WITHIN_S:
                raise TimeoutError
            for message in messages:
                error, partition = message.error(), message.partition()
                if error is not None and error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                    before = moved.get(partition, places.get(partition, GoneThrough()))
                    moved[partition] = before._replace(next_offset=message.offset())
                    open_ones.discard(partition)
                elif error is not None:
                    raise KafkaException(error)
                else:
                    before = moved.get(partition, places.get(partition, GoneThrough()))
                    ms = max(before.recorded_ms, message.timestamp()[1])
                    moved[partition] = GoneThrough(message.offset() + 1, ms)
                    if _is_of_subject(message.value()):
                        item = Message(message.offset(), ms, message.key(), message.value())
                        said.append((partition, read(item)))
            yield moved, said
            said = []


def _is_of_subject(value: bytes | None) -> bool:
    """Say whether a message is an event of an erasure, by the schema that it names."""
    if value is None or len(value) < _FRAME.size:
        return False
    return _FRAME.unpack_from(value) in _frames()


@cache
def _frames() -> frozenset[tuple[int, int]]:
    listed = load_schemas()
    return frozenset(
        (0, entry.id) for kind in OF_SUBJECT for entry in listed.history(f"credit.{kind.__name__}")
    )
