"""Our reader in aiokafka's place, and what it is asked beside."""

from __future__ import annotations

import asyncio
import gc
import inspect
import weakref
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.client import ConnectionGroup
from aiokafka.consumer.fetcher import Fetcher, FetchResult, PartitionRecords
from aiokafka.protocol.fetch import FetchRequest, FetchRequest_v11
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.record.memory_records import MemoryRecords

from projections.ledger.message import Raw
from streams.reading import fetching
from streams.reading.fetching import OfLate, OwnReading
from streams.transport.bounds import Fetching
from tests.support.kafka_batches import a_batch
from tests.support.partition_log import SOURCE


class Held:
    """In the place of the bytes of an answer: it is seen when nobody holds it any more."""

    def __len__(self) -> int:
        return 1


def test_an_answer_that_aiokafka_drops_is_let_go_with_the_next() -> None:
    request = FetchRequest(0, 0, 0, 1, [])
    answers = [Held(), Held()]
    told = [
        SimpleNamespace(topics=[(SOURCE.topic, [(number, 0, 6, 6, 0, [], -1, held)])])
        for number, held in enumerate(answers)
    ]
    dropped = weakref.ref(answers[0])
    answers.clear()

    async def send(node_id: int, asked: Any) -> Any:
        del node_id, asked
        return told.pop(0)

    fetcher: Any = SimpleNamespace(_client=SimpleNamespace(send=send))
    OwnReading(fetcher, lambda _: False, lambda *_: None)
    for _ in range(2):
        asyncio.run(fetcher._client.send(0, request))
    gc.collect()
    assert dropped() is None


def test_our_reader_is_put_in_aiokafkas_place() -> None:
    data = a_batch(5, [(b"k", b"v", [])])
    request = FetchRequest(0, 0, 0, 1, [])
    response = SimpleNamespace(
        topics=[(SOURCE.topic, [(SOURCE.partition, 0, 6, 6, 0, [], -1, data)])]
    )

    async def send(node_id: int, asked: Any) -> Any:
        del node_id, asked
        return response

    fetcher: Any = SimpleNamespace(_client=SimpleNamespace(send=send))
    reading = OwnReading(fetcher, lambda _: False, lambda *_: None)
    assert fetcher._records is reading
    assert asyncio.run(fetcher._client.send(0, request)) is response
    theirs = PartitionRecords(
        SOURCE, MemoryRecords(data), None, 5, None, None, check_crcs=True, isolation_level=1
    )
    result = FetchResult(SOURCE, assignment=None, partition_records=theirs, backoff=0)
    fetcher._records[SOURCE] = result
    assert list(result._partition_records) == [Raw(5, 1_000, b"k", b"v")]
    assert fetcher._records[SOURCE] is result


def test_how_far_its_logs_reach_a_broker_is_asked_beside_the_fetch_that_waits() -> None:
    made = inspect.getsource(Fetcher._proc_offset_request)
    assert "self._client.send(node_id, request)" in made
    on: list[object] = []

    async def send(node_id: int, asked: Any, **options: Any) -> Any:
        del node_id, asked
        on.append(options.get("group", ConnectionGroup.DEFAULT))
        return SimpleNamespace(topics=[])

    fetcher: Any = SimpleNamespace(_client=SimpleNamespace(send=send))
    OwnReading(fetcher, lambda _: False, lambda *_: None)
    for request in (FetchRequest(0, 0, 0, 1, []), OffsetRequest(-1, 1, [])):
        asyncio.run(fetcher._client.send(0, request))
    fetches, offsets = on
    assert fetches is ConnectionGroup.DEFAULT
    assert offsets not in list(ConnectionGroup)


