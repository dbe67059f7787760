"""What a cell says of a field, read by what the field says it holds."""

from __future__ import annotations

import pytest

from events.event import EVENT_TYPES
from events.fields import Time, marked
from ops.dictionary.code_lists import codes_by_name, names_of_codes
from ops.submission.files.columns import Column
from ops.submission.files.fields import Field, FieldKind, fields_of
from ops.submission.files.values import value_of

CODED = [
    (event_type, field)
    for event_type in EVENT_TYPES
    for field in fields_of(event_type).values()
    if field.codes is not None and names_of_codes(field.codes)
]


@pytest.mark.parametrize(
    ("event_type", "field"), CODED, ids=lambda each: getattr(each, "name", each)
)
def test_a_code_may_be_written_by_its_chinese_name(event_type: str, field: Field) -> None:
    assert field.codes is not None, event_type
    for name, code in codes_by_name(field.codes).items():
        read = field.holder([code]) if field.kind is FieldKind.TEXTS else code
        assert value_of(field, Column(field=field.name), f" {name} ") == read
        assert value_of(field, Column(field=field.name), code) == read


OF_TIME = [
    (event_type, name, mark)
    for event_type, kind in EVENT_TYPES.items()
    for name, mark in marked(kind).items()
    if isinstance(mark, Time)
]


@pytest.mark.parametrize(("event_type", "name", "mark"), OF_TIME)
def test_years_and_periods_are_read_as_tables_write_them(
    event_type: str, name: str, mark: Time
) -> None:
    field = fields_of(event_type)[name]
    assert value_of(field, Column(field=name), "2024年度") == (
        2024 if mark is Time.YEAR else "2024"
    )
    if mark is Time.PERIOD:
        assert value_of(field, Column(field=name), "2024年第2季度") == "2024Q2"
