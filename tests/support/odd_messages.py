"""Messages that a department, or whoever may write there, can put on a topic: each a line of a table.

To try another, add a function here: `tests/acceptance/test_one_stops_nobody.py` throws it at each
topic and says how long the others waited.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final

import msgspec
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.structs import TopicPartition
from confluent_kafka import KafkaException, Producer

from events.event import Event, event_to_record, event_type
from events.partitioning import partition_of
from events.types.amendment import FieldChange
from events.wire.codec import encode_record
from ops.generator.codes import synthetic_credit_code_at
from streams.broker import broker
from streams.publishing.producer import create_producer
from streams.reading.unpacking import GZIP, LZ4, NONE, ZSTD
from tests.support import builders as a
from tests.support.kafka_batches import HEAD_BYTES, a_batch, a_long_record, packed, sealed
from tests.support.patience import AMPLE_S

THROWN_BY = "tax-zj"
ABORTED: Final = "taken-back"
"""Stands in the document's number of what was taken back: it must never be recorded."""

GIGABYTES: Final = 1_900_000_000
LEFT_OPEN: Final = "a transaction that is left open"
"""Nobody reads on behind it until the broker ends it, so it stops whoever shares its partition."""

_TIMEOUT_S = AMPLE_S
_OPEN_MS: Final = 10_000
"""After so long the broker ends what is left open."""

Headers = list[tuple[str, bytes | None]]


def on_the_wire(event: Event) -> bytes:
    """Give the bytes of an event, as a department or admission writes it."""
    return encode_record(f"credit.{event_type(event)}", event_to_record(event))


class Thrower:
    """Puts anything on one partition of a topic; what the broker itself refuses is no matter."""

    def __init__(self, kafka: str, topic: str, partition: int, subject: str, number: int) -> None:
        """Aim; `subject` has its messages there, and `number` tells this throw from all others."""
        self.subject = subject
        self.number = number
        self._kafka, self._topic, self._partition = kafka, topic, partition

    def good(self, what: str = "") -> bytes:
        """Give a record that is in order."""
        no = f"{self._topic[-9:]}-{self.number}{what}"
        return on_the_wire(a.arrears(no, subject_id=self.subject))

    def send(self, *values: bytes | None, key: bytes | None = b"", headers: Any = None) -> None:
        """Send messages as a plain client does."""
        producer = create_producer(self._kafka, **{"message.timeout.ms": 120_000})
        self._produce(producer, values, self.subject.encode() if key == b"" else key, headers)
        producer.flush(_TIMEOUT_S)

    def transact(self, *values: bytes, commits: bool) -> None:
        """Send messages in a transaction."""
        producer = self._in_transaction(values, 120_000)
        if commits:
            producer.commit_transaction(_TIMEOUT_S)
        else:
            producer.abort_transaction(_TIMEOUT_S)

    def leave_open(self, *values: bytes) -> None:
        """Send messages in a transaction that the broker itself has to end."""
        self._in_transaction(values, _OPEN_MS)

    def _in_transaction(self, values: Sequence[bytes], open_ms: int) -> Producer:
        bounds = ("transaction.timeout.ms", "message.timeout.ms")
        producer = create_producer(
            self._kafka,
            **{"transactional.id": f"etl-{self._topic}-{self.number}"},
            **dict.fromkeys(bounds, open_ms),
        )
        producer.init_transactions(_TIMEOUT_S)
        producer.begin_transaction()
        self._produce(producer, values, self.subject.encode(), None)
        producer.flush(_TIMEOUT_S)
        return producer

    def batch(self, data: bytes) -> None:
        """Send a batch that no client would make."""
        asyncio.run(self._batch(data))

    def _produce(
        self, producer: Producer, values: Sequence[bytes | None], key: bytes | None, headers: Any
    ) -> None:
        for value in values:
            try:
                producer.produce(
                    self._topic, value, key, partition=self._partition, headers=headers
                )
            except KafkaException:
                continue

    async def _batch(self, data: bytes) -> None:
        client = AIOKafkaClient(**broker(self._kafka).aiokafka())
        await client.bootstrap()
        try:
            await client.set_topics([self._topic])
            place = TopicPartition(self._topic, self._partition)
            node = client.cluster.leader_for_partition(place)
            topics = [(self._topic, [(self._partition, data)])]
            await client.send(node, ProduceRequest(None, -1, 120_000, topics))
        finally:
            await client.close()


