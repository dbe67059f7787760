from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from events.event import event_type
from ops.cli.reports.reported import sheet_of
from ops.submission.defaults import defaults_for
from ops.submission.files.sheet import SOURCE, row_of
from ops.submission.files.template import filled_headings, headings
from ops.submission.validation import validate
from projections.queries.outcomes import HeldEvent
from tests.support.builders import a_licence, a_penalty
from tests.support.reported import the_fields
from tests.unit.ops.submission.conftest import NOW
from tests.unit.ops.submission.files.test_template import IN_CATEGORIES

if TYPE_CHECKING:
    from events.event import Event
    from events.rules.catalogue import Category
    from events.rules.rulebook import Rulebook
    from ops.submission.defaults import Defaults


def of(event: Event, rulebook: Rulebook) -> tuple[Category, Defaults]:
    code = event.envelope.category
    category = rulebook.category_of(code)
    assert category is not None
    return category, defaults_for(rulebook, department=event.envelope.department, category=code)


def as_recorded(event: Event, rulebook: Rulebook) -> HeldEvent:
    """Give the event as admission would record it."""
    _, defaults = of(event, rulebook)
    line = msgspec.json.encode(the_fields(event))
    (good,) = validate(line, defaults, rulebook, NOW, name="a.ndjson").good
    return HeldEvent(good.event, good.event)


@pytest.mark.parametrize("workbook", [False, True], ids=["csv", "xlsx"])
@pytest.mark.parametrize("event", IN_CATEGORIES, ids=event_type)
def test_what_was_reported_comes_back_from_its_sheet_or_is_told_to_have_no_column(
    event: Event, rulebook: Rulebook, *, workbook: bool
) -> None:
    """By every type of event, and every field of it."""
    category, defaults = of(event, rulebook)
    held = as_recorded(event, rulebook)

    found = sheet_of([held], category, defaults, rulebook, workbook=workbook)

    assert (found.lines, found.unread, found.revoked) == (1, 0, 0)
    assert {*found.unsaid} & {*headings(category)} == set()


@pytest.mark.parametrize("event", [a_penalty(), a_licence()], ids=event_type)
def test_a_sheet_in_the_official_form_has_all_columns_of_the_form(
    event: Event, rulebook: Rulebook
) -> None:
    category, _ = of(event, rulebook)
    heads = [*filled_headings(category).values()]
    assert {"数据来源单位", "数据来源单位统一社会信用代码", "备注"} <= {*heads}
    assert [heading for heading in heads if heading.startswith("*")] == []
    assert row_of(event, category, "样例局")[SOURCE] == "样例局"


def test_amounts_are_exact_in_the_unit_of_their_column(rulebook: Rulebook) -> None:
    """万元 with six decimals is one fen: none is lost, and none gained."""
    event = a_penalty(fine_fen=123_456_789, confiscated_fen=1)
    row = row_of(event, of(event, rulebook)[0], "")
    assert (row["fine_fen"], row["confiscated_fen"]) == ("123.456789", "0.000001")
    assert row_of(a_penalty(fine_fen=5_000_000), of(event, rulebook)[0], "")["fine_fen"] == "5"


def test_an_individual_business_is_told_from_other_organisations(rulebook: Rulebook) -> None:
    firm, business = a_penalty(), a_penalty(subject_id="92330100PDY000028T")
    category, _ = of(firm, rulebook)
    told = [row_of(each, category, "")["subject_class"] for each in (firm, business)]
    assert told == ["法人及非法人组织", "个体工商户"]


def test_what_the_form_has_no_column_for_is_counted_by_field(rulebook: Rulebook) -> None:
    held = as_recorded(a_penalty(item_no=2), rulebook)
    category, defaults = of(held.now, rulebook)
    found = sheet_of([held], category, defaults, rulebook)
    # The second item of a document is another record, and the form numbers no items.
    assert (found.unread, dict(found.unsaid)) == (1, {})
    held = as_recorded(a_penalty(subject_name="样例有限公司"), rulebook)
    assert dict(sheet_of([held], category, defaults, rulebook).unsaid) == {"final_on": 1}


def test_what_was_revoked_is_left_out_and_counted(rulebook: Rulebook) -> None:
    held = msgspec.structs.replace(as_recorded(a_penalty(), rulebook), annulled=True)
    category, defaults = of(held.now, rulebook)
    found = sheet_of([held], category, defaults, rulebook)
    assert (found.lines, found.revoked, found.subjects) == (0, 1, [])
