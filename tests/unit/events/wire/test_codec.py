"""Bytes on the wire: what is written is read back, and nothing that strangers send does harm."""

import struct
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastavro import parse_schema
from hypothesis import given
from hypothesis import strategies as st

import events.wire.codec
from events.wire.codec import (
    UndecodableError,
    UnencodableError,
    decode_plain,
    decode_record,
    encode_record,
    schema_of,
)
from events.wire.schemas import SchemaEntry, SchemaList, SchemaUnknownError, load_schemas
from tests.schemas.sampling import sample_of

SCHEMAS = load_schemas()
IDS = [entry.id for entry in SCHEMAS]
PROFILE = "credit.Profile"
PENALTY = "credit.PenaltyImposed"
INT_MAX = 2**31 - 1


def framed(schema_id: int, body: bytes, magic: int = 0) -> bytes:
    return struct.pack(">BI", magic, schema_id) + body


def varint(number: int) -> bytes:
    """Encode as Avro does: zigzag, then seven bits at a time."""
    rest = (number << 1) ^ (number >> 63)
    encoded = bytearray()
    while rest > 0x7F:
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*encoded, rest])


def a_profile(**changed: Any) -> dict[str, Any]:
    profile = {
        "subject_id": "91330000MA27U00000",
        "subject_name": "浙江样例有限公司",
        "assessed_on": date(2026, 9, 18),
        "partition": 3,
        "offset": 1204,
        "parked": False,
        "document": "{}",
    }
    return profile | changed


def profile_body(subject_id: bytes = b"\x02A", name: bytes = b"\x00", rest: bytes = b"") -> bytes:
    return subject_id + name + (rest or varint(1) + varint(2) + varint(3) + b"\x00\x00")


def test_a_record_is_framed_with_the_id_of_its_current_schema() -> None:
    data = encode_record(PROFILE, a_profile())

    assert data[:5] == framed(SCHEMAS.current(PROFILE).id, b"")
    assert schema_of(data) is SCHEMAS.current(PROFILE)


def test_what_is_written_is_read_back() -> None:
    entry, value = decode_record(encode_record(PROFILE, a_profile()))

    assert entry is SCHEMAS.current(PROFILE)
    assert value == a_profile()


def test_a_plain_reading_leaves_days_as_numbers() -> None:
    _, value = decode_plain(encode_record(PROFILE, a_profile(assessed_on=date(1970, 1, 3))))

    assert value == a_profile(assessed_on=2)


def test_times_come_back_with_their_zone() -> None:
    entry = SCHEMAS.current("credit.Rejection")

    _, value = decode_record(encode_record(entry.record, sample_of(entry)))

    assert value["submitted_at"] == datetime(2026, 9, 18, 1, 2, 3, 4000, tzinfo=UTC)


def test_a_field_with_a_default_may_be_left_out() -> None:
    given_ = a_profile()
    del given_["subject_name"]

    assert decode_record(encode_record(PROFILE, given_))[1]["subject_name"] is None


@pytest.mark.parametrize(
    "changed",
    [
        {"offset": 1.5},
        {"offset": 2**63},
        {"offset": True},
        {"partition": INT_MAX + 1},
        {"partition": -INT_MAX - 2},
        {"assessed_on": INT_MAX + 1},
        {"subject_id": None},
        {"subject_name": "\ud800"},
        {"unknown": "would be lost"},
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_is_not_written(changed: dict[str, Any]) -> None:
    with pytest.raises(UnencodableError, match=r"credit\.Profile"):
        encode_record(PROFILE, a_profile(**changed))


def test_a_value_with_a_field_missing_is_not_written() -> None:
    with pytest.raises(UnencodableError, match="document"):
        encode_record(PROFILE, {k: v for k, v in a_profile().items() if k != "document"})


@pytest.mark.parametrize("value", ["text", {"envelope": "text"}, {"envelope": {}}], ids=str)
def test_a_value_of_another_shape_is_not_written(value: Any) -> None:
    with pytest.raises(UnencodableError):
        encode_record(PENALTY, value)


def test_a_record_without_a_schema_is_not_written() -> None:
    with pytest.raises(SchemaUnknownError):
        encode_record("credit.Rumour", {})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "too few"),
        (b"\x00\x00\x00", "too few"),
        (framed(14, profile_body(), magic=1), "first byte is 1"),
        (b'{"subject_id":"A"}', "first byte is 123"),
        (framed(14, b""), "too early"),
        (framed(14, profile_body()[:-1]), "too early|Expected"),
        (framed(14, profile_body() + b"\x00"), "1 bytes too many"),
        (framed(14, profile_body(subject_id=b"\x02\xff")), "utf-8"),
        (framed(14, profile_body(subject_id=varint(-5) + b"abcde")), "-5"),
        (framed(14, profile_body(name=varint(2))), "out of range"),
        (framed(14, profile_body(rest=varint(1) + varint(2**40) + b"\x00\x00\x00")), "partition"),
        (framed(14, profile_body(rest=varint(2**30) + varint(2) + b"\x00\x00\x00")), "year"),
        (framed(14, profile_body(rest=b"\xff" * 40)), "out of range"),
        (framed(16, b"\x02a" * 4 + b"\x7f" * 20), "Expected -"),
    ],
)
def test_broken_bytes_are_undecodable(data: bytes, reason: str) -> None:
    with pytest.raises(UndecodableError, match=reason):
        decode_record(data)


