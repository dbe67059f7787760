"""The fast way to bytes gives what the codec gives: for every type of event, and for our own messages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.event import EVENT_TYPES, Event, event_to_record, event_type
from events.rules.versions import Level, WarningKind
from events.wire import encoding
from events.wire.codec import UnencodableError, encode_record
from events.wire.encoding import SchemaShapeUnsupportedError, encode_event, encode_published
from events.wire.schemas import load_schemas
from tests.schemas.sampling import sample_of
from tests.support import builders as a
from tests.support.erasing import one_of_each_erasure

EVENTS = [*a.one_of_each(), *one_of_each_erasure()]
PUBLISHED = (
    "credit.Profile",
    "credit.ProfilePatch",
    "credit.Warning",
    "credit.ListChange",
    "credit.Duty",
    "credit.Inquiry",
    "credit.AccessChange",
)
every_record = pytest.mark.parametrize("record", PUBLISHED)


def values_of(schema: Any, named: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Draw any value that a schema allows; `named` collects the types met, which later ones name."""
    if isinstance(schema, dict) and "name" in schema:
        named[schema["name"]] = schema
    match named.get(schema, schema) if isinstance(schema, str) else schema:
        case "string":
            # A lone surrogate is no text: it has no UTF-8.
            return st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
        case "boolean":
            return st.booleans()
        case "int":
            return st.integers(-(2**31), 2**31 - 1)
        case "long":
            return st.integers(-(2**63), 2**63 - 1) | st.integers(-200, 200)
        case {"logicalType": "date"}:
            return st.dates()
        case {"symbols": symbols}:
            return st.sampled_from(symbols)
        case ["null", other]:
            return st.none() | values_of(other, named)
        case {"type": "array", "items": items}:
            # More than 63 take a count of two bytes.
            few = st.lists(values_of(items, named), max_size=3)
            return few | few.map(lambda each: each * 40)
        case {"type": "record", "fields": fields}:
            return st.fixed_dictionaries(
                {field["name"]: values_of(field["type"], named) for field in fields}
            )
    raise AssertionError(schema)


@pytest.mark.parametrize("event", EVENTS, ids=event_type)
def test_an_event_is_encoded_as_the_codec_encodes_it(event: Event) -> None:
    assert encode_event(event) == encode_record(
        f"credit.{event_type(event)}", event_to_record(event)
    )


def test_every_type_of_event_was_held_to_the_codec() -> None:
    assert {event_type(event) for event in EVENTS} == set(EVENT_TYPES)


@every_record
@settings(max_examples=300)
@given(st.data())
def test_our_own_message_is_encoded_as_the_codec_encodes_it(
    record: str, data: st.DataObject
) -> None:
    fields = data.draw(values_of(load_schemas().current(record).writer, {}))

    assert encode_published(record, fields) == encode_record(record, fields)


@every_record
def test_the_order_of_names_is_that_of_the_schema_and_not_that_given(record: str) -> None:
    fields = sample_of(load_schemas().current(record))
    turned = dict(reversed(fields.items()))

    assert encode_published(record, turned) == encode_record(record, fields)


@pytest.mark.parametrize("text", ["", "a", "样例" * 3_000])
def test_a_text_may_be_given_as_its_utf_8(text: str) -> None:
    fields = sample_of(load_schemas().current("credit.Profile")) | {"document": text}

    assert encode_published("credit.Profile", fields | {"document": text.encode()}) == (
        encode_record("credit.Profile", fields)
    )


def test_members_of_enums_and_tuples_are_written_as_their_symbols_and_lists() -> None:
    fields = sample_of(load_schemas().current("credit.Warning"))
    ours = {"level": Level.BLUE, "kind": WarningKind.ALARM, "recipients": ("a", "b")}
    plain = {"level": "blue", "kind": "alarm", "recipients": ["a", "b"]}

    assert encode_published("credit.Warning", fields | ours) == (
        encode_record("credit.Warning", fields | plain)
    )


@every_record
def test_a_missing_name_is_refused_and_named(record: str) -> None:
    fields = sample_of(load_schemas().current(record))
    for name in fields:
        short = {other: value for other, value in fields.items() if other != name}
        with pytest.raises(UnencodableError, match=rf"{record}: missing \['{name}'\]"):
            encode_published(record, short)
        with pytest.raises(UnencodableError, match=rf"missing \['{name}'\], unknown \['rumour'\]"):
            encode_published(record, short | {"rumour": 1})


@every_record
def test_an_unknown_name_is_refused_and_named(record: str) -> None:
    fields = sample_of(load_schemas().current(record))
    with pytest.raises(UnencodableError, match=r"unknown \['rumour'\]"):
        encode_published(record, fields | {"rumour": None})


def test_a_symbol_that_was_never_published_is_refused() -> None:
    fields = sample_of(load_schemas().current("credit.Warning"))
    with pytest.raises(UnencodableError, match="no symbol 'acknowledged'"):
        encode_published("credit.Warning", fields | {"transition": "acknowledged"})


def test_a_day_is_written_the_same_when_met_again() -> None:
    fields = sample_of(load_schemas().current("credit.Profile"))
    for day in (date.min, date(1969, 12, 31), date(1970, 1, 1), date.max):
        for _ in range(2):
            told = fields | {"assessed_on": day}
            assert encode_published("credit.Profile", told) == encode_record("credit.Profile", told)


def test_a_shape_without_a_plan_is_refused() -> None:
    with pytest.raises(SchemaShapeUnsupportedError):
        encoding._plan({"type": "map", "values": "string"}, {})
