"""The list of schemas is append-only, complete, documented and compatible with itself."""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from events.wire.compatibility import full_transitive
from events.wire.schemas import SchemaEntry, SchemaUnknownError, load_schemas, without_logical_types

REPOSITORY = Path(__file__).parents[2]
AVRO = REPOSITORY / "avro"
SCHEMAS = load_schemas()
RECORDS = sorted({entry.record for entry in SCHEMAS})
every_schema = pytest.mark.parametrize("entry", tuple(SCHEMAS), ids=lambda entry: f"{entry.id:04}")


def frozen(entry: SchemaEntry) -> Path:
    return AVRO / "frozen" / f"{entry.id:04}-{entry.record}.avsc"


def types_and_fields(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Go through every named type and every field, with where it stands."""
    match schema:
        case list():
            for branch in schema:
                yield from types_and_fields(branch, path)
        case {"type": "record", "name": name, "fields": fields}:
            yield f"{path}/{name}", schema
            for field in fields:
                yield f"{path}/{name}.{field['name']}", field
                yield from types_and_fields(field["type"], f"{path}/{name}.{field['name']}")
        case {"type": "enum" | "fixed", "name": name}:
            yield f"{path}/{name}", schema
        case {"items": inner} | {"values": inner} | {"type": dict() | list() as inner}:
            yield from types_and_fields(inner, path)


def arrays(schema: Any) -> Iterator[dict[str, Any]]:
    match schema:
        case list():
            for branch in schema:
                yield from arrays(branch)
        case dict():
            if schema["type"] in {"array", "map"}:
                yield schema
            for inner in (schema.get("items"), schema.get("values"), schema["type"]):
                yield from arrays(inner)
            for field in schema.get("fields", ()):
                yield from arrays(field["type"])


@pytest.mark.requirement(36, 80)
@every_schema
def test_a_frozen_schema_is_byte_for_byte_the_one_published(entry: SchemaEntry) -> None:
    assert hashlib.sha256(frozen(entry).read_bytes()).hexdigest() == entry.sha256
    assert frozen(entry).read_text("utf-8") == entry.text


@every_schema
def test_a_schema_is_listed_under_its_own_name(entry: SchemaEntry) -> None:
    assert entry.writer["name"] == entry.record == f"credit.{entry.name}"


def test_every_frozen_file_is_listed_and_nothing_else_lies_in_avro() -> None:
    current = {f"{record}.avsc" for record in RECORDS}

    assert set((AVRO / "frozen").iterdir()) == {frozen(entry) for entry in SCHEMAS}
    # An __init__.py would make this folder the package that Avro's own library is named.
    assert {path.name for path in AVRO.iterdir()} == {"frozen", "ids.toml"} | current


def test_ids_ascend_and_fit_the_frame() -> None:
    ids = [entry.id for entry in SCHEMAS]

    assert ids == sorted(set(ids))
    assert ids[0] > 0
    assert ids[-1] < 2**31  # Java's registry clients hold an id in a signed integer


def test_kinds_of_topic_are_those_of_the_flow() -> None:
    kinds = {
        "events",
        "rejections",
        "profiles",
        "patches",
        "lists",
        "duties",
        "warnings",
        "inquiries",
        "access",
    }

    assert {entry.topics for entry in SCHEMAS} == kinds


def test_the_committed_list_is_only_ever_appended_to() -> None:
    then = git("show", "HEAD:avro/ids.toml")
    today = (AVRO / "ids.toml").read_text("utf-8")

    assert today.startswith(then)


def test_no_commit_ever_changed_or_removed_a_frozen_schema() -> None:
    touched = git("log", "--diff-filter=MDRT", "--format=%h", "--name-status", "--", "avro/frozen")

    assert touched == ""


def git(*arguments: str) -> str:
    """Ask the history, or skip where there is none, as in an unpacked archive."""
    command = ["git", "-C", str(REPOSITORY), *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        pytest.skip(f"no git history here: {answer.stderr.strip()}")
    return answer.stdout


@pytest.mark.parametrize("record", RECORDS)
def test_the_current_file_is_the_newest_frozen_one(record: str) -> None:
    current = (AVRO / f"{record}.avsc").read_bytes()

    assert current == frozen(SCHEMAS.current(record)).read_bytes()


@pytest.mark.requirement(36)
@pytest.mark.parametrize("record", RECORDS)
def test_every_version_of_a_record_reads_every_other(record: str) -> None:
    history = [json.loads(entry.text) for entry in SCHEMAS.history(record)]

    assert history
    assert full_transitive(history) == []


@pytest.mark.requirement(80)
@every_schema
def test_every_type_and_field_says_what_it_means(entry: SchemaEntry) -> None:
    silent = [
        path
        for path, part in types_and_fields(json.loads(entry.text))
        if len(part.get("doc", "").strip()) < 4
    ]

    assert silent == []


@every_schema
def test_no_amount_is_a_float_and_every_amount_names_its_unit(entry: SchemaEntry) -> None:
    assert not re.search(r'"(float|double)"', entry.text)
    amounts = [
        (path, part["type"])
        for path, part in types_and_fields(json.loads(entry.text))
        if re.search(r"amount|fine|balance|paid|confiscated", path.rpartition(".")[2])
        and "type" in part
        and part.get("fields") is None
        and "symbols" not in part
    ]
    assert [path for path, type_ in amounts if not path.endswith("_fen")] == []
    assert all(type_ in ("long", ["null", "long"]) for _, type_ in amounts)


@every_schema
def test_a_list_holds_items_that_take_bytes_and_no_bare_integers(entry: SchemaEntry) -> None:
    # An item of no bytes lets a few bytes claim endless memory; the codec's check of integers
    # does not look into lists.
    for array in arrays(json.loads(entry.text)):
        item: Any = array["items"] if "items" in array else array["values"]
        parts = [field["type"] for field in item["fields"]] if "fields" in item else [item]

        assert parts
        assert all(part == "string" or part["symbols"] for part in parts)


def test_an_unknown_id_or_record_is_named_in_the_error() -> None:
    with pytest.raises(SchemaUnknownError, match="Schema 999 not found"):
        SCHEMAS.by_id(999)
    with pytest.raises(SchemaUnknownError, match=r"credit\.Nothing"):
        SCHEMAS.current("credit.Nothing")


@pytest.mark.requirement(65)
def test_submissions_carry_what_the_ledger_carries() -> None:
    assert SCHEMAS.for_topic("submissions") == SCHEMAS.for_topic("events") != ()
    assert SCHEMAS.for_topic("nothing") == ()


def test_logical_types_are_taken_from_schemas_and_not_from_default_values() -> None:
    default = {"logicalType": "is a value here"}
    field = {"name": "a", "default": default, "type": {"type": "int", "logicalType": "date"}}
    schema = {"type": "record", "name": "R", "fields": [field]}

    bare = without_logical_types(schema)

    assert bare["fields"][0] == {"name": "a", "default": default, "type": {"type": "int"}}
    assert field["type"] == {"type": "int", "logicalType": "date"}
