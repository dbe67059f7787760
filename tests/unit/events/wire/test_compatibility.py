"""Our verdicts against those that Apache Avro's own checker gave, and where we are stricter."""

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.schema import fingerprint, to_parsing_canonical_form
from fastavro.utils import generate_many

from events.wire.compatibility import (
    Incompatibility,
    IncompatibilityKind,
    VersionConflict,
    full_transitive,
    incompatibilities,
)

PEER = Path(__file__).parents[3] / "data" / "peer-avro"
PAIRS = json.loads((PEER / "compat_pairs.json").read_text("utf-8"))
CASE = re.compile(
    r"<<INPUT\s+(?P<input>[^<]+?)\s*(?:\nINPUT)?\n<<canonical (?P<canonical>.+)"
    r"(?:\n<<fingerprint (?P<fingerprint>-?\d+))?"
)
CASES = [
    match.groupdict()
    for match in CASE.finditer(
        re.sub(r"(?m)^//.*\n", "", (PEER / "data" / "schema-tests.txt").read_text("utf-8")),
    )
]


def record(type_: Any, **field: Any) -> dict[str, Any]:
    return {"type": "record", "name": "R", "fields": [{"name": "a", "type": type_, **field}]}


def kinds(reader: Any, writer: Any) -> list[str]:
    return [found.kind for found in incompatibilities(reader, writer)]


def test_the_peer_gives_131_pairs_and_34_canonical_forms() -> None:
    assert len(PAIRS) == 131
    assert sum(pair["compatible"] for pair in PAIRS) == 70
    assert len(CASES) == 34


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: str(pair["id"]))
def test_verdict_kinds_and_places_are_the_peers(pair: Any) -> None:
    found = incompatibilities(pair["reader"], pair["writer"])

    assert (not found) == pair["compatible"]
    expected = sorted(name.partition(".")[2] for name in pair["incompatibilities"])
    assert sorted(each.kind for each in found) == expected
    assert {each.path for each in found} <= set(pair["locations"])


@pytest.mark.parametrize(
    "pair",
    # A writer without any type writes nothing.
    [pair for pair in PAIRS if pair["compatible"] and pair["writer"] != []],
    ids=lambda pair: str(pair["id"]),
)
def test_the_reader_that_we_use_reads_what_is_called_compatible(pair: Any) -> None:
    writer, reader = parse_schema(pair["writer"]), parse_schema(pair["reader"])
    for value in generate_many(writer, 5):
        # Avro lets bytes be read as a string, which holds only where they are UTF-8.
        written = b"text" if isinstance(value, bytes) and "string" in pair["reader"] else value
        buffer = BytesIO()
        schemaless_writer(buffer, writer, written)
        buffer.seek(0)

        schemaless_reader(buffer, writer, reader)

        assert buffer.read() == b""


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["canonical"]))
def test_canonical_form_and_fingerprint_are_the_peers(case: dict[str, str]) -> None:
    form = to_parsing_canonical_form(json.loads(case["input"]))

    assert form == case["canonical"]
    if case["fingerprint"] is not None:
        digest = bytes.fromhex(fingerprint(form, "CRC-64-AVRO"))
        assert int.from_bytes(digest, "little", signed=True) == int(case["fingerprint"])


@pytest.mark.parametrize(
    ("reader", "writer"),
    [
        ({"type": "int", "logicalType": "date"}, "int"),
        ("int", {"type": "int", "logicalType": "date"}),
        (
            {"type": "long", "logicalType": "timestamp-micros"},
            {"type": "long", "logicalType": "timestamp-millis"},
        ),
        (
            {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
            {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 4},
        ),
    ],
)
def test_a_number_that_comes_to_mean_something_else_is_incompatible(
    reader: Any, writer: Any
) -> None:
    assert kinds(record(reader), record(writer)) == [IncompatibilityKind.LOGICAL_TYPE_MISMATCH]
    assert kinds(record(reader), record(reader)) == []


def test_a_record_that_contains_itself_is_compared_once() -> None:
    def chain(value: str) -> dict[str, Any]:
        fields = [{"name": "value", "type": value}, {"name": "next", "type": ["null", "Link"]}]
        return {"type": "record", "name": "Link", "fields": fields}

    assert kinds(chain("long"), chain("int")) == []
    assert IncompatibilityKind.TYPE_MISMATCH in kinds(chain("int"), chain("long"))


def test_an_incompatibility_says_where_and_why() -> None:
    assert incompatibilities(record("string"), record("int")) == [
        Incompatibility(
            kind=IncompatibilityKind.TYPE_MISMATCH,
            path="/fields/0/type",
            message="reader's string cannot take a int",
        ),
    ]


def test_a_new_field_without_a_default_breaks_only_reading_the_past() -> None:
    old = {"type": "record", "name": "R", "fields": []}
    new = record("int")

    assert incompatibilities(old, new) == []
    [conflict] = full_transitive([old, new])
    assert isinstance(conflict, VersionConflict)
    assert (conflict.reader, conflict.writer) == (1, 0)
    kind = conflict.incompatibility.kind
    assert kind is IncompatibilityKind.READER_FIELD_MISSING_DEFAULT_VALUE


def test_every_version_is_compared_with_every_other_not_only_with_its_neighbour() -> None:
    # Each step alone is fine both ways; the first and the last contradict each other.
    steps = [
        record("int"),
        {"type": "record", "name": "R", "fields": []},
        record("string", default=""),
    ]
    steps[0]["fields"][0]["default"] = 0

    assert full_transitive(steps[:2]) == full_transitive(steps[1:]) == []
    found = {(conflict.reader, conflict.writer) for conflict in full_transitive(steps)}
    assert found == {(0, 2), (2, 0)}


def test_a_symbol_may_join_an_enum_only_where_the_older_readers_have_a_default() -> None:
    def enum(*symbols: str, **more: Any) -> dict[str, Any]:
        return record({"type": "enum", "name": "E", "symbols": list(symbols), **more})

    assert full_transitive([enum("a", default="a"), enum("a", "b", default="a")]) == []
    [conflict] = full_transitive([enum("a"), enum("a", "b")])
    assert conflict.incompatibility.kind is IncompatibilityKind.MISSING_ENUM_SYMBOLS
    assert conflict.incompatibility.path == "/fields/0/type/symbols"
