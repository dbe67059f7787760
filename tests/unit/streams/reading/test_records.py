"""Each offset that the broker holds gives one record, whatever a producer has put there."""

from __future__ import annotations

import tracemalloc
from typing import Any

import cramjam
import pytest
from aiokafka.record.default_records import DefaultRecordBatch

from projections.ledger.message import Raw, Unread
from streams.reading.records import UNPACKED_BYTES_MAX, BatchDamagedError, Budget, Records
from streams.reading.unpacking import GZIP, LZ4, SNAPPY, ZSTD
from tests.support.kafka_batches import (
    APPEND_TIME,
    HEAD_BYTES,
    PACKED,
    TRANSACTIONAL,
    Given,
    a_batch,
    a_mark,
    packed,
    sealed,
)


def read(data: bytes, first: int = 0, aborted: Any = None, **more: Any) -> list[Raw]:
    return list(Records(data, aborted, first, **more))


def told(raws: list[Raw]) -> list[tuple[int, bytes | None, Unread | None]]:
    return [(raw.offset, raw.value, raw.unread) for raw in raws]


@pytest.mark.parametrize("codec", PACKED)
def test_records_are_read_whatever_packs_them(codec: int) -> None:
    data = a_batch(
        5, [(b"k", b"one", [("h", b"x")]), (None, b"", []), (b"", None, [])], codec=codec
    )

    assert read(data, 5) == [
        Raw(5, 1_000, b"k", b"one", (("h", b"x"),)),
        Raw(6, 1_001, None, b""),
        Raw(7, 1_002, b"", None),
    ]
    assert [raw.offset for raw in read(data, 6)] == [6, 7], "a fetch brings whole batches"
    assert read(data, 5, with_headers=False)[0].headers == ()


def test_the_time_is_the_brokers_where_it_stamps() -> None:
    data = a_batch(0, [(b"k", b"v", []), (b"k", b"v", [])], attributes=APPEND_TIME)

    assert {raw.timestamp_ms for raw in read(data)} == {1_001}


def not_utf8(batch: bytes) -> bytes:
    """Spoil the name of a header."""
    assert batch.count(b"name") == 1
    spoilt = batch.replace(b"name", b"\xff\xfe\xfdX")
    with pytest.raises(UnicodeDecodeError):
        list(DefaultRecordBatch(spoilt))
    return spoilt


@pytest.mark.parametrize("codec", PACKED)
def test_a_headers_name_that_is_no_utf_8_harms_no_record(codec: int) -> None:
    given: list[Given] = [
        (b"k", b"one", [("h", b"1")]),
        (b"k", b"two", [("name", b"2"), ("trace", None)]),
        (b"k", b"three", [("h", b"3")]),
    ]
    spoilt = not_utf8(a_batch(0, given))
    data = sealed(0, spoilt, attributes=codec, codec=codec)

    found = read(data)

    assert [(raw.offset, raw.timestamp_ms, raw.key, raw.value) for raw in found] == [
        (0, 1_000, b"k", b"one"),
        (1, 1_001, b"k", b"two"),
        (2, 1_002, b"k", b"three"),
    ]
    assert found[1].headers[1] == ("trace", b"")
    assert found[2].headers == (("h", b"3"),)


def test_a_record_that_is_not_written_as_one_says_so_and_the_others_are_read() -> None:
    whole = a_batch(0, [(b"k", b"one", []), (b"k", b"TWO!", []), (b"k", b"three", [])])
    at = whole.index(b"TWO!") - 1
    spoilt = whole[:at] + b"\x7e" + whole[at + 1 :]

    assert told(read(sealed(0, spoilt, attributes=0))) == [
        (0, b"one", None),
        (1, None, Unread.DAMAGED),
        (2, b"three", None),
    ]


