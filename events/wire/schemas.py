"""The committed list of every Avro schema ever published: what an id in the ledger means, for good.

It reads `avro/ids.toml` and the frozen files, nothing else; it never asks a schema registry.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fastavro import parse_schema

from events.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from importlib.resources.abc import Traversable

# Departments submit the same event types that the ledger carries.
_SAME_TYPES_AS = {"submissions": "events"}


_TO_COME_MAX: Final = 16
"""So many ids beyond the newest may have been given since this process was installed."""


class SchemaUnknownError(LedgerError):
    """No schema of this id or record name was ever published.

    `may_come` says that the id is one of the next that will be: whoever wrote it knows more than
    this process does, which is to be renewed. Any other id is damage.
    """

    may_come = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaEntry:
    """One published version of a record's schema. Its id is written into the ledger."""

    id: int
    record: str  # full name, such as credit.PenaltyImposed
    topics: str  # kind of topic, as events, rejections, profiles, inquiries, access
    text: str  # the frozen file, byte for byte
    published: date
    sha256: str
    writer: Any = field(repr=False, compare=False)  # parsed, with logical types
    plain: Any = field(repr=False, compare=False)  # parsed, without them: dates stay day numbers

    @property
    def name(self) -> str:
        """The record's name without its namespace, such as PenaltyImposed."""
        return self.record.rpartition(".")[2]


class SchemaList:
    """All published schemas, in the order of their ids."""

    def __init__(self, entries: Iterable[SchemaEntry]) -> None:
        """Take entries in ascending order of id; a later one of a record is its newer version."""
        self._entries = tuple(entries)
        self._by_id = {entry.id: entry for entry in self._entries}
        self._current = {entry.record: entry for entry in self._entries}

    def __iter__(self) -> Iterator[SchemaEntry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def by_id(self, schema_id: int) -> SchemaEntry:
        """Give the schema of this id, or raise SchemaUnknownError."""
        try:
            return self._by_id[schema_id]
        except KeyError:
            unknown = SchemaUnknownError(f"Schema {schema_id} not found")
            newest = self._entries[-1].id if self._entries else 0
            unknown.may_come = newest < schema_id <= newest + _TO_COME_MAX
            raise unknown from None

    def current(self, record: str) -> SchemaEntry:
        """Give the newest version of a record, by full name, or raise SchemaUnknownError."""
        try:
            return self._current[record]
        except KeyError:
            raise SchemaUnknownError(f"No schema of record {record} is published") from None

    def history(self, record: str) -> tuple[SchemaEntry, ...]:
        """Give every version of a record, oldest first; empty for an unknown one."""
        return tuple(entry for entry in self._entries if entry.record == record)

    def for_topic(self, kind: str) -> tuple[SchemaEntry, ...]:
        """Give every schema that a kind of topic carries, by id; `submissions` carry `events`."""
        kind = _SAME_TYPES_AS.get(kind, kind)
        return tuple(entry for entry in self._entries if entry.topics == kind)


@cache
def load_schemas() -> SchemaList:
    """Read the whole list once per process."""
    folder = schema_folder()
    listed = tomllib.loads((folder / "ids.toml").read_text("utf-8"))["schema"]
    return SchemaList(_entry(folder, row) for row in listed)


def schema_folder() -> Traversable:
    """Find `avro/`: inside the package in a wheel, beside it in a checkout."""
    packaged = files("events") / "avro"
    if packaged.is_dir():
        return packaged
    return Path(__file__).resolve().parents[2] / "avro"


def without_logical_types(schema: Any) -> Any:
    """Copy a schema with every `logicalType` left out, so that values stay as encoded."""
    if isinstance(schema, list):
        return [without_logical_types(part) for part in schema]
    if isinstance(schema, dict):
        kept = {key: value for key, value in schema.items() if key != "logicalType"}
        # A default or a doc is a value, not a schema: only these keys lead to schemas.
        for key in kept.keys() & {"type", "items", "values", "fields"}:
            kept[key] = without_logical_types(kept[key])
        return kept
    return schema


def _entry(folder: Traversable, row: Mapping[str, Any]) -> SchemaEntry:
    text = folder.joinpath(row["file"]).read_bytes().decode("utf-8")
    schema = json.loads(text)
    return SchemaEntry(
        id=row["id"],
        record=row["record"],
        topics=row["topics"],
        text=text,
        published=row["published"],
        sha256=row["sha256"],
        writer=parse_schema(schema),
        plain=parse_schema(without_logical_types(schema)),
    )
