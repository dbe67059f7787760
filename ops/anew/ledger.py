"""The ledger read by a plain consumer, one partition after the other, in processes of their own.

Of each offset 104 bytes go to a file: the hash of its leaf, the tag of its subject, and where the
chain of that subject stands with it, which needs no other partition. So what the log is made of can
be put in its order without holding the ledger in memory.
"""

from __future__ import annotations

import time
from base64 import b64encode
from hashlib import sha256
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from ops.anew.found import FoundAt, differs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

ROW: Final = Struct("32s32s40s")
"""The hash of a leaf, the tag of its subject; how many events that has by then, and its head."""
_MESSAGES_MAX: Final = 10_000
_PATIENCE_S: Final = 20.0
_FETCH_S: Final = 0.05
_NULL: Final = b"\xff\xff\xff\xff"
_HEAD: Final = b"credit-ledger.head.v1\n"
_SUBJECT: Final = b"credit-ledger.subject.v1\n"


class LedgerPart(NamedTuple):
    """A partition of a topic up to before an offset, and how the broker is reached."""

    kafka: Mapping[str, Any]
    topic: str
    partition: int
    end: int


class Stands(NamedTuple):
    """What the broker holds at an offset; where it holds no record, nulls at time 0."""

    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None

    def record(self) -> bytes:
        """Write key and value, each with its length before it."""
        return _sized(self.key) + _sized(self.value)

    def entry(self, partition: int) -> str:
        """Write its entry in the log."""
        digest = b64encode(sha256(self.record()).digest()).decode()
        return f"event {partition} {self.offset} {self.timestamp_ms} {digest}\n"


def everything(part: LedgerPart, start: int = 0) -> Iterator[Stands]:
    """Give what stands at each offset from `start` on, none left out.

    Raises `DiffersError` where the partition is shorter, or begins later.
    """
    place = TopicPartition(part.topic, part.partition, start)
    consumer = Consumer(
        {
            **part.kafka,
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "check.crcs": True,
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 50,
        }
    )
    try:
        low, high = consumer.get_watermark_offsets(place, timeout=_PATIENCE_S)
        for wrong, edge in ((low > start, low), (high < part.end, high)):
            if wrong:
                raise differs(
                    *("ledger", "offsets", f"{start} to {part.end}", f"{low} to {high}"),
                    FoundAt(part.topic, part.partition, edge),
                )
        if part.end > start:
            consumer.assign([place])
            yield from _read(consumer, part, start)
    finally:
        consumer.close()


def _read(consumer: Consumer, part: LedgerPart, wanted: int) -> Iterator[Stands]:
    silent_since = time.monotonic()
    while wanted < part.end:
        # It waits for so many or for so long, so it is asked to wait for a moment only.
        messages = consumer.consume(_MESSAGES_MAX, _FETCH_S)
        if messages:
            silent_since = time.monotonic()
        elif time.monotonic() > silent_since + _PATIENCE_S:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 - its own name
        for message in messages:
            error = message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001
                raise KafkaException(error)
            offset = min(message.offset(), part.end)
            for unsaid in range(wanted, offset):
                yield Stands(unsaid, 0, None, None)
            wanted = max(wanted, offset)
            if error is None and offset < part.end:
                timestamp = message.timestamp()[1]
                yield Stands(offset, timestamp, message.key(), message.value())
                wanted = offset + 1
            if wanted >= part.end:
                return


def tag_of_key(key: bytes | None) -> bytes:
    """Give where the subject of a key stands among all; a null is as an empty one."""
    return sha256(_SUBJECT + (key or b"")).digest()


def derive(part: LedgerPart, rows: Path, tell: Callable[[int], None]) -> None:
    """Write the rows of a partition.

    `tell` is told from time to time how many records were read.
    """
    tags: dict[bytes | None, bytes] = {}
    chains: dict[bytes, tuple[int, bytes]] = {}
    told = 0
    with rows.open("wb", buffering=1 << 20) as file:
        for stands in everything(part):
            record = stands.record()
            tag = tags.get(stands.key)
            if tag is None:
                tag = tags[stands.key] = tag_of_key(stands.key)
            before = chains.get(tag)
            count, head = before or (0, sha256(_HEAD + record).digest())
            digest = b64encode(sha256(record).digest()).decode()
            entry = f"event {part.partition} {stands.offset} {stands.timestamp_ms} {digest}\n"
            leaf = sha256(b"\0" + entry.encode()).digest()
            count, head = chains[tag] = count + 1, sha256(head + leaf).digest()
            file.write(leaf + tag + count.to_bytes(8, "big") + head)
            if stands.offset - told >= _MESSAGES_MAX:
                tell(stands.offset - told)
                told = stands.offset
    tell(part.end - told)


def _sized(data: bytes | None) -> bytes:
    return _NULL if data is None else len(data).to_bytes(4, "big") + data
