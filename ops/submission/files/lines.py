"""NDJSON: one JSON object a line, read so that nothing is lost: no floats, no repeated keys."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NoReturn

from events.admission.rejection import RejectionReason, reason
from ops.submission.files.cells import cleaned
from ops.submission.files.columns import column_named, form_of
from ops.submission.files.row import FileRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.admission.rejection import Reason

_ENVELOPE: Final = "envelope"


class _RepeatedKeyError(ValueError):
    pass


def count_lines(text: str) -> int:
    """Count the lines that are not blank."""
    return sum(1 for _ in _lines(text))


def rows_of_lines(text: str) -> Iterator[FileRow]:
    """Give each object as a row: the fields of a nested envelope stand beside the others."""
    for number, line in _lines(text):
        yield _row(number, line)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    # A line ends at a line feed only: a text may hold U+2028, which `splitlines` would cut at.
    for number, line in enumerate(io.StringIO(text), 1):
        if line.strip():
            yield number, line


def _row(number: int, line: str) -> FileRow:
    try:
        value = _decoder.decode(line.strip())
        if "\\u" in line:
            # Half of a surrogate pair can be escaped in JSON and is no character.
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        rule = f"not JSON at column {error.colno}: {error.msg}"
        return FileRow(number, {}, [_unreadable(RejectionReason.BYTES_UNDECODABLE, line, rule)])
    except _RepeatedKeyError as error:
        rule = "a key may stand once in an object"
        return FileRow(
            number, {}, [reason(RejectionReason.VALUE_NOT_ALLOWED, _heading(error), "", rule)]
        )
    except (ValueError, RecursionError):
        rule = "JSON with whole Unicode characters, numbers of bearable length, and no NaN"
        return FileRow(number, {}, [_unreadable(RejectionReason.BYTES_UNDECODABLE, line, rule)])
    if not isinstance(value, dict):
        rule = "each line is one JSON object"
        return FileRow(number, {}, [_unreadable(RejectionReason.BYTES_UNDECODABLE, line, rule)])
    return _flat(number, value)


def _flat(number: int, value: dict[str, Any]) -> FileRow:
    if "signature" in value and "value" in value:
        return FileRow(number, value)  # What was signed is taken as it stands.
    envelope = value.pop(_ENVELOPE, {})
    if not isinstance(envelope, dict):
        rule = "an object with the fields of the envelope"
        return FileRow(number, {}, [reason(RejectionReason.VALUE_NOT_ALLOWED, _ENVELOPE, "", rule)])
    named = {f"{_ENVELOPE}.{key}": item for key, item in envelope.items()}
    texts = {key: _text(item) for key, item in (named | value).items()}
    said = {key: item for key, item in texts.items() if item is not None and item != ""}
    return FileRow(number, said, form=form_of(tuple(said)))


def _text(item: object) -> object:
    return cleaned(item) if isinstance(item, str) else item


def _unreadable(code: RejectionReason, line: str, rule: str) -> Reason:
    # What cannot be read may hold a person's name as well as anything: only its line is named.
    return reason(code, "", f"{len(line.strip())} characters", rule)


def _heading(error: _RepeatedKeyError) -> str:
    """Name a key that is a known heading; any other may be anything."""
    return str(error) if column_named(str(error)) is not None else ""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKeyError(next(key for key in keys if keys.count(key) > 1))
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_decoder: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=Decimal, parse_constant=_refuse
)
