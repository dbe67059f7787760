"""Across submission and admission: whatever an event can say can be said in a file.

Walked by what the types say, never by a list.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, get_args, get_origin

import msgspec
import pytest

from events.envelope import Envelope
from events.event import EVENT_TYPES, Event, event_to_record, event_type
from events.roles import OfSubject, OperatorsWord
from events.wire.codec import encode_record
from ops.submission.defaults import defaults_for
from ops.submission.files.columns import Column
from ops.submission.files.fields import fields_of
from ops.submission.files.values import value_of
from tests.support.reported import REPORTED, a_cell, the_fields

if TYPE_CHECKING:
    from events.rules.rulebook import Rulebook
    from tests.unit.ops.submission.conftest import Check

FIELDS = [
    (name, info)
    for name, kind in EVENT_TYPES.items()
    for owner in (Envelope, kind)
    for info in msgspec.structs.fields(owner)
    if info.name not in ("envelope", "attestation")
]


def a_sheet(event: Event) -> str:
    told = the_fields(event)
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerows([list(told), [a_cell(value) for value in told.values()]])
    return sheet.getvalue()


@pytest.mark.parametrize("event", REPORTED, ids=event_type)
def test_every_type_of_event_can_be_reported_in_a_sheet(
    event: Event, rulebook: Rulebook, check: Check
) -> None:
    defaults = defaults_for(rulebook, department=event.envelope.department)

    found = check.text(a_sheet(event), defaults, "a.csv")

    assert found.bad == []
    assert [event_to_record(good.event) for good in found.good] == [event_to_record(event)]


@pytest.mark.parametrize("event", REPORTED, ids=event_type)
def test_every_type_of_event_can_be_reported_as_json(
    event: Event, rulebook: Rulebook, check: Check
) -> None:
    defaults = defaults_for(rulebook, department=event.envelope.department)
    line = msgspec.json.encode(the_fields(event)).decode()

    (good,) = check.text(line, defaults).good

    assert event_to_record(good.event) == event_to_record(event)


def test_the_walk_leaves_out_no_type() -> None:
    """All but what an operator says, and erasures, which have verbs of their own."""
    apart = {n for n, k in EVENT_TYPES.items() if issubclass(k, OfSubject | OperatorsWord)}
    assert {event_type(event) for event in REPORTED} == {*EVENT_TYPES} - apart


def a_value(of: Any) -> Any:
    """Give a value of a type, by what the type says."""
    inner = next((part for part in get_args(of) if part is not type(None)), of)
    if get_origin(of) in (list, tuple):
        return get_origin(of)([a_value(inner)])
    if get_args(of):
        return a_value(inner)
    if issubclass(of, msgspec.Struct):
        return of(**{info.name: a_value(info.type) for info in msgspec.structs.fields(of)})
    if issubclass(of, StrEnum):
        return list(of)[-1]
    return {str: "甲", int: 7, bool: True, date: date(2025, 1, 2)}[of]


@pytest.mark.parametrize(("kind", "info"), FIELDS, ids=lambda each: getattr(each, "name", each))
def test_every_field_takes_from_a_cell_what_its_type_holds(
    kind: str, info: msgspec.structs.FieldInfo
) -> None:
    field, wanted = fields_of(kind)[info.name], a_value(info.type)

    found = value_of(field, Column(field=info.name, unit="fen"), a_cell(wanted))

    assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.parametrize("event", REPORTED, ids=event_type)
def test_what_a_line_leaves_out_has_the_type_of_its_field(event: Event) -> None:
    """What stands in for a missing value can be checked and encoded, so that its lack is told."""
    fields = fields_of(event_type(event))
    own = {name: each.empty for name, each in fields.items() if not each.in_envelope}
    bare = type(event)(envelope=event.envelope, **own)

    assert encode_record(f"credit.{event_type(event)}", event_to_record(bare))
    assert msgspec.convert(msgspec.to_builtins(bare), type(event)) == bare
