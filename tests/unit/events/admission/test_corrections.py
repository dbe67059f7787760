"""A correction may put any field of any record right, and bring in nothing that is not right."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from events.admission import corrections
from events.admission.admission import Submission, check
from events.admission.corrections import FIXED_FIELDS
from events.admission.particulars import field_check
from events.admission.rejection import Rejection
from events.envelope import CHINA, Platform
from events.event import EVENT_TYPES, ORIGINALS, event_to_record, event_type
from events.fields import Text, marked
from events.rules.rulebook import load_rulebook
from events.types.amendment import FieldChange, RecordCorrected
from tests.support import builders as a

if TYPE_CHECKING:
    from events.event import Event

RULEBOOK = load_rulebook()
NOON = datetime(2025, 6, 15, 12, tzinfo=CHINA)
RECORDS = [event for event in a.one_of_each() if isinstance(event, ORIGINALS)]
NAMES = [f"{place} {event_type(event)}" for place, event in enumerate(RECORDS)]


def submitted(event: Event) -> Event | Rejection:
    return check(
        Submission(
            platform=Platform.ORGANISATION,
            department=event.envelope.department,
            submitted_at=NOON,
            event=event,
        ),
        RULEBOOK,
    )


def said_again(event: Event) -> list[FieldChange]:
    """Give each field that may be corrected, with the value that it has."""
    record = event_to_record(event)
    envelope = record.pop("envelope")
    values = record | {
        f"envelope.{field}": value for field, value in envelope.items() if field not in FIXED_FIELDS
    }
    # An empty list of a field that cannot be unknown is refused: it says nothing.
    return [
        FieldChange(field, msgspec.json.encode(value).decode())
        for field, value in values.items()
        if value != []
    ]


@pytest.mark.parametrize("event", RECORDS, ids=NAMES)
def test_every_field_of_a_record_may_be_corrected_to_what_a_record_may_hold(event: Event) -> None:
    about = msgspec.structs.replace(
        event.envelope, event_id="", document_no="", occurred_on=a.day("2025-06-01")
    )
    changes = said_again(event)
    correction = RecordCorrected(about, event.envelope.event_id, event_type(event), changes)
    answer = submitted(correction)

    assert changes
    assert isinstance(answer, RecordCorrected), answer
    assert answer.changes == changes


def test_every_code_of_the_rules_is_checked_when_it_is_corrected() -> None:
    """By the table of corrections, or as in a new record; a code of a table is one of some field."""
    marks = {
        (kind, field): mark.codes
        for kind in EVENT_TYPES.values()
        for field, mark in marked(kind).items()
        if isinstance(mark, Text) and mark.codes is not None
    }

    assert {*corrections._CODES} <= {*marks.values()}
    unchecked = [
        field
        for (kind, field), codes in marks.items()
        if codes not in corrections._CODES and field_check(kind, field) is None
    ]
    assert unchecked == []


@pytest.mark.parametrize(
    "items",
    [
        [("tax_kind", "增值税"), ("tax_paid", "many")],
        [("tax_kind", "增值税"), ("nosuch", "1")],
        [("tax_kind", "增值税"), ("tax_paid", "1"), ("tax_paid", "2")],
        [("tax_paid_late", "1")],
    ],
    ids=["kind", "unknown", "twice", "missing"],
)
def test_items_are_put_right_only_to_what_a_report_of_them_may_say(
    items: list[tuple[str, str]],
) -> None:
    record = a.particulars()
    about = msgspec.structs.replace(
        record.envelope, event_id="", document_no="", occurred_on=a.day("2025-06-01")
    )
    said = [{"item": item, "value": value} for item, value in items]
    change = FieldChange("items", msgspec.json.encode(said).decode())
    answer = submitted(RecordCorrected(about, record.envelope.event_id, "ItemsReported", [change]))
    assert isinstance(answer, Rejection)
    assert {each.field.partition(".")[0] for each in answer.reasons} == {"items"}