def _nested(levels: int) -> Callable[[Thrower], None]:
    def throw(at: Thrower) -> None:
        correction = a.a_correction(a.arrears(subject_id=at.subject), "2025-03-01", balance_fen=1)
        changes = [FieldChange("balance_fen", "[" * levels)]
        at.send(on_the_wire(msgspec.structs.replace(correction, changes=changes)))

    return throw


def _faulty(at: Thrower) -> None:
    event = msgspec.structs.replace(
        a.arrears(at.number, subject_id=at.subject), taxes=["\0"] * 31_000
    )
    at.send(on_the_wire(event))


def _blank(at: Thrower) -> None:
    listing = a.a_tax_listing(at.number, subject_id=at.subject)
    blank = msgspec.structs.replace(listing, responsible=(" ",) * 16_000)
    at.send(*[on_the_wire(blank)] * 20)


def _header_name(codec: int) -> Callable[[Thrower], None]:
    def throw(at: Thrower) -> None:
        given: list[Any] = [(at.subject.encode(), at.good(), [("name", b"x")])]
        spoilt = a_batch(0, given).replace(b"name", b"\xff\xfe\xfdX")
        at.batch(sealed(0, spoilt, attributes=codec, codec=codec))

    return throw


def _bomb(codec: int, size: int) -> Callable[[Thrower], None]:
    return lambda at: at.batch(packed(0, a_long_record(size, codec), codec))


def _crowd(at: Thrower) -> None:
    """Hundreds of thousands of empty messages in some kilobytes."""
    empty: list[Any] = [(None, None, [])] * 50_000
    at.batch(sealed(0, a_batch(0, empty), attributes=ZSTD, codec=ZSTD))


def _long(at: Thrower) -> None:
    subject = "9" * 5_000
    at.send(on_the_wire(a.arrears(at.number, subject_id=subject)), key=subject.encode())


def _of_other_type(at: Thrower) -> None:
    record = event_to_record(a.a_penalty(at.number, subject_id=at.subject))
    at.send(encode_record("credit.PenaltyImposed", record))


