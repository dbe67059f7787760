"""What a field says is told in words, and the advice to correct it is taken as it is given."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import msgspec
import pytest

from events.event import ORIGINALS
from ops.submission.amending import correction_row
from ops.submission.draft import Draft, said_of
from ops.submission.files.fields import FieldKind, fields_of
from ops.submission.files.row import FileRow
from ops.submission.files.written import column_and_cell
from ops.submission.standing import differences
from ops.terms.terms import Language, Terms
from ops.told.event import event_named, field_value_told
from projections.queries.outcomes import HeldEvent
from tests.support import builders as a
from tests.support.words import has_chinese

if TYPE_CHECKING:
    from events.event import Event

ZH, EN = Terms(Language.ZH), Terms(Language.EN)
NAMED = {"subject_id": a.SUBJECT, "document_no": "录1", "item_no": "1"}
WORDS = (FieldKind.SYMBOL, FieldKind.SYMBOLS, FieldKind.BOOLEAN)
RECORDS = [event for event in a.one_of_each() if isinstance(event, tuple(ORIGINALS))]


def bare(event: Event) -> Event:
    """Give an event that says nothing of what it need not say."""
    optional = {
        each.name: each.default_factory() if each.default is msgspec.NODEFAULT else each.default
        for each in msgspec.structs.fields(type(event))
        if not each.required and each.name != "items"
    }
    return msgspec.structs.replace(event, **optional)


def corrected(stands: Event, said: Event) -> FileRow | None:
    """Give the correction that follows from the columns that are advised where events differ."""
    category = said.envelope.category
    found = differences(stands, said)
    advised = dict(column_and_cell(category, each.field, each.said) for each in found)
    row, draft = FileRow(1, NAMED | advised), Draft()
    columns = dict(said_of(row, draft))
    return correction_row(row, draft, columns, HeldEvent(stands, stands), on=date(2026, 11, 28))


def test_an_event_that_cannot_be_read_has_a_name_too() -> None:
    assert event_named("PenaltyImposed", EN) == "PenaltyImposed"
    assert has_chinese(event_named("PenaltyImposed", ZH))
    assert has_chinese(event_named(None, ZH))


def test_every_type_is_tried() -> None:
    assert {type(event) for event in RECORDS} == set(ORIGINALS)


@pytest.mark.parametrize("event", RECORDS, ids=lambda event: type(event).__name__)
def test_no_field_is_told_as_json_nor_by_a_code_that_has_words(event: Event) -> None:
    plain = msgspec.to_builtins(event)
    values = plain.pop("envelope") | plain
    kind, category = type(event).__name__, event.envelope.category
    for name, field in fields_of(kind).items():
        if name == "items" or values[name] in (None, "", []):
            continue
        told = field_value_told(kind, category, name, values[name], ZH)
        assert not set(told) & set('[]{}"'), name
        assert has_chinese(told) or field.kind not in WORDS, name


@pytest.mark.parametrize("event", RECORDS, ids=lambda event: type(event).__name__)
def test_what_differs_is_put_right_by_the_columns_that_are_advised(event: Event) -> None:
    for stands, said in ((event, bare(event)), (bare(event), event)):
        right = corrected(stands, said)
        wanted = {
            each.field: json.dumps(each.said, ensure_ascii=False, separators=(",", ":"))
            for each in differences(stands, said)
        }
        if right is None:
            assert wanted == {}
            continue
        assert right.reasons == []
        assert {each["field"]: each["value"] for each in right.values["changes"]} == wanted


def test_items_are_told_one_by_one_and_one_that_is_gone_is_taken_out() -> None:
    stands = a.particulars(document_no="录1", tax_kind="增值税", tax_paid="1250000")
    said = a.particulars(document_no="录1", tax_kind="所得税")
    found = differences(stands, said)
    category = said.envelope.category

    assert [(d.field, d.stands, d.said) for d in found] == [
        ("items.tax_kind", "增值税", "所得税"),
        ("items.tax_paid", "1250000", None),
    ]
    told = [field_value_told("ItemsReported", category, d.field, d.stands, ZH) for d in found]
    assert told == ["增值税", "12,500.00 元"]
    right = corrected(stands, said)
    assert right is not None
    assert right.reasons == []
    assert msgspec.json.decode(right.values["changes"][0]["value"]) == [
        {"item": "tax_kind", "value": "所得税"}
    ]
