"""Events of types that no maker makes, from what their class says of each field."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin, get_type_hints

import msgspec

from events.envelope import Platform
from events.errors import LedgerError
from events.fields import Day, Holds, Judged, NotEmpty, Text, Time, When, Whole, marked
from events.roles import Original, OthersAmendment
from events.rules.rulebook import load_rulebook
from ops.generator.forms import EARLY, DocumentForm
from projections.record.amending import ABOUT

if TYPE_CHECKING:
    from collections.abc import Collection

    from events.envelope import Envelope
    from events.event import Event
    from events.fields import Mark
    from events.roles import Amendment

_EVERYBODY: Final = frozenset(Platform)
_DAYS: Final = {
    When.PASSED: 0,
    When.BEFORE_DECISION: 0,
    When.AFTER_DECISION: 365,
    When.ANY: 365,
}


class FieldUnknownError(LedgerError):
    """What a field must hold depends on rules that no type tells: its type needs a maker."""


@cache
def document_form(event_type: str) -> DocumentForm | None:
    """Give who may report a type of anybody, in its first category: None where nobody may."""
    rulebook = load_rulebook()
    for code, rows in rulebook.categories.items():
        row = rows[-1]
        if event_type not in row.event_types or row.end or not {*row.platforms} >= _EVERYBODY:
            continue
        for name, department in rulebook.departments.items():
            if code in department.categories and {*department.platforms} >= _EVERYBODY:
                source, since = department.sources[0], max(row.start, EARLY)
                return DocumentForm(
                    name, code, "录", source=source, disclosure=row.disclosure, since=since
                )
    return None


def plain_event(kind: type[Original], envelope: Envelope, day: date, bits: int) -> Original:
    """Make an event of a type, decided on a day; fields that need not be given vary with `bits`.

    Raises `FieldUnknownError` for a field that must be given, and of which no type says enough.
    """
    return kind(envelope, **_values(kind, ("envelope",), day, bits))


def plain_amendment(
    kind: type[Amendment], envelope: Envelope, concerns: str, day: date, bits: int
) -> Amendment:
    """Make an amendment of the record with an id, as `plain_event` makes what opens one."""
    return kind(envelope, concerns, **_values(kind, ("envelope", "concerns"), day, bits))


def may_amend(kind: type[Amendment], about: Event) -> bool:
    """Say whether a type fits a record, and may be said under its category by its department."""
    if not isinstance(about, ABOUT.get(kind, Original)):
        return False
    rows = load_rulebook().categories[about.envelope.category]
    return issubclass(kind, OthersAmendment) or kind.__name__ in rows[-1].event_types


def _values(kind: type, given: Collection[str], day: date, bits: int) -> dict[str, Any]:
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for place, info in enumerate(msgspec.structs.fields(kind)):
        if info.name in given:
            continue
        mark, own = marked(kind).get(info.name), bits >> (place * 5 % 64)
        if not info.required and (own & 1 or _is_by_rules(mark)):
            continue
        if _is_by_rules(mark):
            raise FieldUnknownError(f"{kind.__name__}.{info.name}: make this type in records/")
        values[info.name] = _value(hints[info.name], info.name, mark, day, own)
    return values


def _is_by_rules(mark: Mark | None) -> bool:
    if not isinstance(mark, Text):
        return isinstance(mark, Judged)
    names = (Holds.PARTY, Holds.SUCCESSOR, Holds.EVENT_ID, Holds.PERSON_NAME)
    return mark.codes is not None or mark.holds in names


def _value(hint: Any, name: str, mark: Mark | None, day: date, bits: int) -> Any:
    inner = next((part for part in get_args(hint) if part is not NoneType), hint)
    if get_origin(hint) in (list, tuple):
        return get_origin(hint)([_value(inner, name, None, day, bits)])
    if get_args(hint):
        return _value(inner, name, mark, day, bits)
    match mark:
        case Day(when=when):
            return day + timedelta(_DAYS[when])
        case Whole(low=low, high=high):
            return low + bits % min(high - low + 1, 3)
        case Time.YEAR:
            return day.year - 1
        case Time.PERIOD:
            return str(day.year - 1)
        case Text(one_of=options) if options:
            return options[bits % len(options)]
        case Text(holds=Holds.NUMBER):
            return f"{day.year}{bits % 10**8:08}"
        case Text() | NotEmpty() | Judged() | None:
            return _unmarked(hint, bits)


def _unmarked(of: Any, bits: int) -> Any:
    if isinstance(of, type) and issubclass(of, StrEnum):
        return list(of)[bits % len(of)]
    if isinstance(of, type) and issubclass(of, msgspec.Struct):
        raise FieldUnknownError(f"{of.__name__}: make types with such fields in records/")
    plain: dict[Any, Any] = {bool: bool(bits & 2), int: bits % 1_000 * 10_000, str: "样例"}
    return plain[of]
