"""Items (信息项) in files: a column each, by name; what does not fit is told by the column."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from events.envelope import CHINA
from events.event import event_type
from events.rules.rulebook import load_rulebook
from events.types.declaration import ItemsReported, ItemValue
from ops.submission.defaults import defaults_for
from ops.submission.files.columns import _ours, normal, official_forms
from ops.submission.files.items import items_of
from ops.submission.validation import validate

if TYPE_CHECKING:
    from ops.submission.validation import Validated

RULEBOOK = load_rulebook()
NOW = datetime(2025, 7, 1, 12, tzinfo=CHINA)
HEAD = "主体名称,主体代码,文书号,决定日期,法律依据,所属期"
LINE = "样例有限公司,91330100PDY000028X,报1,2025-06-20,《企业信息公示暂行条例》第八条,2024"


def reported(columns: str, cells: str, category: str, department: str = "market-zj") -> Validated:
    defaults = defaults_for(RULEBOOK, department=department, category=category)
    data = f"{HEAD},{columns}\n{LINE},{cells}\n".encode()
    return validate(data, defaults, RULEBOOK, NOW, name="items.csv")


@pytest.mark.requirement(4)
def test_a_table_as_a_department_has_it_comes_as_items_in_their_one_form() -> None:
    found = reported(
        "*资产总额(元),负债总额（万元）,从业人数,资产总额是否公示,营运状况",
        '"12,000,000.50",350,38,否,开业',
        "particulars.annual_accounts",
    )
    assert found.bad == []
    (event,) = (line.event for line in found.good)
    assert isinstance(event, ItemsReported)
    assert event.period == "2024"
    assert event.items == [
        ItemValue("total_assets", "1200000050"),
        ItemValue("total_liabilities", "350000000"),
        ItemValue("employees", "38"),
        ItemValue("assets_published", "false"),
        ItemValue("operating_state", "开业"),
    ]


@pytest.mark.parametrize(
    ("column", "cell", "item", "value"),
    [
        ("养老保险缴费年月", "2025年6月", "pension_month", "2025-06"),
        ("养老保险缴费年月", "202506", "pension_month", "2025-06"),
        ("投保起始日期", "2012/3/1", "insured_from", "2012-03-01"),
        ("社保单位编码", "007", "insurance_unit_no", "007"),
        ("失业保险人数", "1，234", "unemployment_persons", "1234"),
    ],
)
def test_a_value_is_written_in_the_form_of_its_kind(
    column: str, cell: str, item: str, value: str
) -> None:
    found = reported(
        f"养老保险人数,{column}", f"3,{cell}", "particulars.social_insurance", "labour-zj"
    )
    assert found.bad == []
    (event,) = (line.event for line in found.good)
    assert isinstance(event, ItemsReported)
    assert event.items[-1] == ItemValue(item, value)


@pytest.mark.parametrize("written", ["2024年12月", "2024年12月份", "202412", "2024/12"])
def test_the_period_of_a_table_is_read_as_months_of_its_items_are(written: str) -> None:
    found = validate(
        f"{HEAD},资产总额(元)\n{LINE.removesuffix('2024')}{written},1\n".encode(),
        defaults_for(RULEBOOK, department="market-zj", category="particulars.annual_accounts"),
        RULEBOOK,
        NOW,
        name="items.csv",
    )
    assert found.bad == []
    (event,) = (line.event for line in found.good)
    assert isinstance(event, ItemsReported)
    assert event.period == "2024-12"


@pytest.mark.parametrize(
    ("columns", "cells", "column", "told"),
    [
        ("资产总额(元),从业人数", "1,三十八", "从业人数", "a whole number"),
        ("资产总额(元),资产总额是否公示", "1,也许", "资产总额是否公示", "是 or 否"),
        ("从业人数", "38", "资产总额", "must be given"),
        (
            "资产总额(元),本期水量",
            "1,5",
            "本期水量",
            "has no such item; it has: 营运状况、资产总额",
        ),
        ("资产总额(元)", "1.005", "资产总额(元)", "no fraction of a fen"),
        ("资产总额(元),从业人数", '1,"1,5"', "从业人数", "a whole number"),
        ("资产总额(元),从业人数", "1,1，23", "从业人数", "a whole number"),
    ],
)
def test_what_does_not_fit_is_told_by_its_column(
    columns: str, cells: str, column: str, told: str
) -> None:
    found = reported(columns, cells, "particulars.annual_accounts")
    assert found.good == []
    (bad,) = found.bad
    assert [(each.field, told in each.rule) for each in bad.reasons] == [(column, True)]


def test_a_share_loses_its_sign_and_what_is_no_number_is_refused_by_admission() -> None:
    columns, category = "变更前股权比例,变更后股权比例", "particulars.equity_change"
    found = reported(columns, "12.50%,51", category)
    (event,) = (line.event for line in found.good)
    assert isinstance(event, ItemsReported)
    assert [each.value for each in event.items] == ["12.5", "51"]

    for wrong in ("一半", '"12,5"', "1，2%"):
        (bad,) = reported(columns, f"{wrong},51", category).bad
        assert [each.field for each in bad.reasons] == ["变更前股权比例"], wrong


def test_a_heading_of_an_item_beside_another_type_of_event_is_refused_by_name() -> None:
    defaults = defaults_for(RULEBOOK, department="market-zj", category="commendation.general")
    data = f"{HEAD},荣誉名称,级别,资产总额(元)\n{LINE},先进,provincial,1\n".encode()
    (bad,) = validate(data, defaults, RULEBOOK, NOW, name="a.csv").bad
    assert "资产总额(元)" in [each.field for each in bad.reasons]


def test_no_item_is_headed_as_a_column_that_forms_or_fields_have() -> None:
    known = {normal(name) for name, _ in _ours()}
    known |= {plain for form in official_forms() for plain in form.columns}
    items = {plain for category in RULEBOOK.item_sets for plain in items_of(category)}
    assert items
    assert items & known == set()


def test_each_category_of_items_has_some_and_is_of_that_type_alone() -> None:
    typed = {
        code
        for code, rows in RULEBOOK.categories.items()
        if "ItemsReported" in rows[-1].event_types
    }
    assert typed == set(RULEBOOK.item_sets)
    assert {len(RULEBOOK.categories[code][-1].event_types) for code in typed} == {1}
    assert event_type(ItemsReported(None, [])) == "ItemsReported"  # type: ignore[arg-type]