class Clock:
    """Goes on as far as anybody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += max(0.0, seconds)


def test_a_broker_is_asked_at_a_pace_and_at_once_where_more_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(fetching, "time", clock)
    monkeypatch.setattr(fetching, "asyncio", clock)
    asked_at: list[tuple[int, float]] = []
    fetch, of_ends = FetchRequest(0, 0, 0, 1, []), OffsetRequest(-1, 1, [])
    steps: list[tuple[int, Any, float, bytes | None]] = [
        (0, fetch, 0.125, None),
        (0, of_ends, 0.125, None),
        (0, fetch, 0.5, b"few"),
        (1, fetch, 0.125, b""),
        (0, fetch, 0.125, b"so much"),
        (0, fetch, 0.125, b""),
    ]
    answers = iter(steps)

    async def send(node_id: int, asked: Any, **options: Any) -> Any:
        del asked, options
        asked_at.append((node_id, clock.now - 1_000.0))
        *_, takes_s, data = next(answers)
        clock.now += takes_s
        return SimpleNamespace(topics=[(SOURCE.topic, [(SOURCE.partition, 0, 6, data)])])

    async def story() -> None:
        fetcher: Any = SimpleNamespace(_client=SimpleNamespace(send=send))
        bounds = Fetching(every_s=1.0, every_max_s=1.5, rests=4.0, full_bytes=7)
        OwnReading(fetcher, lambda _: False, lambda *_: None, rest_s=bounds.rest_s)
        for node_id, asked, *_ in steps:
            await fetcher._client.send(node_id, asked)

    asyncio.run(story())
    assert asked_at == [(0, 0.0), (0, 0.125), (0, 1.0), (1, 1.5), (0, 2.5), (0, 2.625)]


def named(request: FetchRequest) -> list[tuple[str, int]]:
    """Give what a request names on the wire."""
    topics = request.build(FetchRequest_v11).to_object()["topics"]
    return [(each["topic"], place["partition"]) for each in topics for place in each["partitions"]]


BUSY, OLD, QUIET = ("busy", 0), ("busy", 1), ("quiet", 0)
ALL = [BUSY, OLD, QUIET]


def request_of_all(max_wait_ms: int) -> FetchRequest:
    return FetchRequest(
        max_wait_ms, 1, 9, 1, [("busy", [(0, 5, 9), (1, 6, 9)]), ("quiet", [(0, 7, 9)])]
    )


def test_while_some_bring_records_the_others_are_asked_for_now_and_then() -> None:
    of_late = OfLate(late_s=2.0, all_every_s=0.25)

    def asked(now: float, max_wait_ms: int = 0, node_id: int = 0) -> list[tuple[str, int]]:
        return named(of_late.asked(node_id, request_of_all(max_wait_ms), now))

    assert asked(10.0) == ALL
    assert asked(10.125) == ALL, "as nothing has brought any yet"
    of_late.brought([BUSY, OLD], 10.125)
    assert asked(10.25) == [BUSY, OLD]
    assert asked(10.25, node_id=1) == ALL, "another broker was not asked yet"
    assert asked(10.25, max_wait_ms=500) == ALL, "what waits there ends with the first record"
    assert asked(10.375) == [BUSY, OLD]
    assert asked(10.375, node_id=1) == [BUSY, OLD], "it was asked for all a moment ago"
    assert asked(10.5) == ALL
    of_late.brought([BUSY], 11.0)
    assert asked(12.25) == ALL
    assert asked(12.375) == [BUSY]
    assert asked(13.25) == ALL
    assert asked(13.375) == ALL, "nothing has brought any of late"
    assert named(request_of_all(0)) == ALL


def test_aiokafka_takes_an_answer_up_by_what_it_holds_and_not_by_what_was_asked() -> None:
    made = inspect.getsource(Fetcher._proc_fetch_request)
    assert "for topic, partitions in response.topics:" in made
    assert "fetch_offset = fetch_offsets[tp]" in made


def test_a_reading_asks_for_what_brought_records_of_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "time", Clock())
    asked: list[list[tuple[str, int]]] = []

    async def send(node_id: int, request: FetchRequest) -> Any:
        del node_id
        asked.append(named(request))
        return SimpleNamespace(topics=[("busy", [(0, 0, 6, b"some"), (1, 0, 6, b"")])])

    fetcher: Any = SimpleNamespace(_client=SimpleNamespace(send=send))
    of_late = OfLate(late_s=2.0, all_every_s=0.25)
    OwnReading(fetcher, lambda _: False, lambda *_: None, of_late=of_late)
    for _ in range(2):
        asyncio.run(fetcher._client.send(0, request_of_all(0)))
    assert asked == [ALL, [BUSY]]