def test_a_day_beyond_32_bits_is_undecodable_also_as_a_number() -> None:
    body = profile_body(rest=varint(2**31) + varint(2) + b"\x00\x00\x00")

    with pytest.raises(UndecodableError, match="assessed_on"):
        decode_plain(framed(14, body))


@pytest.mark.parametrize("decode", [decode_record, decode_plain])
def test_an_unknown_schema_id_is_told_apart_from_broken_bytes(
    decode: Callable[[bytes], Any],
) -> None:
    with pytest.raises(SchemaUnknownError, match="4294967295"):
        decode(framed(2**32 - 1, profile_body()))


@pytest.mark.parametrize("length", [2**31, 2**60, 2**63 - 1])
def test_a_claimed_length_takes_no_memory(length: int) -> None:
    texts = framed(14, varint(length) + b"abc")
    # evidence is a list: a claimed number of items, and a claimed length of the first.
    warning = b"\x02a" * 4 + b"\x02a" + varint(1) + b"\x00" * 3 + b"\x02a" * 2
    lists = [framed(16, warning + varint(n) + varint(length) + b"abc") for n in (length, -length)]
    tracemalloc.start()
    try:
        for data in (texts, *lists):
            with pytest.raises(UndecodableError):
                decode_record(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000


bodies = st.binary(max_size=400)


@given(data=st.binary(max_size=64) | st.builds(framed, st.sampled_from(IDS), bodies))
def test_random_bytes_raise_nothing_else(data: bytes) -> None:
    for decode in (decode_record, decode_plain):
        try:
            entry, value = decode(data)
        except (UndecodableError, SchemaUnknownError):
            continue
        # What can be read can be written again: no reader ever sees more than our own does.
        assert decode(encode_record(entry.record, value))[1] == value


@given(
    entry=st.sampled_from(list(SCHEMAS)),
    position=st.floats(0, 1, exclude_max=True),
    replaced=st.integers(0, 3),
    by=st.binary(max_size=12),
)
def test_a_damaged_record_raises_nothing_else(
    entry: SchemaEntry, position: float, replaced: int, by: bytes
) -> None:
    whole = encode_record(entry.record, sample_of(entry))
    at = int(position * len(whole))
    data = whole[:at] + by + whole[at + replaced :]
    for decode in (decode_record, decode_plain):
        try:
            _, value = decode(data)
        except (UndecodableError, SchemaUnknownError):
            continue
        assert isinstance(value, dict)


@given(entry=st.sampled_from(list(SCHEMAS)), share=st.floats(0, 1, exclude_max=True))
def test_a_record_cut_short_is_never_read(entry: SchemaEntry, share: float) -> None:
    whole = encode_record(entry.record, sample_of(entry))

    with pytest.raises(UndecodableError):
        decode_record(whole[: int(share * len(whole))])


@contextmanager
def republished(monkeypatch: pytest.MonkeyPatch, newer: Any) -> Iterator[SchemaEntry]:
    """Make the list hold a newer version of the profile."""
    schema = parse_schema(newer)
    entry = replace(SCHEMAS.current(PROFILE), id=90_001, writer=schema, plain=schema)
    schemas = SchemaList([*SCHEMAS, entry])
    monkeypatch.setattr(events.wire.codec, "load_schemas", lambda: schemas)
    yield entry
    events.wire.codec._integer_paths.cache_clear()


def test_a_record_of_an_older_schema_is_read_as_one_of_today(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written_then = encode_record(PROFILE, a_profile())
    fields = [
        {"name": "grade", "type": "string", "default": "none"},
        {"name": "subject_id", "type": "string"},
        {"name": "position", "aliases": ["offset"], "type": "long"},
    ]
    newer = {"type": "record", "name": PROFILE, "fields": fields}
    with republished(monkeypatch, newer) as today:
        for decode in (decode_record, decode_plain):
            entry, value = decode(written_then)

            assert entry is SCHEMAS.current(PROFILE)
            assert value == {
                "grade": "none",
                "subject_id": "91330000MA27U00000",
                "position": 1204,
            }
        assert decode_record(encode_record(PROFILE, value)) == (today, value)


def test_an_older_record_is_checked_for_what_follows_it_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written_then = encode_record(PROFILE, a_profile())
    newer = {"type": "record", "name": PROFILE, "fields": []}
    with (
        republished(monkeypatch, newer),
        pytest.raises(UndecodableError, match="2 bytes too many"),
    ):
        decode_record(written_then + b"!!")
