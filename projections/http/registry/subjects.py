"""What the registry calls a subject: a topic's values, or a record, and the schemas under it.

Not to be confused with the subject of a credit record.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from fastavro import parse_schema
from fastavro.schema import SchemaParseException, UnknownType, to_parsing_canonical_form

from events.envelope import Platform
from events.errors import LedgerError
from events.topics import ACCESS_TOPIC

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from events.wire.schemas import SchemaEntry, SchemaList

_FIXED_TOPICS = ("events", "profiles", "patches", "lists", "duties", "inquiries")
_TOPIC = re.compile(
    rf"credit\.(?:(?P<sole>access)\.v1|(?:{'|'.join(Platform)})\."
    rf"(?:(?P<fixed>{'|'.join(_FIXED_TOPICS)})\.v1"
    rf"|(?P<open>submissions|rejections|warnings)\..+))-value"
)
_BROKEN = (
    AttributeError,
    LookupError,
    RecursionError,
    SchemaParseException,
    TypeError,
    UnknownType,
    ValueError,
)


class SchemaInvalidError(LedgerError):
    """What was sent is no Avro schema."""


class Shape(NamedTuple):
    """A parsed schema, and two ways to recognise an equal one."""

    schema: Any
    exact: str  # everything but spelling: order of keys, blanks, short names
    canonical: str  # what decides the bytes: without docs, defaults and logical types

    @property
    def record(self) -> str | None:
        """The full name of a named type."""
        return self.schema.get("name") if isinstance(self.schema, dict) else None


def shape_of(text: str) -> Shape:
    """Parse a schema, or raise SchemaInvalidError."""
    try:
        schema = parse_schema(json.loads(text))
        if isinstance(schema, dict):
            schema = {key: value for key, value in schema.items() if not key.startswith("__")}
        return Shape(schema, json.dumps(schema, sort_keys=True), to_parsing_canonical_form(schema))
    except _BROKEN as error:
        raise SchemaInvalidError(f"Invalid schema: {error}") from error


class SchemaSubjects:
    """Every subject, and its schemas as versions 1, 2, 3 ..."""

    def __init__(self, schemas: SchemaList, open_topics: Sequence[str]) -> None:
        """List the fixed topics, `open_topics` and the records."""
        self._schemas = schemas
        self._shapes = {entry.id: shape_of(entry.text) for entry in schemas}
        topics = [f"credit.{platform}.{kind}.v1" for platform in Platform for kind in _FIXED_TOPICS]
        topics.append(ACCESS_TOPIC)
        records = {entry.record for entry in schemas}
        self.listed = sorted({f"{topic}-value" for topic in (*topics, *open_topics)} | records)

    def find(self, subject: str) -> tuple[SchemaEntry, ...]:
        """Give the versions of a subject, from 1 on; none for an unknown one.

        Departments come and go, so any topic of one, and of a region, is known, listed or not.
        """
        if match := _TOPIC.fullmatch(subject):
            return self._schemas.for_topic(match["sole"] or match["fixed"] or match["open"])
        return self._schemas.history(subject)

    def versions(self) -> Iterator[tuple[str, int, SchemaEntry]]:
        """Go through the versions of every listed subject."""
        for subject in self.listed:
            for number, entry in enumerate(self.find(subject), 1):
                yield subject, number, entry

    def shape(self, entry: SchemaEntry) -> Shape:
        """Give the parsed form of a published schema."""
        return self._shapes[entry.id]

    def recognise(self, sent: Shape, entries: Sequence[SchemaEntry]) -> SchemaEntry | None:
        """Find the newest equal schema; failing that, the newest that gives the same bytes."""
        for entry in reversed(entries):
            if self.shape(entry).exact == sent.exact:
                return entry
        for entry in reversed(entries):
            if self.shape(entry).canonical == sent.canonical:
                return entry
        return None
