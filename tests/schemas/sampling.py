"""One encoded record of every schema, kept for good: what was once written must stay readable.

Run `python -m tests.schemas.sampling` after publishing a schema; it never rewrites a sample.
"""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from events.wire.codec import encode_record
from events.wire.schemas import SchemaEntry, load_schemas

FOLDER = Path(__file__).parent / "samples"
_DAY = date(2026, 1, 1)
_INT_MAX = 2**31 - 1
_LONG_MAX = 2**63 - 1


def sample_of(entry: SchemaEntry) -> dict[str, Any]:
    """Fill every field of a schema, optional ones too, with a value that is its own."""
    named: dict[str, Any] = {}
    value = _value(entry.writer, "", named)
    assert isinstance(value, dict)
    return value


def _value(schema: Any, field: str, named: dict[str, Any]) -> Any:
    """Make a value of a schema; `named` collects the types met, which later ones may refer to."""
    if isinstance(schema, dict) and "name" in schema:
        named[schema["name"]] = schema
    match schema:
        case list():
            return _value(next(each for each in schema if each != "null"), field, named)
        case {"type": "record", "fields": fields}:
            return {each["name"]: _value(each["type"], each["name"], named) for each in fields}
        case {"type": "array", "items": items}:
            return [_value(items, field, named)] * 2
        case str() if schema in named:
            return _value(named[schema], field, named)
    return _scalar(schema, field)


def _scalar(schema: Any, field: str) -> Any:
    if isinstance(schema, str):
        return {
            "boolean": True,
            "int": _INT_MAX - _own(field),
            "long": _LONG_MAX - _own(field),
            "string": f"{field} 样例",
            "bytes": f"{field} 样例".encode(),
        }[schema]
    match schema:
        case {"logicalType": "date"}:
            return _DAY + timedelta(days=_own(field))
        case {"logicalType": "timestamp-millis"}:
            return datetime(2026, 9, 18, 1, 2, 3, 4000, tzinfo=UTC)
        case {"symbols": symbols}:
            return symbols[-1]
    return _scalar(schema["type"], field)


def _own(field: str) -> int:
    """Give a number below 300 that hardly two fields share, so that a swap would show."""
    return sum(field.encode()) % 300


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else value.isoformat()


def as_json(value: Any) -> Any:
    """Give a decoded record as JSON has it: days and times as text, bytes as hexadecimal digits."""
    return json.loads(json.dumps(value, default=_plain))


def main() -> None:
    """Write the samples that are not there yet."""
    for entry in load_schemas():
        path = FOLDER / f"{entry.id:04}.bin"
        if not path.exists():
            value = sample_of(entry)
            path.write_bytes(encode_record(entry.record, value))
            text = json.dumps(as_json(value), ensure_ascii=False, indent=1)
            path.with_suffix(".json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