def _of_every_type(at: Thrower) -> None:
    """Say one of each, with a byte too many, and cut short: none has a way of its own."""
    for event in a.one_of_each():
        envelope = msgspec.structs.replace(event.envelope, subject_id=at.subject)
        value = on_the_wire(msgspec.structs.replace(event, envelope=envelope))
        at.send(value + b"\0", value[: len(value) * 2 // 3], value)


def _of_a_person(at: Thrower) -> None:
    at.send(on_the_wire(a.arrears(at.number, subject_id=a.PERSON)), key=a.PERSON.encode())


def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def _cut(at: Thrower) -> None:
    good = at.good()
    at.send(good[: len(good) // 2], good + b"more", good[:5], b"\x01" + good[1:])


def _counts(at: Thrower) -> None:
    """Lengths that lie: of texts, lists and blocks."""
    good = at.good()
    at.send(
        *(good[:5] + lie + good[6:] for lie in (b"\xff" * 9 + b"\x01", b"\x01", b"\xfe\xff\x07"))
    )


def of_one_subject(at: Thrower, events: int, words: int) -> None:
    """Say very much of a neighbour of the subject thrown about, each with so many words of noise."""
    place = partition_of(at.subject)
    codes = map(synthetic_credit_code_at, count(100 * at.number + 1_000))
    subject = next(code for code in codes if partition_of(code) == place)
    noise = random.Random(at.number)
    at.send(
        *(
            on_the_wire(
                a.a_penalty(
                    f"{at.number}-{n}-{_characters(noise, words)}",
                    "2025-03-01",
                    subject_id=subject,
                    department=THROWN_BY,
                    category="penalty.tax",
                )
            )
            for n in range(events)
        ),
        key=subject.encode(),
    )


def _characters(noise: random.Random, many: int) -> str:
    return "".join(chr(noise.randrange(0x4E00, 0x9FA5)) for _ in range(many))


ODD: Final[dict[str, Callable[[Thrower], None]]] = {
    # What it says.
    "a good record": lambda at: at.send(at.good()),
    "a tombstone": lambda at: at.send(None),
    "an empty value": lambda at: at.send(b""),
    "a single byte": lambda at: at.send(b"\0"),
    "a frame and nothing in it": lambda at: at.send(b"\0\0\0\0\x01"),
    "JSON": lambda at: at.send(b'{"subject": "91330000PDY00001XQ"}'),
    "XML": lambda at: at.send('<?xml version="1.0"?><penalty>罚</penalty>'.encode()),
    "noise": lambda at: at.send(_noise(1_000)),
    "64 KiB of noise and one more": lambda at: at.send(_noise(65_537)),
    "900 kB of zeros": lambda at: at.send(bytes(900_000)),
    "an unlisted schema": lambda at: at.send(b"\0\0\0\xff\xff" + at.good()[5:]),
    "a negative schema": lambda at: at.send(b"\0\xff\xff\xff\xff" + at.good()[5:]),
    "half a record, more than one, and none": _cut,
    "lengths that lie": _counts,
    "31,000 faults": _faulty,
    "20 times 16,000 blank names": _blank,
    "a correction nested 900 deep": _nested(900),
    "a correction nested 3,000 deep": _nested(3_000),
    "a correction nested 60,000 deep": _nested(60_000),
    "a record of another department": _of_other_type,
    "a record of a person": _of_a_person,
    "one of each type, whole and spoilt": _of_every_type,
    "one record a thousand times": lambda at: at.send(*[at.good()] * 1_000),
    "a text that is no UTF-8": lambda at: at.send(at.good().replace(b"-", b"\xff")),
    # Its key.
    "no key": lambda at: at.send(at.good(), key=None),
    "a key of another subject": lambda at: at.send(at.good(), key=b"91330100PDY000028X"),
    "a key of 5,000 bytes": _long,
    "a key of 5,000 bytes with another's record": lambda at: at.send(at.good(), key=b"9" * 5_000),
    "a key that is no UTF-8": lambda at: at.send(at.good(), key=b"\xff\xfe"),
    "a key with NUL": lambda at: at.send(at.good(), key=b"9\x001"),
    # Its headers.
    "a header's name that is no UTF-8": _header_name(NONE),
    "a header's name that is no UTF-8, packed": _header_name(LZ4),
    "a header without a value": lambda at: at.send(at.good(), headers=[("traceparent", None)]),
    "a header without a name": lambda at: at.send(at.good(), headers=[("", b"x")]),
    "a thousand headers": lambda at: at.send(at.good(), headers=[("h", b"x")] * 1_000),
    "a trace of 900 kB": lambda at: at.send(at.good(), headers=[("traceparent", b"0" * 900_000)]),
    # Its transaction.
    "a transaction that was committed": lambda at: at.transact(at.good("done"), commits=True),
    "a transaction that was aborted": lambda at: at.transact(at.good(ABORTED), commits=False),
    "a transaction of nothing": lambda at: at.transact(commits=True),
    LEFT_OPEN: lambda at: at.leave_open(at.good(ABORTED)),
    "an aborted one of hundreds": lambda at: at.transact(*[at.good(ABORTED)] * 300, commits=False),
    # Its packing.
    "300 MB in gzip": _bomb(GZIP, 300_000_000),
    "200 MB in LZ4": _bomb(LZ4, 200_000_000),
    "1.9 GB in Zstandard": _bomb(ZSTD, GIGABYTES),
    "50,000 tombstones in Zstandard": _crowd,
    "a batch that says it is packed and is not": lambda at: at.batch(
        sealed(0, a_batch(0, [(b"k", b"v", [])]), attributes=LZ4)
    ),
    "half a batch": lambda at: at.batch(a_batch(0, [(b"k", at.good(), [])])[:-HEAD_BYTES]),
    # How much there is of one subject.
    "4,000 penalties of one subject": lambda at: of_one_subject(at, 4_000, 0),
    "a profile over the broker's limit": lambda at: of_one_subject(at, 3_000, 100),
}
"""What is thrown, by what it is. What the broker refuses by itself counts as thrown."""
