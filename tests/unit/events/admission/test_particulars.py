"""Every field that could hold nonsense is held to something, whatever the type of the event."""

from __future__ import annotations

from datetime import date
from typing import get_args

from events.admission.particulars import FIELD_CHECKS, field_check
from events.event import EVENT_TYPES, field_type

TOGETHER = {
    ("IndicatorReported", "value"),
    ("EventDismissed", "partition"),
    ("EventDismissed", "offset"),
}
"""Numbers that are judged together with other fields."""


def test_every_row_of_checks_names_a_field_of_its_type() -> None:
    wrong = [
        f"{kind.__name__}.{field}"
        for kind, fields in FIELD_CHECKS.items()
        for field in fields
        if field_type(kind, field) is None
    ]

    assert wrong == []


def test_every_day_and_every_number_of_an_event_is_checked() -> None:
    unchecked = {
        (name, field)
        for name, kind in EVENT_TYPES.items()
        for field in kind.__struct_fields__  # type: ignore[attr-defined]
        for expected in [field_type(kind, field)]
        if {date, int} & {expected, *get_args(expected)} and field_check(kind, field) is None
    }

    assert unchecked == TOGETHER


def test_whatever_names_another_event_is_held_to_be_an_id() -> None:
    named = [kind for kind in EVENT_TYPES.values() if field_type(kind, "concerns") is not None]

    assert len(named) == 14
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
