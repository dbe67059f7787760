"""Whether a reader with one schema can read what was written with another.

Avro's rules of schema resolution, and one of ours: a changed logical type changes what a number
means, though Avro would read it. The published `avro` package has no such rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations
from typing import TYPE_CHECKING, Any

from fastavro import parse_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PROMOTIONS = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
    "bytes": {"string"},
}
_NAMED = {"record", "error", "enum", "fixed"}
_MEANING = ("logicalType", "precision", "scale")


class IncompatibilityKind(StrEnum):
    """Why a reader cannot read a writer."""

    NAME_MISMATCH = "name_mismatch"
    FIXED_SIZE_MISMATCH = "fixed_size_mismatch"
    MISSING_ENUM_SYMBOLS = "missing_enum_symbols"
    READER_FIELD_MISSING_DEFAULT_VALUE = "reader_field_missing_default_value"
    TYPE_MISMATCH = "type_mismatch"
    MISSING_UNION_BRANCH = "missing_union_branch"
    LOGICAL_TYPE_MISMATCH = "logical_type_mismatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incompatibility:
    """One place where a reader's schema cannot take what a writer's gives."""

    kind: IncompatibilityKind
    path: str  # JSON pointer into the reader's schema; a union branch is the writer's
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionConflict:
    """An incompatibility between two versions of a history, by their positions in it."""

    reader: int
    writer: int
    incompatibility: Incompatibility


def incompatibilities(reader: Any, writer: Any) -> list[Incompatibility]:
    """List every reason why data of schema `writer` is unreadable with `reader`; none if it is.

    Schemas are Avro JSON as Python values; one that is no schema raises fastavro's error.
    """
    return _Comparison(parse_schema(reader), parse_schema(writer)).run()


def full_transitive(history: Sequence[Any]) -> list[VersionConflict]:
    """Compare every version with every other, both ways (Confluent's FULL_TRANSITIVE)."""
    return [
        VersionConflict(reader=i, writer=j, incompatibility=incompatibility)
        for i, j in permutations(range(len(history)), 2)
        for incompatibility in incompatibilities(history[i], history[j])
    ]


class _Comparison:
    """One walk down two schemas at once."""

    def __init__(self, reader: Any, writer: Any) -> None:
        self._roots = reader, writer
        self._reader_types = dict(_named_types(reader))
        self._writer_types = dict(_named_types(writer))
        # Pairs under comparison: a type that contains itself is compared once.
        self._open: set[tuple[str, str]] = set()

    def run(self) -> list[Incompatibility]:
        return self._compare(*self._roots, "")

    def _compare(self, reader: Any, writer: Any, path: str) -> list[Incompatibility]:
        reader = self._reader_types.get(reader, reader) if isinstance(reader, str) else reader
        writer = self._writer_types.get(writer, writer) if isinstance(writer, str) else writer
        match _type_of(reader), _type_of(writer):
            case "union", "union":
                branches = enumerate(writer)
                return [x for i, each in branches for x in self._pick(reader, each, f"{path}/{i}")]
            case _, "union":
                return [x for each in writer for x in self._compare(reader, each, path)]
            case "union", _:
                return self._pick(reader, writer, path)
            case read, written if read == written or read in _PROMOTIONS.get(written, ()):
                return self._same_type(reader, writer, path, read)
            case read, written:
                return _only("TYPE_MISMATCH", path, f"reader's {read} cannot take a {written}")

    def _pick(self, branches: Sequence[Any], writer: Any, path: str) -> list[Incompatibility]:
        if any(not self._compare(branch, writer, path) for branch in branches):
            return []
        message = f"no branch of the reader's union takes {_name_of(writer)}"
        return _only("MISSING_UNION_BRANCH", path, message)

    def _same_type(self, reader: Any, writer: Any, path: str, type_: str) -> list[Incompatibility]:
        if differs := _heads_differ(reader, writer, path, type_):
            return differs
        match type_:
            case "array":
                return self._compare(reader["items"], writer["items"], f"{path}/items")
            case "map":
                return self._compare(reader["values"], writer["values"], f"{path}/values")
            case "enum":
                return _missing_symbols(reader, writer, path)
            case "record" | "error":
                return self._records(reader, writer, path)
        return []

    def _records(self, reader: Any, writer: Any, path: str) -> list[Incompatibility]:
        pair = reader["name"], writer["name"]
        if pair in self._open:
            return []
        self._open.add(pair)
        differing: list[Incompatibility] = []
        written = {field["name"]: field for field in writer["fields"]}
        for i, field in enumerate(reader["fields"]):
            names = [field["name"], *field.get("aliases", ())]
            source = next((written[name] for name in names if name in written), None)
            if source is not None:
                differing += self._compare(field["type"], source["type"], f"{path}/fields/{i}/type")
            elif "default" not in field:
                kind = "READER_FIELD_MISSING_DEFAULT_VALUE"
                message = f"the writer has no {field['name']} and the reader no default"
                differing += _only(kind, f"{path}/fields/{i}", message)
        self._open.remove(pair)
        return differing


def _only(kind: str, path: str, message: str) -> list[Incompatibility]:
    return [Incompatibility(kind=IncompatibilityKind[kind], path=path or "/", message=message)]


def _heads_differ(reader: Any, writer: Any, path: str, type_: str) -> list[Incompatibility]:
    """Compare what stands at a type itself, before anything inside it."""
    if _meaning(reader) != _meaning(writer):
        message = f"reader takes {_meaning(reader)}, writer gives {_meaning(writer)}"
        return _only("LOGICAL_TYPE_MISMATCH", path, message)
    if type_ in _NAMED and not _names_agree(reader, writer):
        message = f"reader has {reader['name']}, writer {writer['name']}"
        return _only("NAME_MISMATCH", f"{path}/name", message)
    if type_ == "fixed" and reader["size"] != writer["size"]:
        message = f"reader has {reader['size']} bytes, writer {writer['size']}"
        return _only("FIXED_SIZE_MISMATCH", f"{path}/size", message)
    return []


def _missing_symbols(reader: Any, writer: Any, path: str) -> list[Incompatibility]:
    missing = [symbol for symbol in writer["symbols"] if symbol not in reader["symbols"]]
    if not missing or "default" in reader:
        return []
    message = f"the reader has neither {', '.join(missing)} nor a default"
    return _only("MISSING_ENUM_SYMBOLS", f"{path}/symbols", message)


def _names_agree(reader: Mapping[str, Any], writer: Mapping[str, Any]) -> bool:
    """Compare without namespaces, as the specification asks, and with the reader's aliases."""
    accepted = {_unqualified(name) for name in (reader["name"], *reader.get("aliases", ()))}
    return _unqualified(writer["name"]) in accepted


def _unqualified(name: str) -> str:
    return name.rpartition(".")[2]


def _type_of(schema: Any) -> str:
    if isinstance(schema, list):
        return "union"
    return schema if isinstance(schema, str) else _type_of(schema["type"])


def _name_of(schema: Any) -> str:
    return str(schema.get("name", _type_of(schema))) if isinstance(schema, dict) else str(schema)


def _meaning(schema: Any) -> Any:
    kept = {key: schema[key] for key in _MEANING if isinstance(schema, dict) and key in schema}
    return kept or "a plain value"


def _named_types(schema: Any) -> Iterator[tuple[str, Any]]:
    """Walk a parsed schema, where every name is already a full one."""
    if isinstance(schema, list):
        for branch in schema:
            yield from _named_types(branch)
    elif isinstance(schema, dict):
        if "name" in schema:
            yield schema["name"], schema
        for key in ("items", "values", "type"):
            yield from _named_types(schema.get(key))
        for field in schema.get("fields", ()):
            yield from _named_types(field["type"])
