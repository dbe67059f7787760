"""What a column's name means: a field of an event, its unit, or nothing we take.

The names of the official form are data (`columns.toml`); our own are the fields of the events.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from events.event import EVENT_TYPES
from ops.submission.fields import fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBJECT_CLASS: Final = "subject_class"
STATE: Final = "state"
"""Columns of the official form that are checked and not stored."""

EVENT_TYPE: Final = "event_type"

_UNITS: Final = {"_fen": "fen", "_yuan": "yuan", "_wanyuan": "wanyuan"}
_MARKS: Final = re.compile(r"[\s*、,]|\(必填\)|必填$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column holds: an event's field, "" where it is read over; amounts have a unit."""

    field: str
    unit: str = ""
    official: bool = False
    required: bool = False

    @property
    def taken(self) -> bool:
        """Tell whether anything of it is kept or checked."""
        return bool(self.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The official form as `columns.toml` describes it."""

    columns: Mapping[str, Column]
    required: Mapping[str, str]
    null_markers: frozenset[str]
    open_ended: frozenset[str]
    explanations: tuple[str, ...]
    organisations: tuple[str, ...]
    persons: tuple[str, ...]
    in_force: tuple[str, ...]
    kinds: Mapping[str, str]
    kinds_before_2021: Mapping[str, str]


@cache
def official_form() -> Form:
    """Read the description of the official form."""
    data = tomllib.loads((files("ops.submission") / "columns.toml").read_text(encoding="utf-8"))
    columns = {
        _plain(name): Column(
            field=row["field"],
            unit=row.get("unit", ""),
            official=True,
            required=row.get("required", False),
        )
        for row in data["column"]
        for name in row["names"]
    }
    unused = Column(field="", official=True)
    columns |= {_plain(name): unused for row in data["not_taken"] for name in row["names"]}
    return Form(
        columns=columns,
        required={row["field"]: row["names"][0] for row in data["column"] if row.get("required")},
        null_markers=frozenset(data["null_markers"]),
        open_ended=frozenset(data["open_ended"]),
        explanations=tuple(data["explanations"]),
        organisations=tuple(data["subject_classes"]["organisations"]),
        persons=tuple(data["subject_classes"]["persons"]),
        in_force=tuple(data["states"]["in_force"]),
        kinds=data["kinds"],
        kinds_before_2021=data["kinds_before_2021"],
    )


@lru_cache(maxsize=1024)
def column_named(name: str) -> Column | None:
    """Give what a column's name means, None where nobody knows."""
    plain = _plain(name)
    found = official_form().columns.get(plain) or _our_columns().get(plain)
    return found or _our_columns().get(plain.removeprefix("envelope."))


def closest_names(name: str) -> list[str]:
    """Give up to three known names that look like an unknown one."""
    known = {*official_form().columns, *_our_columns()}
    return difflib.get_close_matches(_plain(name), known, n=3, cutoff=0.6)


def is_explanation(first_cell: str) -> bool:
    """Tell whether a row that begins with this cell explains the form."""
    return first_cell.strip().startswith(official_form().explanations)


def _plain(name: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKC", name)).strip("'\"\ufeff").casefold()


@cache
def _our_columns() -> dict[str, Column]:
    """Take the names of every event's fields; amounts also in yuan and 万元, named so."""
    columns: dict[str, Any] = {EVENT_TYPE: Column(field=EVENT_TYPE)}
    for event_type in EVENT_TYPES:
        for name in fields_of(event_type):
            if not name.endswith("_fen"):
                columns[name] = Column(field=name)
                continue
            for suffix, unit in _UNITS.items():
                columns[name.removesuffix("_fen") + suffix] = Column(field=name, unit=unit)
    return columns
