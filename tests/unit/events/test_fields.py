"""What a field is stands at the field, and changes neither its type nor its bytes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, get_type_hints

import msgspec

from events.envelope import Envelope
from events.event import EVENT_TYPES, field_mark
from events.fields import (
    DocumentNo,
    FreeText,
    Holds,
    LaterDay,
    PartyCode,
    Text,
    Whole,
    holds,
    marked,
)


class Sample(msgspec.Struct):
    facts: FreeText | None
    number: DocumentNo
    parties: tuple[PartyCode, ...]
    months: Annotated[int, Whole(1, 12, "months")] | None = None
    until: LaterDay | None = None
    plain: str = ""


def test_a_mark_is_found_wherever_it_stands_in_the_type() -> None:
    found = marked(Sample)

    assert found["facts"] == Text(Holds.WORDS)
    assert holds(found["number"], Holds.NUMBER)
    assert holds(found["parties"], Holds.PARTY, Holds.SUCCESSOR)
    assert found["months"] == Whole(1, 12, "months")
    assert "plain" not in found
    assert not holds(found["until"], Holds.WORDS)


def test_msgspec_sees_the_bare_types() -> None:
    assert get_type_hints(Sample)["until"] == date | None
    said = {"facts": None, "number": "1", "parties": ["a"], "until": "2025-01-02"}
    assert msgspec.convert(said, Sample) == Sample(None, "1", ("a",), until=date(2025, 1, 2))


def test_fields_of_the_envelope_are_asked_for_by_its_name() -> None:
    kind = EVENT_TYPES["PenaltyImposed"]

    assert field_mark(kind, "envelope.subject_name") == marked(Envelope)["subject_name"]
    assert field_mark(kind, "subject_name") is None
