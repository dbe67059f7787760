"""Data elements (数据元): every field of every record on the wire, with type, unit and meaning."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from events.envelope import Envelope
from events.event import AMENDMENTS, ORIGINALS
from events.wire.schemas import load_schemas
from ops.terms.terms import field_names

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENVELOPE: Final = "envelope"
_UNITS: Final = {
    "_fen": "fen (分), 0.01 yuan",
    "_months": "months",
    "_no": "",
    "_ms": "milliseconds since 1970-01-01 UTC",
}
_CODE_LISTS: Final = {
    "category": "categories",
    "department": "departments",
    "region": "divisions",
    "list": "lists",
    "scheme": "grades",
    "grade": "grades",
    "profession": "professions",
    "indicator": "indicators",
    "measure": "measures",
    "rule": "warnings",
    "industry": "industries",
    "ground": "ground",
    "targets": "departments",
}
"""Fields whose texts are codes of a list of this dictionary."""


def records() -> list[dict[str, Any]]:
    """Give every record by name, each with its fields but the envelope's, which are common."""
    found = []
    listed = load_schemas()
    for name in sorted({entry.record for entry in listed}):
        entry = listed.current(name)
        schema = json.loads(entry.text)
        found.append(
            {
                "record": name,
                "doc": schema["doc"],
                "topics": entry.topics,
                "what": _what(entry.name),
                "schema_id": entry.id,
                "sha256": entry.sha256,
                "versions": [
                    {"schema_id": each.id, "published": each.published.isoformat()}
                    for each in listed.history(name)
                ],
                "fields": [
                    field(each, entry.name)
                    for each in schema["fields"]
                    if each["name"] != _ENVELOPE
                ],
            }
        )
    return found


def envelope_fields() -> list[dict[str, Any]]:
    """Give the fields that every event carries."""
    schema = json.loads(load_schemas().current("credit.PenaltyImposed").text)
    (envelope,) = (each["type"] for each in schema["fields"] if each["name"] == _ENVELOPE)
    return [field(each, "Envelope") for each in envelope["fields"]]


def field(said: Mapping[str, Any], record: str) -> dict[str, Any]:
    """Describe one field; one without a default must be given."""
    name, kind = said["name"], type_text(said["type"])
    return {
        "name": name,
        "name_zh": field_names()[name],
        "type": kind,
        "unit": _unit(name, kind),
        "required": "default" not in said,
        "codes": _enum_name(said["type"]) or _CODE_LISTS.get(name),
        "official_columns": official_columns(record).get(name, []),
        "doc": said.get("doc", ""),
    }


def _what(name: str) -> str:
    if name in {each.__name__ for each in ORIGINALS}:
        return "original"
    return "amendment" if name in {each.__name__ for each in AMENDMENTS} else "derived"


def _unit(name: str, kind: str) -> str:
    if kind.startswith("day"):
        return "day in China, ISO 8601"
    return next((unit for suffix, unit in _UNITS.items() if name.endswith(suffix)), "")


def type_text(kind: Any) -> str:
    """Write an Avro type in words: `text or null`, `list of PenaltyKind`, `day`."""
    if isinstance(kind, list):
        null = " or null" if "null" in kind else ""
        return " or ".join(type_text(each) for each in kind if each != "null") + null
    if isinstance(kind, dict):
        if kind.get("logicalType") == "date":
            return "day"
        if kind.get("logicalType", "").startswith("timestamp"):
            return "moment"
        if kind["type"] == "array":
            return f"list of {type_text(kind['items'])}"
        return str(kind.get("name") or type_text(kind["type"]))
    words = {"string": "text", "int": "whole number", "long": "whole number"}
    return words.get(kind, str(kind))


def _enum_name(kind: Any) -> str | None:
    """Give the code list of a field that is, or lists, one of few words."""
    for each in kind if isinstance(kind, list) else [kind]:
        if isinstance(each, dict):
            if each.get("type") == "enum":
                return str(each["name"])
            if each.get("type") == "array":
                return _enum_name(each["items"])
    return None


@cache
def official_columns(record: str | None = None) -> Mapping[str, list[str]]:
    """Give the headings of the official forms by the field that takes them.

    Of a type of event those of its own fields, of `Envelope` those of the envelope, else all.
    """
    data = _forms()
    forms = {row["code"] for row in data["form"] if row["event_type"] == record}
    found: dict[str, dict[str, None]] = {}
    for row in data["column"]:
        common = row["field"] in Envelope.__struct_fields__
        wanted = record == "Envelope" if common else bool(forms & {*row.get("forms", forms)})
        if record is None or wanted:
            found.setdefault(row["field"], {}).update(dict.fromkeys(row["names"]))
    return {name: list(headings) for name, headings in found.items()}


def columns_not_taken() -> list[dict[str, Any]]:
    """Give the columns of the official form that are read over, and why."""
    rows: list[dict[str, Any]] = _forms()["not_taken"]
    return rows


@cache
def _forms() -> dict[str, Any]:
    return tomllib.loads(
        (files("ops.submission.files") / "columns.toml").read_text(encoding="utf-8")
    )
