"""Every field that could hold nonsense is held to something, whatever the type of the event."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

from events.admission.particulars import field_check
from events.event import AMENDMENTS, EVENT_TYPES, field_mark, field_type
from events.fields import Holds, holds


def parts_of(kind: Any) -> list[Any]:
    return [kind, *(each for part in get_args(kind) for each in parts_of(part))]


def test_every_day_number_and_text_of_every_event_says_what_it_is() -> None:
    """Who adds a field says what may stand in it, and so how it is checked; amounts end in `_fen`."""
    unsaid = {
        (name, field)
        for name, kind in EVENT_TYPES.items()
        for field in kind.__struct_fields__  # type: ignore[attr-defined]
        if {date, int, str} & set(parts_of(field_type(kind, field)))
        and not field.endswith("_fen")
        and field_mark(kind, field) is None
    }

    assert unsaid == set()


def test_every_day_and_every_number_of_an_event_is_checked() -> None:
    unchecked = {
        (name, field)
        for name, kind in EVENT_TYPES.items()
        for field in kind.__struct_fields__  # type: ignore[attr-defined]
        if {date, int} & set(parts_of(field_type(kind, field))) and field_check(kind, field) is None
    }

    assert unchecked == {
        ("IndicatorReported", "value"),
        ("EventDismissed", "partition"),
        ("EventDismissed", "offset"),
    }, "these are judged together with other fields"


def test_whatever_bears_the_name_of_a_number_is_one() -> None:
    found = {
        field
        for kind in EVENT_TYPES.values()
        for field in kind.__struct_fields__  # type: ignore[attr-defined]
        if holds(field_mark(kind, field), Holds.NUMBER) is not field.endswith("_no")
    }

    assert found == set()


def test_whatever_names_another_event_is_held_to_be_an_id() -> None:
    named = [kind for kind in EVENT_TYPES.values() if field_type(kind, "concerns") is not None]

    assert {*named} == {*AMENDMENTS}
    assert (
        {field_check(kind, "concerns") for kind in named}
        == {field_check(named[0], "concerns")}
        != {None}
    )


def test_the_envelope_as_a_whole_has_no_type_of_its_own() -> None:
    kind = EVENT_TYPES["PenaltyImposed"]

    assert field_type(kind, "envelope") is None
    assert field_type(kind, "envelope.envelope") is None
    assert field_type(kind, "envelope.occurred_on") == date | None
