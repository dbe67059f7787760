from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from events.event import event_to_record, event_type
from events.rules.rulebook import load_rulebook
from events.types.declaration import ItemsReported
from ops.submission.defaults import defaults_for
from ops.submission.files.columns import column_named, form_of
from ops.submission.files.template import as_csv, as_xlsx, headings, official_form_of
from ops.submission.validation import validate
from tests.support.reported import REPORTED, a_cell, the_fields
from tests.unit.ops.submission.conftest import NOW

if TYPE_CHECKING:
    from events.event import Event
    from events.rules.catalogue import Category
    from events.rules.rulebook import Rulebook

RULEBOOK = load_rulebook()
IN_CATEGORIES = [
    event
    for event in REPORTED
    if (row := RULEBOOK.category_of(event.envelope.category))
    and event_type(event) in row.event_types
    and ((form := official_form_of(row)) is None or form.event_type == event_type(event))
]
"""All but corrections and revocations, which have verbs, and what an official form does not say."""

CATEGORIES = [row for code in RULEBOOK.categories if (row := RULEBOOK.category_of(code))]


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda each: each.code)
def test_every_heading_of_a_template_is_read_as_the_field_it_is_for(category: Category) -> None:
    head = headings(category)
    form = form_of(tuple(head.values()))
    read = {
        name: column.field if (column := column_named(heading, form)) else None
        for name, heading in head.items()
    }
    assert read == {name: name.partition(".")[0] for name in head}


@pytest.mark.parametrize("made", [as_xlsx, as_csv])
@pytest.mark.parametrize("event", IN_CATEGORIES, ids=event_type)
def test_a_template_that_is_filled_in_comes_back_as_the_event(
    event: Event, made: type, rulebook: Rulebook
) -> None:
    """By every type of event: what a template has a column for arrives as it was written."""
    category = rulebook.category_of(event.envelope.category)
    assert category is not None
    told = {name: a_cell(value) for name, value in the_fields(event).items()}
    told |= {"subject_class": "法人及非法人组织"}
    told |= {name: f"{value}分" for name, value in told.items() if name.endswith("_fen") and value}
    if isinstance(event, ItemsReported):
        told |= {f"items.{each.item}": each.value for each in event.items}
        told["items.tax_paid"] += "分"
    defaults = defaults_for(rulebook, department=event.envelope.department, category=category.code)

    found = validate(made(category, [told]), defaults, rulebook, NOW, name="a.file")

    assert found.bad == []
    (good,) = found.good
    held = {name.partition(".")[0] for name in headings(category)}
    held = {name for name in held if name in event.__struct_fields__}
    wanted, arrived = event_to_record(event), event_to_record(good.event)
    assert {name: arrived[name] for name in held} == {name: wanted[name] for name in held}


@pytest.mark.parametrize(
    ("code", "form"), [("penalty.market", "penalty_2018"), ("licence.market", "licence_2018")]
)
def test_a_category_with_an_official_form_has_that_for_its_template(code: str, form: str) -> None:
    category = RULEBOOK.category_of(code)
    assert category is not None
    found = form_of(tuple(headings(category).values()))
    assert found is not None
    assert found.code == form
