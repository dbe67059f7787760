"""Events as a department reports them in a file: their fields, and the cells of a sheet."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from events.event import event_type
from events.roles import OfSubject, OperatorsWord
from tests.support.builders import one_of_each

if TYPE_CHECKING:
    from events.event import Event

REPORTED = [event for event in one_of_each() if not isinstance(event, OfSubject | OperatorsWord)]


def a_cell(value: Any) -> str:
    """Write a value as a person would into a cell of a sheet."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        plain = msgspec.to_builtins(value)
        return (
            json.dumps(plain, ensure_ascii=False)
            if any(isinstance(each, dict) for each in plain)
            else ";".join(plain)
        )
    return value.isoformat() if isinstance(value, date) else str(value)


def the_fields(event: Event) -> dict[str, Any]:
    """Give the fields of an event and of its envelope side by side, as a line of a file has them."""
    plain = {
        name: getattr(event, name) for name in event.__struct_fields__ if name != "envelope"
    } | {name: getattr(event.envelope, name) for name in event.envelope.__struct_fields__}
    return {"event_type": event_type(event)} | {
        k: v for k, v in plain.items() if k not in ("remarks", "attestation")
    }
