"""Both ways from bytes to an event give the same, for every type; of damage the plan is stricter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.event import EVENT_TYPES, event_to_record, event_type
from events.types.listing import ListEntered
from events.wire import decoding
from events.wire.codec import UndecodableError, encode_record
from events.wire.decoding import decode_event
from events.wire.schemas import SchemaEntry, load_schemas
from tests.schemas.sampling import FOLDER, sample_of
from tests.support import builders as a
from tests.support.given import value_of

if TYPE_CHECKING:
    from events.event import Event

SCHEMAS = load_schemas()
CURRENT = [SCHEMAS.current(f"credit.{name}") for name in EVENT_TYPES]
EVERY_TYPE = a.one_of_each()
NAMES = [f"{place} {event_type(event)}" for place, event in enumerate(EVERY_TYPE)]
EVER = [entry for name in EVENT_TYPES for entry in SCHEMAS.history(f"credit.{name}")]
every_schema = pytest.mark.parametrize("entry", CURRENT, ids=lambda entry: entry.name)


def planned(value: bytes) -> Event | None:
    """Decode by the plan, or say with None that the bytes are damaged."""
    try:
        return decoding._decode_planned(value)
    except UndecodableError:
        return None


def general(value: bytes) -> Event | None:
    """Decode by the general reader, or say with None that the bytes are damaged."""
    try:
        return decoding._decode_general(value)
    except UndecodableError:
        return None


@every_schema
def test_every_event_type_has_a_plan(entry: SchemaEntry) -> None:
    assert decoding._plan_of(entry.id) is not None


@every_schema
def test_both_ways_give_the_same_for_a_record_with_every_field_filled(entry: SchemaEntry) -> None:
    value = encode_record(entry.record, sample_of(entry))

    # As text too: a list equals no tuple, and an enum's member equals its bare text.
    assert repr(planned(value)) == repr(general(value))
    assert planned(value) == general(value) is not None


@pytest.mark.parametrize("entry", EVER, ids=lambda entry: str(entry.id))
def test_both_ways_give_the_same_for_what_any_version_wrote(entry: SchemaEntry) -> None:
    """In a ledger that has lived for years most is of older versions: they have a plan, too."""
    value = (FOLDER / f"{entry.id:04}.bin").read_bytes()

    assert decoding._plan_of(entry.id) is not None
    assert repr(decoding._decode_planned(value)) == repr(decoding._decode_general(value))


@pytest.mark.parametrize("event", EVERY_TYPE, ids=NAMES)
def test_what_was_said_comes_back_from_its_bytes(event: Event) -> None:
    value = value_of(event)

    assert decode_event(value) == planned(value) == general(value) == event


@pytest.mark.parametrize("event", EVERY_TYPE, ids=NAMES)
def test_an_event_is_written_again_as_the_same_bytes(event: Event) -> None:
    value = value_of(event)
    again = encode_record(f"credit.{event_type(event)}", event_to_record(decode_event(value)))

    assert again == value


def test_those_responsible_are_a_tuple_either_way() -> None:
    entry = SCHEMAS.current("credit.ListEntered")
    value = encode_record(entry.record, sample_of(entry))
    for event in (planned(value), general(value)):
        assert isinstance(event, ListEntered)
        assert event.responsible == ("responsible 样例",) * 2


@pytest.mark.parametrize(
    ("schema_id", "field", "unknown"),
    [
        (3, "conduct_ended_on", None),
        (6, "filed_no", None),
        (6, "sentence_served_on", None),
        (7, "notice_no", None),
        (7, "responsible", ()),
    ],
)
def test_what_an_older_version_did_not_say_is_unknown(
    schema_id: int, field: str, unknown: object
) -> None:
    event = decode_event((FOLDER / f"{schema_id:04}.bin").read_bytes())

    assert getattr(event, field) == unknown


@settings(max_examples=400)
@given(st.data())
def test_of_damaged_bytes_the_plan_gives_what_the_general_reader_gives_or_nothing(
    data: st.DataObject,
) -> None:
    value = bytearray(value_of(data.draw(st.sampled_from(EVERY_TYPE))))
    for _ in range(data.draw(st.integers(1, 3))):
        # The first five bytes name the schema; another one would be another test.
        value[data.draw(st.integers(5, len(value) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(value[: len(value) - data.draw(st.integers(0, 2))])
    quick = planned(damaged)

    assert quick is None or repr(quick) == repr(general(damaged))