def test_what_cannot_be_unpacked_says_so() -> None:
    data = sealed(0, a_batch(0, [(b"k", b"v", [])] * 2), attributes=LZ4)

    assert told(read(data)) == [(0, None, Unread.DAMAGED), (1, None, Unread.DAMAGED)]


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD])
def test_what_unpacks_to_more_than_is_taken_is_not_unpacked(codec: int) -> None:
    size = 6 * UNPACKED_BYTES_MAX
    data = packed(7, PACKED[codec](b"\0" * size), codec)
    tracemalloc.start()
    try:
        found = read(data + a_batch(8, [(b"k", b"good", [])]), 7)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert told(found)[0] == (7, None, Unread.TOO_LARGE)
    assert peak < 3 * UNPACKED_BYTES_MAX + len(data)


def test_a_partition_ends_where_it_has_unpacked_its_part_and_goes_on_from_there() -> None:
    half = a_batch(0, [(b"k", b"\0" * (UNPACKED_BYTES_MAX * 2 // 3), [])], codec=ZSTD)
    data = (
        half
        + sealed(1, read_plain(half), attributes=ZSTD, codec=ZSTD)
        + a_batch(2, [(b"k", b"x", [])])
    )
    first = Records(data, None, 0, budget=Budget())

    assert [raw.offset for raw in first] == [0, 1]
    assert first.next_fetch_offset == 2
    assert [raw.offset for raw in read(data, first.next_fetch_offset)] == [2]


def read_plain(batch: bytes) -> bytes:
    return batch[:HEAD_BYTES] + bytes(cramjam.zstd.decompress(batch[HEAD_BYTES:]))


def test_a_mark_of_a_transaction_is_no_record_and_leaves_no_gap() -> None:
    data = (
        a_batch(0, [(b"k", b"said", [])], attributes=TRANSACTIONAL, producer=7)
        + a_mark(1, 7, commits=True)
        + a_batch(2, [(b"k", b"more", [])])
    )

    assert told(read(data)) == [(0, b"said", None), (1, None, Unread.NO_RECORD), (2, b"more", None)]


def test_what_a_producer_took_back_is_no_record_and_what_others_said_between_is() -> None:
    data = (
        a_batch(0, [(b"k", b"taken back", [])] * 2, attributes=TRANSACTIONAL, producer=7)
        + a_batch(2, [(b"k", b"other", [])], attributes=TRANSACTIONAL, producer=8)
        + a_batch(3, [(b"k", b"taken back", [])], attributes=TRANSACTIONAL, producer=7)
        + a_mark(4, 7, commits=False)
        + a_mark(5, 8, commits=True)
        + a_batch(6, [(b"k", b"said", [])], attributes=TRANSACTIONAL, producer=7)
        + a_mark(7, 7, commits=True)
    )
    found = read(data, aborted=[(7, 0)])

    assert [raw.offset for raw in found] == list(range(8))
    assert [raw.value for raw in found if raw.unread is None] == [b"other", b"said"]


def test_offsets_that_the_broker_does_not_hold_give_nothing() -> None:
    data = a_batch(0, [(b"k", b"v", [])]) + a_batch(5, [(b"k", b"v", [])])

    assert [raw.offset for raw in read(data)] == [0, 5], "so that the lane sees the gap"


def test_a_batch_with_a_wrong_checksum_is_told_and_nothing_is_skipped() -> None:
    good, bad = a_batch(0, [(b"k", b"v", [])]), bytearray(a_batch(1, [(b"k", b"v", [])]))
    bad[-1] ^= 1
    damaged: list[BatchDamagedError] = []
    records = Records(
        good + bytes(bad) + a_batch(2, [(b"k", b"v", [])]), None, 0, on_damage=damaged.append
    )

    assert [raw.offset for raw in records] == [0]
    assert records.next_fetch_offset == 1
    assert len(damaged) == 1


def test_a_batch_that_the_fetch_cut_short_is_left_for_the_next() -> None:
    data = a_batch(0, [(b"k", b"v", [])]) + a_batch(1, [(b"k", b"v", [])])

    assert [raw.offset for raw in read(data[:-1])] == [0]
