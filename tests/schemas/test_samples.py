"""A byte written years ago must mean today what it meant then."""

import json
from io import BytesIO
from typing import Any

import pytest
from fastavro import schemaless_reader

from events.wire.codec import decode_plain, decode_record, encode_record
from events.wire.schemas import SchemaEntry, load_schemas
from tests.schemas.sampling import FOLDER, as_json

SCHEMAS = load_schemas()
every_schema = pytest.mark.parametrize("entry", tuple(SCHEMAS), ids=lambda entry: f"{entry.id:04}")


def kept(entry: SchemaEntry) -> tuple[bytes, Any]:
    path = FOLDER / f"{entry.id:04}.bin"
    return path.read_bytes(), json.loads(path.with_suffix(".json").read_text("utf-8"))


def includes(today: Any, then: Any) -> bool:
    """Whether nothing that was said then is changed today; later fields may have joined."""
    if isinstance(then, dict):
        return all(includes(today[key], then[key]) for key in then.keys() & today.keys())
    return bool(today == then)


def test_every_schema_has_a_sample_and_every_sample_a_schema() -> None:
    expected = {f"{entry.id:04}.{kind}" for entry in SCHEMAS for kind in ("bin", "json")}

    assert {path.name for path in FOLDER.iterdir()} == expected


@every_schema
def test_a_sample_reads_with_its_own_schema_as_it_was_written(entry: SchemaEntry) -> None:
    data, then = kept(entry)

    assert as_json(schemaless_reader(BytesIO(data[5:]), entry.writer, None)) == then


@pytest.mark.requirement(14, 36)
@every_schema
def test_a_sample_reads_today_with_nothing_changed(entry: SchemaEntry) -> None:
    data, then = kept(entry)

    written_with, today = decode_record(data)

    assert written_with is entry
    assert today.keys() & then.keys()
    assert includes(as_json(today), then)


@every_schema
def test_both_ways_of_decoding_agree_except_for_days_and_times(entry: SchemaEntry) -> None:
    data, _ = kept(entry)
    _, read = decode_record(data)
    _, plain = decode_plain(data)

    assert encode_record(entry.record, plain) == encode_record(entry.record, read)


@pytest.mark.parametrize(
    "entry",
    [entry for entry in SCHEMAS if SCHEMAS.current(entry.record) is entry],
    ids=lambda entry: entry.name,
)
def test_a_current_schema_still_writes_the_same_bytes(entry: SchemaEntry) -> None:
    data, _ = kept(entry)

    assert encode_record(entry.record, decode_record(data)[1]) == data


@every_schema
def test_the_id_of_an_event_stands_first_where_it_is_looked_for(entry: SchemaEntry) -> None:
    data, then = kept(entry)
    if "envelope" in then:
        event_id = then["envelope"]["event_id"].encode()

        assert data[5] == 2 * len(event_id)
        assert data[6 : 6 + len(event_id)] == event_id
